import { availableParallelism } from 'node:os';
import {
  admitBars,
  ALL_SYMBOLS,
  barsPlaceOf,
  listSymbols,
  noBarsWords,
  readBars,
  settingsFor,
  withClosedInputs,
  type Config,
  type Database,
} from '@ml-training/core';
import type { Bars, Needs, Plain } from '@ml-training/strategies';
import { runCheck } from '../check/run-check.ts';
import { checkInWords } from '../check/words.ts';
import { print, printJson } from '../output.ts';
import { withDatabase } from '../servers.ts';

export interface CheckOptions {
  readonly bars?: number;
  readonly params?: { readonly [name: string]: Plain };
  readonly json?: true;
}

/** More bars than that take longer than a look is worth, unless they are asked for. */
const maxBars = 2000;
const trainingMs = 60_000;

/** Shows a strategy's features and labels, looks for what is wrong, and tries a small training. */
export async function checkOne(
  strategy: string,
  symbols: readonly string[],
  options: CheckOptions,
): Promise<void> {
  const named = [...new Set(symbols)].filter((symbol) => symbol !== ALL_SYMBOLS);
  if (named.length === 0)
    throw new Error(`on bars of which symbol? "ml strategies check ${strategy} SYMBOL"`);
  await withDatabase(async (sql, config) => {
    const params = { ...settingsFor(config, strategy), ...options.params };
    const checked = await runCheck(
      {
        strategiesDir: config.STRATEGIES_DIR,
        strategy,
        params,
        seed: config.TRAINING_SEED,
        threads: config.TRAINING_THREADS || availableParallelism(),
        trainingMs,
      },
      (facts) => {
        if (facts.scope === 'symbol' && named.length > 1)
          throw new Error(`${strategy} is one model a symbol: name one symbol, not ${named.length}`);
        return barsOf(
          { sql, config },
          facts.needs ?? undefined,
          named,
          options.bars ?? Math.min(config.TRAINING_BATCH_SIZE, maxBars),
        );
      },
    );
    const { facts, check, console } = checked;
    const { learner, scope, needs, sum, file } = facts;
    if (options.json === true)
      printJson({ strategy_type: strategy, learner, scope, needs, sum, file, params, ...check, console });
    else print(checkInWords(strategy, params, checked));
    if (check.verdicts.some(({ ok }) => ok === false)) process.exitCode = 1;
  });
}

async function barsOf(
  { sql, config }: { readonly sql: Database; readonly config: Config },
  needs: Needs | undefined,
  symbols: readonly string[],
  count: number,
): Promise<readonly Bars[]> {
  const found: Bars[] = [];
  for (const symbol of symbols) {
    const bars = await readBars(sql, symbol, count, needs?.columns);
    if (bars.time.length === 0) {
      const others = (await listSymbols(sql, { upTo: 1 })).map((one) => one.symbol);
      throw new Error(noBarsWords(barsPlaceOf(sql), symbol, others));
    }
    // As a training is given them.
    found.push(admitBars(bars, config, Date.now()).bars);
  }
  return await withClosedInputs(sql, found, config, needs);
}
