import { availableParallelism } from 'node:os';
import {
  ALL_SYMBOLS,
  barsSha256,
  countTrials,
  errorFacts,
  listSymbols,
  admitBars,
  barsPlaceOf,
  noBarsWords,
  readBars,
  settingsFor,
  theStrategy,
  trialsOf,
  withClosedInputs,
  type Config,
  type Database,
} from '@ml-training/core';
import {
  barsNeeded,
  loadStrategy,
  walkForward,
  type Bars,
  type Strategy,
  type SymbolWalk,
} from '@ml-training/strategies';
import { scorePicture } from '../evaluate/picture.ts';
import { foldTable, refitTable } from '../evaluate/table.ts';
import { conclusions, refitConclusion } from '../evaluate/words.ts';
import { print, printJson, statusLine } from '../output.ts';
import { recordOwn } from '../own-strategies.ts';
import { withDatabase } from '../servers.ts';

interface Options {
  readonly folds: number;
  readonly bars?: number;
  readonly seed?: number;
  readonly refit?: true;
  readonly json?: true;
}

/** Before that nobody wonders whether anything happens. */
const quietMs = 2000;

/**
 * Trains a model for each of several blocks of a symbol's
 * newest rows and shows how they did there; keeps none of them.
 */
export async function evaluate(
  strategy: string,
  symbol: string | undefined,
  options: Options,
): Promise<void> {
  const only = symbol === ALL_SYMBOLS ? undefined : symbol;
  const refit = options.refit === true;
  if (refit && options.folds < 2)
    throw new Error('--refit compares on the block after each: ask for 2 --folds or more');
  await withDatabase(async (sql, config) => {
    await recordOwn({ sql, config });
    await theStrategy(sql, strategy);
    const barsEach = options.bars ?? 2 * config.TRAINING_BATCH_SIZE;
    const loaded = await loadStrategy(strategy, { strategiesDir: config.STRATEGIES_DIR });
    const plan = await chooseSymbols(sql, config, { strategy: loaded, only, folds: options.folds, barsEach });
    const { needs } = loaded;
    const bars: Bars[] = [];
    for (const name of plan.learntFrom) {
      const read = await readBars(sql, name, barsEach, needs?.columns);
      // As a training is given them.
      bars.push(admitBars(read, config, Date.now()).bars);
    }
    const seed = options.seed ?? config.TRAINING_SEED;
    const walks = await walk(sql, config, {
      strategy: loaded,
      bars: await withClosedInputs(sql, bars, config, needs),
      judged: plan.judged,
      folds: options.folds,
      seed,
      refit,
    });
    if (options.json === true)
      printJson({
        strategy_type: strategy,
        seed,
        bars: barsEach,
        symbols: walks.map(asJson),
        skipped: plan.skipped,
      });
    else {
      print(walks.map((found) => report(strategy, found, refit)).join('\n\n'));
      for (const { symbol: name, reason } of plan.skipped) print(`\nnot judged: ${name}: ${reason}`);
    }
  });
}

interface Question {
  readonly strategy: Strategy;
  readonly only: string | undefined;
  readonly folds: number;
  readonly barsEach: number;
}

/**
 * Whoever names a symbol wants that one, or to hear why not;
 * of all symbols those with too few bars are passed over.
 */
async function chooseSymbols(sql: Database, config: Config, { strategy, only, folds, barsEach }: Question) {
  const known = await listSymbols(sql, { upTo: barsEach });
  const count = new Map(known.map((row) => [row.symbol, row.bars]));
  const place = barsPlaceOf(sql);
  if (only !== undefined && !count.has(only)) throw new Error(noBarsWords(place, only, [...count.keys()]));
  const wanted = config.TRAINING_SYMBOLS.length > 0 ? config.TRAINING_SYMBOLS : [...count.keys()];
  const settings = settingsFor(config, strategy.type);
  const { label, firstRow } = strategy.label(settings);
  const window = Math.max(strategy.features(settings).window, firstRow + 1);
  const needed = barsNeeded(folds, { horizon: label.horizon, window });
  const enough = (name: string): boolean => (count.get(name) ?? 0) >= needed;
  const judged = only === undefined ? wanted.filter(enough) : [only];
  const tooFew = (name: string): string =>
    `${count.get(name) ?? 0} bars are too few for ${folds} ${folds === 1 ? 'fold, which takes' : 'folds, which take'} ${needed}`;
  if (judged.length === 0 || (only !== undefined && !enough(only)))
    throw new Error(
      only === undefined
        ? `no symbol has the ${needed} bars that ${folds} folds take: ${place.get('more')}, or ask for fewer --folds`
        : `${only}: ${tooFew(only)}: ${place.get('more')}, or ask for fewer --folds or more --bars`,
    );
  const skipped = only === undefined ? wanted.filter((name) => !enough(name)) : [];
  // A model over all symbols learns from the others as a job's would.
  const others = wanted.filter((name) => (count.get(name) ?? 0) >= config.MIN_TRAINING_DATA_POINTS);
  return {
    judged,
    learntFrom: (strategy.scope === 'all' ? [...new Set([...judged, ...others])] : judged).toSorted(),
    skipped: skipped.map((name) => ({ symbol: name, reason: tooFew(name) })),
  };
}

