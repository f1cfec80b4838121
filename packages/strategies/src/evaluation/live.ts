// How a model in use does on the bars that have come since it was trained.
import { reportedBy, type PromotionMetric, type Task } from '@ml-training/sdk';
import type { Bars, FittedSpan, LabelDefinition, Labels, Prediction, RowRange } from '../strategy.ts';
import { barsPerYear } from './backtest.ts';
import { rulesKnowing } from './baselines.ts';
import { meanAtAnyTime, type BoundedMean } from './confidence-sequence.ts';
import { degenerateReason } from './degenerate.ts';
import { labelsOf } from './labels.ts';
import { evaluate, rowScores, scoredRows, scoresOf, type Scores } from './metrics.ts';
import { unseenRows } from './unseen-rows.ts';

/**
 * All that naive rules know of the rows that a model was fitted on: of classes how many rows had each, of a
 * regression the labels' mean.
 */
export type TrainLabels =
  { readonly counts: readonly number[] } | { readonly mean: number; readonly rows: number };

/** Of the rows of `range`; of a policy as of two classes. */
export function trainLabelsOf(bars: Bars, range: RowRange, label: LabelDefinition): TrainLabels {
  return summaryOf(labelsOf(bars, range, label), label);
}

function summaryOf(labels: Labels, { task, classes }: LabelDefinition): TrainLabels {
  if (task === 'regression') {
    const sum = Float64Array.from(labels).reduce((total, y) => total + y, 0);
    return { mean: sum / labels.length, rows: labels.length };
  }
  const counts = new Array<number>(Math.max(2, classes.length)).fill(0);
  for (const label of labels) counts[label]!++;
  return { counts };
}

/**
 * The same from the bars, of a model that came without: the rows in the times that it was fitted on, in
 * which nothing but the symbol's own bars is looked at. Null where those bars are gone.
 */
export function trainLabelsFromSpans(
  bars: Bars,
  spans: readonly FittedSpan[],
  label: LabelDefinition,
): TrainLabels | null {
  const own = spans.filter(({ symbol, part }) => symbol === bars.symbol && part === 'train');
  const all = label.of(bars);
  const known: number[] = [];
  for (let t = label.firstRow; t < all.length; t++)
    if (own.some(({ start, end }) => bars.time[t]! >= start && bars.time[t + label.label.horizon]! < end))
      known.push(all[t]!);
  if (known.length < minTrainRows) return null;
  return summaryOf(label.task === 'regression' ? Float64Array.from(known) : Uint8Array.from(known), label);
}
const minTrainRows = 20;

/** Labels of which rules see the very same shares, or the very same mean. */
const labelsLike = (known: TrainLabels): Labels =>
  'mean' in known
    ? Float64Array.of(known.mean)
    : Uint8Array.from(known.counts.flatMap((count, c) => new Array<number>(count).fill(c)));

/**
 * `too_few` rows for any word; `within` noise of the naive rule; `below` it or `above` it beyond noise.
 */
export type LiveVerdict = 'too_few' | 'within' | 'below' | 'above';

export interface LiveScore {
  readonly rows: number;
  /** Times of the first and the last row, ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly task: Task;
  /** What it is looked at by: log_loss, rmse or return; of the model, and of the naive rule beside it. */
  readonly score: string;
  readonly value: number;
  readonly rule: string;
  readonly ruleValue: number;
  /**
   * Mean of a row's log-likelihood, squared error or return, model less rule, more is better, with bounds
   * that may be looked at any number of times (see `meanAtAnyTime`); null with too few rows.
   */
  readonly difference: BoundedMean | null;
  readonly verdict: LiveVerdict;
  /** In words why it can't work on these bars, such as the same answer to each of them; else null. */
  readonly broken: string | null;
  /** All scores of the task and of the back-test, as of a holdout. */
  readonly metrics: Scores;
}

