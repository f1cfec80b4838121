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

export interface SymbolWalk {
  readonly symbol: string;
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
  const rows = model.labels.length;
  const looks = [
    ...evaluationOf[model.task].rowScores.map((look) => ({ ...look, reach: horizon })),
    {
      score: 'return' as const,
      of: ({ returns }: ScoredRows, i: number) => returns[i]!,
      rules: Object.keys(rules),
      reach: 1,
    },
  ];
  // So many looks at the same rows, of which one passes its bound by luck once in 20.
  const tail = 0.05 / looks.length;
  return looks.map(({ score, of, rules: names, reach }) => {
    const total = (name: string): number => sumOf(rows, (i) => of(rules[name]!.rows, i));
    const rule = names.reduce((a, b) => (total(b) > total(a) ? b : a));
    const best = rules[rule]!.rows;
    const differences = Float64Array.from({ length: rows }, (_, i) => of(model, i) - of(best, i));
    const options = { block: blockLength(rows, reach), resamples: 2000, seed };
    const { mean, low, high } = meanWithBounds(differences, options, tail);
    return { score, rule, difference: mean, low, high };
  });
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
