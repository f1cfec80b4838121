import type { Bars, Interval, Prediction, RowRange } from '../../strategy.ts';
import { barsPerYear } from '../backtest.ts';
import { baselinePredictions } from '../baselines.ts';
import { deflateExcess } from '../deflated-sharpe.ts';
import type { ExcessScores, Trials } from '../deflated-sharpe.ts';
import { blockLength, meanWithBounds, scoreIntervals } from '../intervals.ts';
import { labelOf, scoredRows, scoresOf } from '../metrics.ts';
import type { EvaluationOptions, Scored as ScoredAs, ScoredRows, Scores } from '../metrics.ts';
import { evaluationOf, type RowScore } from '../tasks/index.ts';

/** Scores of a model and of the baselines on the very same rows. */
interface Scored {
  readonly metrics: Scores;
  /** 95 % bootstrap intervals. */
  readonly intervals: Readonly<Record<string, Interval>>;
  readonly baselines: Readonly<Record<string, Scores>>;
}

/** One model on the block of rows that follow what it was trained on. */
export interface Fold extends Scored {
  /**
   * Times of the first bar that the model looked at for training, and of the last one, labels included; ms
   * since the epoch.
   */
  readonly dataFrom: number;
  readonly dataTo: number;
  /** Times of the block's first and last row. */
  readonly from: number;
  readonly to: number;
}

/** The model's score less that of the baseline that did best by it, row by row. */
export interface Comparison {
  readonly score: RowScore['score'] | 'return';
  readonly rule: string;
  /** Mean a row: share of rows, log-likelihood, squared error, net return. Above 0 the model did better. */
  readonly difference: number;
  /**
   * Bootstrap bounds, of n comparisons of a symbol each passed by luck once in 20 · n: in one of them, once
   * in 20.
   */
  readonly low: number;
  readonly high: number;
}

/** All rows of all folds together. */
export interface Pooled extends Scored {
  readonly excess: ExcessScores;
  readonly comparisons: readonly Comparison[];
}

/** What a refit is worth on the block after the one that judged: both models on the very same rows. */
interface RefitFold {
  /** Times of the first and last row. */
  readonly from: number;
  readonly to: number;
  /** Scores of the model as it was judged. */
  readonly judged: Scores;
  /** Scores of the same, refitted on the block that judged it too. */
  readonly refitted: Scores;
}

/** The refitted models' scores less those of the judged ones, over all rows of all these blocks. */
export interface RefitWalk {
  readonly folds: readonly RefitFold[];
  readonly comparisons: readonly Omit<Comparison, 'rule'>[];
}

export interface SymbolWalk {
  readonly symbol: string;
  /** Null where it was not asked for, or the strategy has no refit. */
  readonly refit: RefitWalk | null;
  /** Bars whose move no market makes, in words; null where there are none. */
  readonly warning: string | null;
  readonly folds: readonly Fold[];
  readonly pooled: Pooled;
  /** Over the folds, of each score that all of them have. */
  readonly spread: Readonly<
    Record<
      string,
      { readonly mean: number; readonly deviation: number; readonly low: number; readonly high: number }
    >
  >;
}

/** What a model and the baselines made of the same rows. */
export interface BlockRows {
  readonly model: ScoredRows;
  readonly rules: Readonly<Record<string, { readonly scored: ScoredAs; readonly rows: ScoredRows }>>;
}

/** @param trainRange whose majority the majority class is. */
export function blockRows(
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  trainRange: RowRange,
  options: EvaluationOptions,
): BlockRows {
  const rules = baselinePredictions(bars, range, trainRange, labelOf(options));
  return {
    model: scoredRows(bars, prediction, range, options),
    rules: mapped(rules, ({ scored, prediction: says }) => ({
      scored,
      rows: scoredRows(bars, says, range, options),
    })),
  };
}

export function scoreBlock(
  { model, rules }: BlockRows,
  { time }: Bars,
  horizon: number,
  seed: number,
): Pick<Fold, 'metrics' | 'intervals' | 'baselines'> {
  const perYear = barsPerYear(time);
  return {
    metrics: scoresOf(model, perYear, 'all'),
    intervals: scoreIntervals(model, { horizon, barsPerYear: perYear, seed }),
    baselines: mapped(rules, ({ rows, scored }) => scoresOf(rows, perYear, scored)),
  };
}

/** Scores the rows of all blocks as one series. */
export function scorePooled(
  blocks: readonly BlockRows[],
  bars: Bars,
  horizon: number,
  seed: number,
  trials: Trials,
): Pooled {
  const all = {
    model: join(blocks.map(({ model }) => model)),
    rules: mapped(blocks[0]!.rules, ({ scored }, name) => ({
      scored,
      rows: join(blocks.map(({ rules }) => rules[name]!.rows)),
    })),
  };
  const scored = scoreBlock(all, bars, horizon, seed);
  return {
    ...scored,
    excess: deflateExcess(
      { model: all.model.returns, rules: mapped(all.rules, ({ rows }) => rows.returns) },
      barsPerYear(bars.time),
      trials,
    ),
    comparisons: compare(all, horizon, seed),
  };
}

