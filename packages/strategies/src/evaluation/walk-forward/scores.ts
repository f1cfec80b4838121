import type { Bars, Interval, Prediction, RowRange } from '../../strategy.ts';
import { barsPerYear } from '../backtest.ts';
import { baselinePredictions, scoredAs } from '../baselines.ts';
import type { BaselineName } from '../baselines.ts';
import { deflate } from '../deflated-sharpe.ts';
import type { Trials } from '../deflated-sharpe.ts';
import { blockLength, meanWithBounds, scoreIntervals } from '../intervals.ts';
import { logLikelihood, scoredRows, scoresOf } from '../metrics.ts';
import type { EvaluationOptions, ScoredRows, Scores } from '../metrics.ts';

/** Scores of a model and of the baselines on the very same rows. */
interface Scored {
  readonly metrics: Scores;
  /** 95 % bootstrap intervals. */
  readonly intervals: Readonly<Record<string, Interval>>;
  readonly baselines: Readonly<Record<BaselineName, Scores>>;
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
  readonly score: 'accuracy' | 'log_loss' | 'return';
  readonly rule: BaselineName;
  /** Mean a row: share of rows, log-likelihood, net return. Above 0 the model did better. */
  readonly difference: number;
  /**
   * Bootstrap bounds, each passed by luck once in 60: in one of the three comparisons of a symbol, once in
   * 20.
   */
  readonly low: number;
  readonly high: number;
}

/** All rows of all folds together. */
export interface Pooled extends Scored {
  readonly deflated: {
    readonly deflated_sharpe: number | null;
    readonly trials: number;
    readonly sharpe_by_luck: number;
  };
  readonly comparisons: readonly Comparison[];
}

export interface SymbolWalk {
  readonly symbol: string;
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

const baselineNames = ['majority_class', 'last_direction', 'buy_and_hold', 'always_flat'] as const;

/** What a model and the baselines made of the same rows. */
export interface BlockRows {
  readonly model: ScoredRows;
  readonly baselines: Readonly<Record<BaselineName, ScoredRows>>;
}

/** @param trainRange whose majority the majority class is. */
export function blockRows(
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  trainRange: RowRange,
  options: EvaluationOptions,
): BlockRows {
  const predictions = baselinePredictions(bars, range, trainRange, options.horizon);
  return {
    model: scoredRows(bars, prediction, range, options),
    baselines: eachBaseline((name) => scoredRows(bars, predictions[name], range, options)),
  };
}

export function scoreBlock(
  { model, baselines }: BlockRows,
  { time }: Bars,
  horizon: number,
  seed: number,
): Pick<Fold, 'metrics' | 'intervals' | 'baselines'> {
  const perYear = barsPerYear(time);
  return {
    metrics: scoresOf(model, perYear, 'all'),
    intervals: scoreIntervals(model, { horizon, barsPerYear: perYear, seed }),
    baselines: eachBaseline((name) => scoresOf(baselines[name], perYear, scoredAs[name])),
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
    baselines: eachBaseline((name) => join(blocks.map(({ baselines }) => baselines[name]))),
  };
  const scored = scoreBlock(all, bars, horizon, seed);
  return {
    ...scored,
    deflated: deflate(all.model.returns, barsPerYear(bars.time), trials),
    comparisons: compare(all, scored.baselines, horizon, seed),
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

/** Three looks at the same rows, so that one of them passes its bound by luck once in 20. */
const tail = 0.05 / 3;

function compare(
  { model, baselines }: BlockRows,
  scores: Pooled['baselines'],
  horizon: number,
  seed: number,
): Comparison[] {
  const rows = model.labels.length;
  const best = (names: readonly BaselineName[], of: (name: BaselineName) => number): BaselineName =>
    names.reduce((a, b) => (of(b) > of(a) ? b : a));
  const total = ({ returns }: ScoredRows): number => returns.reduce((sum, r) => sum + r, 0);
  const right = ({ probability, labels }: ScoredRows, i: number): number =>
    (probability[i]! > 0.5 ? 1 : 0) === labels[i] ? 1 : 0;
  const likelihood = ({ probability, labels }: ScoredRows, i: number): number =>
    logLikelihood(probability[i]!, labels[i]!);
  const looks = [
    {
      score: 'accuracy',
      rule: best(['majority_class', 'last_direction'], (name) => scores[name].accuracy!),
      of: right,
      reach: horizon,
    },
    { score: 'log_loss', rule: 'majority_class', of: likelihood, reach: horizon },
    {
      score: 'return',
      rule: best(baselineNames, (name) => total(baselines[name])),
      of: ({ returns }: ScoredRows, i: number): number => returns[i]!,
      reach: 1,
    },
  ] as const;
  return looks.map(({ score, rule, of, reach }) => {
    const differences = Float64Array.from({ length: rows }, (_, i) => of(model, i) - of(baselines[rule], i));
    const options = { block: blockLength(rows, reach), resamples: 2000, seed };
    const { mean, low, high } = meanWithBounds(differences, options, tail);
    return { score, rule, difference: mean, low, high };
  });
}

function join(parts: readonly ScoredRows[]): ScoredRows {
  return {
    probability: Float64Array.from(parts.flatMap(({ probability }) => [...probability])),
    labels: Uint8Array.from(parts.flatMap(({ labels }) => [...labels])),
    position: Int8Array.from(parts.flatMap(({ position }) => [...position])),
    opened: Uint8Array.from(parts.flatMap(({ opened }) => [...opened])),
    returns: Float64Array.from(parts.flatMap(({ returns }) => [...returns])),
  };
}

const eachBaseline = <T>(make: (name: BaselineName) => T): Readonly<Record<BaselineName, T>> => ({
  majority_class: make('majority_class'),
  last_direction: make('last_direction'),
  buy_and_hold: make('buy_and_hold'),
  always_flat: make('always_flat'),
});
