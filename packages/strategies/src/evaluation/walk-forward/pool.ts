import { barsPerYear } from '../backtest.ts';
import { meanWithBounds } from '../intervals.ts';
import { logLikelihood } from '../metrics.ts';
import { deflate } from '../deflated-sharpe.ts';
import type { Trials } from '../deflated-sharpe.ts';
import { scoreIntervals } from '../intervals.ts';
import { scoredRows, scoresOf } from '../metrics.ts';
import type { EvaluationOptions, ScoredRows } from '../metrics.ts';
import { baselinePredictions, scoredAs } from '../baselines.ts';
import type { BaselineName } from '../baselines.ts';
import type { Bars, Prediction, RowRange } from '../../strategy.ts';
import type { Comparison, Fold, Pooled, SymbolWalk } from './types.ts';

const ruleNames = ['majority_class', 'last_direction', 'buy_and_hold', 'always_flat'] as const;

/** What a model and the naive rules made of the same rows. */
export interface BlockRows {
  readonly model: ScoredRows;
  readonly rules: Readonly<Record<BaselineName, ScoredRows>>;
}

/** @param trainRange whose majority the majority class is. */
export function blockRows(
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  trainRange: RowRange,
  options: EvaluationOptions,
): BlockRows {
  const rules = baselinePredictions(bars, range, trainRange, options.horizon);
  return {
    model: scoredRows(bars, prediction, range, options),
    rules: eachRule((name) => scoredRows(bars, rules[name], range, options)),
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
    baselines: eachRule((name) => scoresOf(rules[name], perYear, scoredAs[name])),
  };
}

/** Judges the rows of all blocks as one series. */
export function scorePooled(
  blocks: readonly BlockRows[],
  bars: Bars,
  horizon: number,
  seed: number,
  trials: Trials,
): Pooled {
  const all = {
    model: join(blocks.map(({ model }) => model)),
    rules: eachRule((name) => join(blocks.map(({ rules }) => rules[name]))),
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
  { model, rules }: BlockRows,
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
      overlap: horizon,
    },
    { score: 'log_loss', rule: 'majority_class', of: likelihood, overlap: horizon },
    {
      score: 'return',
      rule: best(ruleNames, (name) => total(rules[name])),
      of: ({ returns }: ScoredRows, i: number): number => returns[i]!,
      overlap: 1,
    },
  ] as const;
  return looks.map(({ score, rule, of, overlap }) => {
    const differences = Float64Array.from({ length: rows }, (_, i) => of(model, i) - of(rules[rule], i));
    const block = Math.max(Math.ceil(Math.cbrt(rows)), overlap > 1 ? 2 * overlap : 1);
    const { mean, low, high } = meanWithBounds(differences, { block, resamples: 2000, seed }, tail);
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

const eachRule = <T>(make: (name: BaselineName) => T): Readonly<Record<BaselineName, T>> => ({
  majority_class: make('majority_class'),
  last_direction: make('last_direction'),
  buy_and_hold: make('buy_and_hold'),
  always_flat: make('always_flat'),
});