async function walk(
  sql: Database,
  config: Config,
  order: {
    readonly strategy: Strategy;
    readonly bars: readonly Bars[];
    readonly judged: readonly string[];
    readonly folds: number;
    readonly seed: number;
    readonly refit: boolean;
  },
): Promise<SymbolWalk[]> {
  const { strategy, bars, judged, folds, seed, refit } = order;
  const params = settingsFor(config, strategy.type);
  const own = new Map(
    judged.map((symbol) => [
      symbol,
      {
        symbol,
        data_sha256: barsSha256(...bars.filter((one) => one.symbol === symbol)),
        params: { ...params, evaluated_in_folds: folds },
        seed,
        code_sha256: strategy.sum ?? null,
      },
    ]),
  );
  const trials = new Map(
    await Promise.all(
      [...own].map(async ([symbol, trial]) => {
        return [symbol, await trialsOf(sql, { strategyType: strategy.type, symbol }, trial)] as const;
      }),
    ),
  );
  const line = statusLine();
  const begun = performance.now();
  try {
    const walks = await walkForward(strategy, bars, {
      folds,
      symbols: judged,
      params,
      seed,
      refit,
      threads: config.TRAINING_THREADS || availableParallelism(),
      signal: new AbortController().signal,
      trials: (name) => trials.get(name) ?? { count: 0, sharpes: [] },
      progress: (fraction, stage) => {
        if (performance.now() - begun > quietMs) line.show(`${Math.floor(100 * fraction)} %  ${stage}`);
      },
    });
    // Who looks at many of them and keeps the best has found luck too.
    await countTrials(
      sql,
      strategy.type,
      'evaluation',
      walks.map(({ symbol, pooled }) => ({
        ...own.get(symbol)!,
        excess_sharpe: pooled.excess.excess_sharpe,
      })),
    ).catch((error: unknown) => {
      line.end();
      process.stderr.write(`This could not be counted among what was tried: ${errorFacts(error).error}\n`);
    });
    return walks;
  } finally {
    line.end();
  }
}

function report(strategy: string, found: SymbolWalk, wantsRefit: boolean): string {
  const { folds } = found;
  return [
    `${strategy} ${found.symbol}: ${folds.length} ${folds.length === 1 ? 'fold' : 'folds'}, each judged by a model of the bars before it`,
    '',
    foldTable(found),
    '',
    scorePicture(found),
    '',
    conclusions(found),
    ...(wantsRefit ? ['', ...refitReport(strategy, found)] : []),
    ...(found.warning === null ? [] : ['', `Warning: ${found.warning}.`]),
  ].join('\n');
}

function refitReport(strategy: string, { refit }: SymbolWalk): string[] {
  if (refit === null) return [`${strategy} has no refit: its models are used as they were judged.`];
  return [
    'Each model on the block after, as it was judged and refitted on its own block too:',
    '',
    refitTable(refit),
    '',
    refitConclusion(refit),
  ];
}

/** Times as text; everything else as it is. */
function asJson({ folds, refit, ...rest }: SymbolWalk): object {
  const iso = (time: number): string => new Date(time).toISOString();
  return {
    ...rest,
    refit:
      refit === null
        ? null
        : {
            ...refit,
            folds: refit.folds.map(({ from, to, ...scores }) => ({
              from: iso(from),
              to: iso(to),
              ...scores,
            })),
          },
    folds: folds.map(({ dataFrom, dataTo, from, to, ...scores }) => ({
      data_from: iso(dataFrom),
      data_to: iso(dataTo),
      from: iso(from),
      to: iso(to),
      ...scores,
    })),
  };
}
