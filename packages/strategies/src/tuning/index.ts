// The search for better settings of a strategy: trials spread over the space that the settings declare, judged
// by walk-forward folds on bars that no training of now is judged on, by successive halving.
import { StrategyError } from '../errors.ts';
import { isSameLabel, shownLabel } from '../warm-start.ts';
import { barsNeeded, walkGroups, type Walk } from '../evaluation/walk-forward/index.ts';
import type { Bars, Plain, Strategy } from '../strategy.ts';
import { leadOver, type Lead } from './compare.ts';
import { foldScores, type FoldResult } from './fold-scores.ts';
import { rungsOf, trainingsOf } from './halving.ts';
import { trialsIn, type Dimension, type Values } from './space.ts';

export { developmentBars, lastRows } from './development.ts';
export type { Lead } from './compare.ts';
export type { FoldResult } from './fold-scores.ts';
export { spaceOf, type Dimension, type Values } from './space.ts';

export interface TuneOptions {
  readonly space: readonly Dimension[];
  /** What the searched settings are without a search. */
  readonly now: Values;
  /** Settings that stay as they are, over the strategy's defaults. */
  readonly params: Readonly<Record<string, Plain>>;
  /** Sets of settings to look at, those in use counted. */
  readonly trials: number;
  /** Test blocks of the walk-forward. */
  readonly folds: number;
  /** Newest bars before a block that a model learns from: as many as a job's would. */
  readonly trainBars: number;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** What an earlier run of this very search has found. */
  readonly kept: (trial: number, fold: number) => FoldResult | undefined;
  /** Keeps what was found, before the next training begins. */
  readonly keep: (trial: number, fold: number, values: Values, result: FoldResult) => Promise<void>;
  /** Share of the work done, 0 to 1, and what is under way now. */
  readonly progress?: (fraction: number, stage: string) => void;
}

/** One set of settings, and how it did. */
export interface TrialResult {
  /** 0: those in use. */
  readonly trial: number;
  readonly values: Values;
  /** Newest folds that it was judged on. */
  readonly folds: number;
  readonly rows: number;
  /** Mean of what promotion compares, a row, on those folds; null of one with a problem. */
  readonly score: number | null;
  /** Over the settings in use on the same rows; null of those themselves, and of one with a problem. */
  readonly lead: Lead | null;
  /** Of all its trainings. */
  readonly seconds: number;
  readonly problem: string | null;
}

export interface TuneResult {
  /** In the order in which they were tried. */
  readonly trials: readonly TrialResult[];
  /** The trial whose settings are taken; 0 keeps those in use. */
  readonly chosen: number;
}

/**
 * Looks for better settings. The settings in use are the first trial and stay in every round; others take
 * their place only where they are better on all folds beyond noise (see `leadOver`). Repeatable from (bars,
 * options), and resumable: what `keep` was given, `kept` gives back.
 * @param bars of the development rows alone (`developmentBars`)
 * @throws StrategyError TOO_FEW_BARS; what the settings in use fail with; the signal's reason
 */
export async function tune(
  strategy: Strategy,
  bars: readonly Bars[],
  options: TuneOptions,
): Promise<TuneResult> {
  const { space, params, folds, seed, progress } = options;
  const groups = judgedGroups(strategy, bars, options);
  const trials = trialsIn(space, options.now, options.trials, seed);
  const rungs = rungsOf(trials.length - 1, folds);
  const all = trainingsOf(rungs);
  const { label } = strategy.label({ ...params, ...options.now });
  const found = trials.map((): FoldResult[] => []);
  let done = 0;

  const judge = async (trial: number, upTo: number): Promise<void> => {
    const results = found[trial]!;
    const values = trials[trial]!;
    while (results.length < upTo && problemOf(results) === null) {
      const nth = results.length;
      const stage = `trial ${trial + 1} of ${trials.length}, fold ${nth + 1} of ${folds}`;
      const tell = (fraction: number): void => progress?.(Math.min(1, (done + fraction) / all), stage);
      tell(0);
      const kept = options.kept(trial, nth);
      // The newest block first, as it says most of what comes.
      const result =
        kept ?? (await askTrial(strategy, bars, groups, folds - 1 - nth, values, options, label, tell));
      if (kept === undefined) await options.keep(trial, nth, values, result);
      results.push(comparable(result, found[0]![nth]));
      done++;
    }
  };

  let left = trials.map((_, trial) => trial).slice(1);
  for (const rung of rungs) {
    left = best(left, found).slice(0, rung.trials);
    await judge(0, rung.folds);
    const problem = problemOf(found[0]!);
    if (problem !== null) throw new StrategyError('TOO_FEW_BARS', `with the settings in use: ${problem}`);
    for (const trial of left) await judge(trial, rung.folds);
  }
  const reach = strategy.promotionMetric === 'net_return' ? 1 : label.horizon;
  const results = trials.map((values, trial) =>
    resultOf(trial, values, found, { reach, tries: trials.length - 1, seed }),
  );
  const better = results.filter((one) => one.folds === folds && one.lead !== null && one.lead.low > 0);
  better.sort((a, b) => b.lead!.mean - a.lead!.mean);
  return { trials: results, chosen: better[0]?.trial ?? 0 };
}

