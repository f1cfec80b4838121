import { createHash } from 'node:crypto';
import {
  barsSha256,
  dropSearches,
  endSearch,
  FleetError,
  keepFold,
  openSearch,
  settingsFor,
  theStrategy,
  unfinishedSearch,
  type Config,
  type Database,
  type Pair,
} from '@ml-training/core';
import {
  developmentBars,
  lastRows,
  loadStrategy,
  spaceOf,
  tune,
  type Bars,
  type Dimension,
  type FoldResult,
  type TuneResult,
  type Values,
} from '@ml-training/strategies';
import { describeBars, newestSearchBars, sameSearchBars } from './search-bars.ts';

export interface TuneRequest extends Pair {
  /** Sets of settings to look at, those in use counted. */
  readonly trials: number;
  readonly folds?: number;
  /** Newest bars of a symbol, its holdout included; twice TRAINING_BATCH_SIZE when left out. */
  readonly bars?: number;
  /** TRAINING_SEED when left out. */
  readonly seed?: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Forgets what earlier runs of the search have found. */
  readonly fromScratch?: boolean;
  readonly progress?: (fraction: number, stage: string) => void;
}

/** What a search came to. */
export interface PairTuning extends TuneResult, Pair {
  readonly space: readonly Dimension[];
  readonly folds: number;
  readonly seed: number;
  /** Newest bars of each symbol that it was given, those of the holdout included. */
  readonly bars: number;
  /** Times of the first and last bar that it looked at; ms since the epoch. */
  readonly dataFrom: number;
  readonly dataTo: number;
  /** Trainings that an earlier run had done. */
  readonly kept: number;
  /** Settings that the pair's trainings use from now on; {} where those in use are kept. */
  readonly params: Values;
}

export const defaultFolds = 4;

/**
 * Searches better settings of a pair and stores what it finds for the pair's trainings. What each training of
 * the search comes to is kept in the database: a search that was interrupted goes on where it was, on the bars
 * that it began with.
 * @throws FleetError REQUEST_INVALID where there is nothing to search, TOO_FEW_BARS; StrategyError; the
 *   signal's reason
 */
export async function tunePair(
  { sql, config }: { readonly sql: Database; readonly config: Config },
  request: TuneRequest,
): Promise<PairTuning> {
  const { strategy_type, symbol, trials, threads, signal } = request;
  const { folds = defaultFolds, seed = config.TRAINING_SEED } = request;
  const { settings } = await theStrategy(sql, strategy_type);
  const strategy = await loadStrategy(strategy_type, { strategiesDir: config.STRATEGIES_DIR });
  const params = settingsFor(config, strategy_type);
  const space = spaceOf(settings, Object.keys(params));
  if (space.length === 0)
    throw new FleetError(
      'REQUEST_INVALID',
      `${strategy_type} has no setting that can be searched: TRAINING_PARAMS sets ` +
        `${Object.keys(params).join(', ') || 'none'}, and of the others none has a range (docs/settings.md)`,
    );
  // Each of them has a default that is one of the values it can have.
  const now = Object.fromEntries(space.map(({ name }) => [name, settings[name]!.default])) as Values;
  const job = config.TRAINING_BATCH_SIZE;
  const count = Math.max(job, request.bars ?? 2 * job);
  const search = {
    strategy_type,
    symbol,
    identity: sumOf({
      space,
      now,
      params,
      folds,
      seed,
      job,
      count,
      symbols: config.TRAINING_SYMBOLS,
      features: strategy.features(params).hash,
      code: strategy.sum ?? null,
    }),
  };
  if (request.fromScratch === true) await dropSearches(sql, request);
  const { needs } = strategy;
  const begun = await unfinishedSearch(sql, search);
  const whole =
    (begun === null ? null : await sameSearchBars(sql, config, begun, needs)) ??
    (await newestSearchBars(sql, config, { symbol, count, needs }));
  const ofJob = whole.map((one) => lastRows(one, job));
  const { bars, trainBars } = developmentBars(strategy, ofJob, whole, params);
  const opened = await openSearch(sql, search, { bars: describeBars(whole), sha256: barsSha256(...whole) });
  const kept = new Map(
    opened.kept.map((one) => [
      `${one.trial} ${one.fold}`,
      { ...one, scores: one.scores === null ? null : Float64Array.from(one.scores) },
    ]),
  );
  const sums = bars.map((one) => ({ symbol: one.symbol, data_sha256: barsSha256(one) }));
  let reused = 0;
  const result = await tune(strategy, bars, {
    space,
    now,
    params,
    trials,
    folds,
    trainBars,
    seed,
    threads,
    signal,
    ...(request.progress === undefined ? {} : { progress: request.progress }),
    kept: (trial, fold) => {
      const found = kept.get(`${trial} ${fold}`);
      if (found !== undefined) reused++;
      return found;
    },
    keep: async (trial, fold, values, one: FoldResult) => {
      const scores = one.scores === null ? null : [...one.scores];
      // A trial is one, on however many folds.
      const tried = sums.map((data) => ({
        ...data,
        params: { ...params, ...values, tuned_in_folds: folds },
        seed,
        code_sha256: strategy.sum ?? null,
      }));
      await keepFold(
        sql,
        { tuningId: opened.tuningId, strategyType: strategy_type },
        { trial, fold, ...one, scores },
        tried,
      );
    },
  });
  signal.throwIfAborted();
  const chosen = result.trials[result.chosen]!;
  const found = result.chosen === 0 ? {} : chosen.values;
  const span = spanOf(bars);
  await endSearch(sql, {
    tuningId: opened.tuningId,
    strategy_type,
    symbol,
    params: found,
    facts: {
      trials: result.trials.length,
      folds,
      rows: chosen.rows,
      seed,
      data_to: new Date(span.dataTo).toISOString(),
      score: chosen.score,
      lead: chosen.lead,
    },
  });
  const { dataFrom, dataTo } = span;
  return {
    ...result,
    strategy_type,
    symbol,
    space,
    folds,
    seed,
    bars: count,
    dataFrom,
    dataTo,
    kept: reused,
    params: found,
  };
}

const sumOf = (facts: object): string => createHash('sha256').update(JSON.stringify(facts)).digest('hex');

const spanOf = (bars: readonly Bars[]): { readonly dataFrom: number; readonly dataTo: number } => ({
  dataFrom: Math.min(...bars.map(({ time }) => time[0]!)),
  dataTo: Math.max(...bars.map(({ time }) => time.at(-1)!)),
});
