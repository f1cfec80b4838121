import { availableParallelism } from 'node:os';
import {
  ALL_SYMBOLS,
  askedTraining,
  barsPlaceOf,
  errorFacts,
  forgetTuned,
  jobSymbol,
  listTuned,
  tunedOf,
  type Config,
  type Database,
  type Pair,
  type Tuned,
} from '@ml-training/core';
import type { Values } from '@ml-training/strategies';
import { defaultFolds, pairsToTune, tunePair, type PairTuning } from '@ml-training/tuning';
import { bar, print, printJson, statusLine, table, when } from '../output.ts';
import { recordOwn } from '../own-strategies.ts';
import { withDatabase } from '../servers.ts';
import { searchInWords, valuesInWords } from '../tune/words.ts';

interface Options {
  readonly trials?: number;
  readonly folds?: number;
  readonly bars?: number;
  readonly seed?: number;
  readonly fromScratch?: true;
  readonly forget?: true;
  readonly json?: true;
}

/** Searches better settings, shows what searches have found, or forgets it. */
export async function tune(
  strategy: string | undefined,
  symbol: string | undefined,
  options: Options,
): Promise<void> {
  await withDatabase(async (sql, config) => {
    await recordOwn({ sql, config });
    if (strategy === undefined) {
      if (options.forget === true)
        throw new Error('say of which strategy: ml tune STRATEGY [SYMBOL] --forget');
      show(await listTuned(sql), options);
      return;
    }
    const pairs = await pairsOf(sql, config, strategy, symbol);
    if (options.forget === true) return forget(sql, pairs, options);
    return search(sql, config, pairs, options);
  });
}

/** The pair that is named, or all of the strategy that a run would train. */
async function pairsOf(
  sql: Database,
  config: Config,
  strategy: string,
  symbol: string | undefined,
): Promise<readonly Pair[]> {
  const asked = await askedTraining(sql, strategy, symbol, 'ml tune');
  if (asked.symbol !== null || jobSymbol(strategy, '') === ALL_SYMBOLS)
    return [{ strategy_type: strategy, symbol: jobSymbol(strategy, asked.symbol ?? '') }];
  const pairs = await pairsToTune(sql, config, strategy);
  if (pairs.length === 0)
    throw new Error(
      `no symbol has the ${config.MIN_TRAINING_DATA_POINTS} bars that MIN_TRAINING_DATA_POINTS asks for: ` +
        barsPlaceOf(sql).get('some'),
    );
  return pairs;
}

async function search(
  sql: Database,
  config: Config,
  pairs: readonly Pair[],
  options: Options,
): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void =>
    stopping.abort(new Error('Stopped. What was found is kept: the same command goes on from there.'));
  // A second one ends it at once, as nothing is lost by it.
  process.once('SIGINT', stop);
  const line = statusLine();
  const found: object[] = [];
  try {
    for (const [nth, pair] of pairs.entries()) {
      const name = `${pair.strategy_type} ${pair.symbol}`;
      const which = pairs.length === 1 ? name : `${name} (${nth + 1} of ${pairs.length})`;
      let tuning: PairTuning;
      try {
        tuning = await tunePair(
          { sql, config },
          {
            ...pair,
            trials: options.trials ?? config.TUNE_TRIALS,
            folds: options.folds ?? defaultFolds,
            ...(options.bars === undefined ? {} : { bars: options.bars }),
            ...(options.seed === undefined ? {} : { seed: options.seed }),
            threads: config.TRAINING_THREADS || availableParallelism(),
            signal: stopping.signal,
            fromScratch: options.fromScratch === true,
            progress: (fraction, stage) => line.show(`${which}  ${bar(fraction)}  ${stage}`),
          },
        );
      } catch (error) {
        line.end();
        if (stopping.signal.aborted || pairs.length === 1) throw error;
        // The others are searched all the same.
        process.stderr.write(`not searched: ${name}: ${errorFacts(error).error}\n`);
        process.exitCode = 1;
        continue;
      }
      line.end();
      if (options.json === true) found.push({ ...(await tunedOf(sql, pair)), search: asJson(tuning) });
      else print(`${found.push(tuning) > 1 ? '\n' : ''}${searchInWords(tuning)}`);
    }
  } finally {
    process.off('SIGINT', stop);
  }
  if (options.json === true) printJson(found);
}

const asJson = ({ trials, chosen, space, folds, seed, bars, dataFrom, dataTo, kept }: PairTuning) => ({
  trials,
  chosen,
  space: Object.fromEntries(space.map(({ name, tune: range }) => [name, range])),
  folds,
  seed,
  bars,
  data_from: new Date(dataFrom).toISOString(),
  data_to: new Date(dataTo).toISOString(),
  kept,
});

async function forget(sql: Database, pairs: readonly Pair[], options: Options): Promise<void> {
  const known: Tuned[] = [];
  for (const pair of pairs) {
    const forgotten = await forgetTuned(sql, pair);
    const now = await tunedOf(sql, pair);
    if (now !== null) known.push(now);
    if (options.json === true) continue;
    const name = `${pair.strategy_type} ${pair.symbol}`;
    print(
      forgotten
        ? `${name}: forgotten; its trainings use its settings of before any search.`
        : `${name}: there was nothing to forget.`,
    );
  }
  if (options.json === true) printJson(known.map((one) => ({ ...one, search: null })));
}

function show(tuned: readonly Tuned[], options: Options): void {
  if (options.json === true) {
    printJson(tuned.map((one) => ({ ...one, search: null })));
    return;
  }
  if (tuned.length === 0) {
    print('Nobody has searched better settings yet: "ml tune STRATEGY [SYMBOL]" does.');
    return;
  }
  print(
    table(
      ['strategy', 'symbol', 'searched (UTC)', 'settings that trainings use, and the last problem'],
      tuned.map(({ strategy_type, symbol, params, looked_at, problem, tuned_at }) => [
        strategy_type,
        symbol,
        when(looked_at),
        [
          tuned_at === null ? 'those of before any search' : usedOf(params as Values),
          ...(problem === null ? [] : [`problem: ${problem}`]),
        ].join('; '),
      ]),
    ),
  );
}

const usedOf = (params: Values): string =>
  Object.keys(params).length === 0 ? 'those of before: none was better' : valuesInWords(params);