/** More calendars would cost a training each a fold: the largest say enough. */
const maxGroups = 3;

/** The blocks of what is judged: of symbols with enough bars, by calendar. */
function judgedGroups(strategy: Strategy, bars: readonly Bars[], options: TuneOptions): readonly Walk[][] {
  const { folds, now } = options;
  const params = { ...options.params, ...now };
  const { label, firstRow } = strategy.label(params);
  const window = Math.max(strategy.features(params).window, firstRow + 1);
  const needed = barsNeeded(folds, { horizon: label.horizon, window });
  const enough = bars.filter(({ time }) => time.length >= needed);
  if (enough.length === 0) {
    const most = Math.max(0, ...bars.map(({ time }) => time.length));
    throw new StrategyError(
      'TOO_FEW_BARS',
      `${bars[0]?.symbol ?? strategy.type} has ${most} bars before the holdout, but a search in ` +
        `${folds} ${folds === 1 ? 'fold' : 'folds'} takes ${needed}; give more bars or ask for fewer folds`,
    );
  }
  const groups = walkGroups(strategy, enough, { folds, params });
  return groups.sort((a, b) => b.length - a.length).slice(0, maxGroups);
}

async function askTrial(
  strategy: Strategy,
  bars: readonly Bars[],
  groups: readonly (readonly Walk[])[],
  k: number,
  values: Values,
  options: TuneOptions,
  label: ReturnType<Strategy['label']>['label'],
  progress: (fraction: number) => void,
): Promise<FoldResult> {
  const params = { ...options.params, ...values };
  // Scores of another label can't be compared.
  const problem = otherLabel(strategy, params, label);
  if (problem !== null) return { scores: null, problem, seconds: 0 };
  const { trainBars, seed, threads, signal } = options;
  return foldScores(strategy, bars, groups, k, { params, trainBars, seed, threads, signal }, progress);
}

/** Settings that have other rows judged, as a window of their own may, can't be compared row by row. */
function comparable(result: FoldResult, now: FoldResult | undefined): FoldResult {
  const [own, other] = [result.scores?.length, now?.scores?.length];
  if (own === undefined || other === undefined || own === other) return result;
  const problem = `it was judged on ${own} rows, the settings in use on ${other}`;
  return { ...result, scores: null, problem };
}

function otherLabel(
  strategy: Strategy,
  params: Readonly<Record<string, Plain>>,
  label: ReturnType<Strategy['label']>['label'],
): string | null {
  try {
    const own = strategy.label(params).label;
    return isSameLabel(own, label)
      ? null
      : `it learns another label, ${shownLabel(own)}: what a label depends on can't be searched`;
  } catch (error) {
    if (error instanceof StrategyError) return error.message;
    throw error;
  }
}

const problemOf = (results: readonly FoldResult[]): string | null =>
  results.find(({ problem }) => problem !== null)?.problem ?? null;

/** Those without a problem, the best first, by the mean of their rows; of equals the earlier one. */
function best(trials: readonly number[], found: readonly FoldResult[][]): number[] {
  const score = (trial: number): number => meanOf(scoresOf(found[trial]!));
  return trials
    .filter((trial) => problemOf(found[trial]!) === null)
    .sort((a, b) => (found[a]!.length === 0 ? 0 : score(b) - score(a)) || a - b);
}

function resultOf(
  trial: number,
  values: Values,
  found: readonly FoldResult[][],
  options: Parameters<typeof leadOver>[2],
): TrialResult {
  const results = found[trial]!;
  const problem = problemOf(results);
  const seconds = results.reduce((sum, one) => sum + one.seconds, 0);
  const scores = scoresOf(results);
  const common = { trial, values, folds: results.length, rows: scores.length, seconds, problem };
  if (problem !== null) return { ...common, score: null, lead: null };
  const now = scoresOf(found[0]!.slice(0, results.length));
  return { ...common, score: meanOf(scores), lead: trial === 0 ? null : leadOver(now, scores, options) };
}

const scoresOf = (results: readonly FoldResult[]): Float64Array =>
  Float64Array.from(results.flatMap(({ scores }) => [...(scores ?? [])]));
const meanOf = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;