/** How far scores differ from fold to fold. */
export function spreadOf(folds: readonly Fold[]): SymbolWalk['spread'] {
  const names = Object.keys(folds[0]?.metrics ?? {}).filter((name) =>
    folds.every(({ metrics }) => metrics[name] !== undefined),
  );
  return Object.fromEntries(
    names.map((name) => {
      const values = folds.map(({ metrics }) => metrics[name]!);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
      const deviation = Math.sqrt(squares / Math.max(1, values.length - 1));
      return [name, { mean, deviation, low: Math.min(...values), high: Math.max(...values) }];
    }),
  );
}

function compare({ model, rules }: BlockRows, horizon: number, seed: number): Comparison[] {
  const looks = looksAt(model, Object.keys(rules), horizon);
  return looks.map((look) => {
    const total = (name: string): number => sumOf(model.labels.length, (i) => look.of(rules[name]!.rows, i));
    const rule = look.rules.reduce((a, b) => (total(b) > total(a) ? b : a));
    const { score, ...bounds } = differenceOf(look, looks.length, [model, rules[rule]!.rows], seed);
    return { score, rule, ...bounds };
  });
}

/** A row's score, by which two are compared. */
interface Look {
  readonly score: Comparison['score'];
  readonly of: (rows: ScoredRows, i: number) => number;
  readonly rules: readonly string[];
  /** Bars that a row's score reaches over. */
  readonly reach: number;
}

const looksAt = ({ task }: ScoredRows, rules: readonly string[], horizon: number): Look[] => [
  ...evaluationOf[task].rowScores.map((look) => ({ ...look, reach: horizon })),
  { score: 'return', of: ({ returns }, i) => returns[i]!, rules, reach: 1 },
];

/** @param looks so many at the same rows, of which one passes its bound by luck once in 20. */
function differenceOf(
  { score, of, reach }: Look,
  looks: number,
  [one, other]: readonly [ScoredRows, ScoredRows],
  seed: number,
): Omit<Comparison, 'rule'> {
  const rows = one.labels.length;
  const differences = Float64Array.from({ length: rows }, (_, i) => of(one, i) - of(other, i));
  const options = { block: blockLength(rows, reach), resamples: 2000, seed };
  const { mean, low, high } = meanWithBounds(differences, options, 0.05 / looks);
  return { score, difference: mean, low, high };
}

/** What both models made of the rows of the block after. */
export interface RowsAfter {
  readonly judged: ScoredRows;
  readonly refitted: ScoredRows;
}

/** Scores of what was refitted beside what was judged, block by block and over all of them; null without any. */
export function scoreRefits(
  blocks: readonly RowsAfter[],
  { time }: Bars,
  horizon: number,
  seed: number,
): RefitWalk | null {
  const [first] = blocks;
  if (first === undefined) return null;
  const perYear = barsPerYear(time);
  const pair = [
    join(blocks.map(({ refitted }) => refitted)),
    join(blocks.map(({ judged }) => judged)),
  ] as const;
  const looks = looksAt(first.judged, [], horizon);
  return {
    folds: blocks.map(({ judged, refitted }) => ({
      from: time[judged.rows[0]!]!,
      to: time[judged.rows.at(-1)!]!,
      judged: scoresOf(judged, perYear, 'all'),
      refitted: scoresOf(refitted, perYear, 'all'),
    })),
    comparisons: looks.map((look) => differenceOf(look, looks.length, pair, seed)),
  };
}

function sumOf(rows: number, value: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += value(i);
  return sum;
}

function join(parts: readonly ScoredRows[]): ScoredRows {
  const probabilities = parts.flatMap(({ probabilities }) => [...(probabilities ?? [])]);
  const labels = parts.flatMap(({ labels: some }) => [...some]);
  return {
    task: parts[0]!.task,
    rows: Int32Array.from(parts.flatMap(({ rows }) => [...rows])),
    score: Float64Array.from(parts.flatMap(({ score }) => [...score])),
    probabilities: probabilities.length === 0 ? undefined : Float64Array.from(probabilities),
    labels: parts[0]!.labels instanceof Float64Array ? Float64Array.from(labels) : Uint8Array.from(labels),
    position: Int8Array.from(parts.flatMap(({ position }) => [...position])),
    opened: Uint8Array.from(parts.flatMap(({ opened }) => [...opened])),
    returns: Float64Array.from(parts.flatMap(({ returns }) => [...returns])),
  };
}

const mapped = <A, B>(
  record: Readonly<Record<string, A>>,
  make: (value: A, name: string) => B,
): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value, name)]));