export interface LiveOptions {
  readonly promotionMetric: PromotionMetric;
  readonly label: LabelDefinition;
  /** Cost of changing the position by one unit, in basis points of the capital. */
  readonly costBps: number;
  /** Null where nobody knows them any more, and the rule's only where it needs them. */
  readonly trainLabels: TrainLabels | null;
  readonly seed: number;
}

/** What a model that says this is looked at by, where its strategy can't be asked or says what it can't. */
export function liveMetricOf(task: Task, ofStrategy: PromotionMetric | undefined): PromotionMetric {
  if (task === 'policy' || ofStrategy === 'net_return') return 'net_return';
  return task === 'regression' ? 'squared_error' : 'log_likelihood';
}

/**
 * The rows that came since: after the last one that the model was judged on and after all that it was fitted
 * or chosen on, of other symbols too, with their labels known.
 * @param options.after time of the last row of its holdout, ms since the epoch
 * @param options.firstRow the first row that the model can be asked for, and that has a label
 */
export function liveRows(
  bars: Bars,
  options: {
    readonly after: number;
    readonly dataTo: number;
    readonly spans: readonly FittedSpan[];
    readonly horizon: number;
    readonly firstRow: number;
  },
): RowRange {
  const to = bars.time.length - options.horizon;
  const from = Math.min(options.firstRow, Math.max(0, to));
  const seen = { dataTo: Math.max(options.after, options.dataTo), spans: options.spans };
  return unseenRows(bars, { from, to: Math.max(from, to) }, options.horizon, seen);
}

/**
 * Scores what a model said of its live rows by the code that judged it, beside the naive rule whose own score
 * is no luck: the base rate or the mean of its training rows, or never trading.
 * @param range at least one row, labels known
 * @returns in words why it can't be scored
 */
export function scoreLive(
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  { promotionMetric, label, costBps, trainLabels, seed }: LiveOptions,
): LiveScore | string {
  const { horizon } = label.label;
  const options = { horizon, costBps, label };
  const { score, floor } = reportedBy[promotionMetric];
  if (floor !== 'always_flat' && trainLabels === null)
    return (
      'how often each class came in its training, or what the mean was, is not known: it was trained by an ' +
      'earlier version, and the bars are gone'
    );
  const known = trainLabels ?? blank(label.task);
  const rule = rulesKnowing(bars, range, labelsLike(known), label)[floor];
  if (rule === undefined) return `a ${label.task} model has no ${score} that ${floor} could be compared by`;
  const metrics = finite(evaluate(bars, prediction, range, options));
  const ruleScores = scoresOf(
    scoredRows(bars, rule.prediction, range, options),
    barsPerYear(bars.time),
    rule.scored,
  );
  const rows = range.to - range.from;
  const own = rowScores(promotionMetric, bars, prediction, range, options);
  const others = rowScores(promotionMetric, bars, rule.prediction, range, options);
  const reach = promotionMetric === 'net_return' ? 1 : horizon;
  const broken = degenerateReason(prediction, label.task);
  const differences = own.map((value, i) => value - others[i]!);
  const difference = differences.every(Number.isFinite) ? meanAtAnyTime(differences, { reach, seed }) : null;
  return {
    rows,
    from: bars.time[range.from]!,
    to: bars.time[range.to - 1]!,
    task: label.task,
    score,
    value: metrics[score] ?? Number.NaN,
    rule: floor,
    ruleValue: ruleScores[score] ?? Number.NaN,
    difference,
    verdict: verdictOf(difference),
    broken,
    metrics,
  };
}

const blank = (task: Task): TrainLabels =>
  task === 'regression' ? { mean: 0, rows: 1 } : { counts: [1, 1] };

function verdictOf(difference: BoundedMean | null): LiveVerdict {
  if (difference === null) return 'too_few';
  if (difference.high < 0) return 'below';
  return difference.low > 0 ? 'above' : 'within';
}

const finite = (scores: Scores): Scores =>
  Object.fromEntries(Object.entries(scores).filter(([, value]) => Number.isFinite(value)));
