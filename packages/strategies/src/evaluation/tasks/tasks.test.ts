// Scores, intervals, naive rules and positions of each kind of task, against numbers worked out by hand or by
// another formula.
import { describe, expect, test } from '@jest/globals';
import type { LabelClass } from '@ml-training/sdk';
import { closes, walk } from '../../../test/bars.ts';
import { direction, directionOfPolicy } from '../../labels/direction.ts';
import { createRandom } from '../../random.ts';
import type { LabelDefinition, Prediction } from '../../strategy.ts';
import { baselines } from '../baselines.ts';
import { degenerateReason } from '../degenerate.ts';
import { intervals, resample, scoreIntervals } from '../intervals.ts';
import { evaluate, rowScores, type EvaluationOptions } from '../metrics.ts';
import { predictionOf } from '../positions.ts';

const bars = closes([100, 110, 99, 99, 108.9, 120, 110, 100]);
const range = { from: 2, to: 6 };

const classes: readonly LabelClass[] = [
  { name: 'down', position: -1 },
  { name: 'calm', position: 0 },
  { name: 'up', position: 1 },
];
const thirds: LabelDefinition = {
  task: 'multiclass',
  classes,
  label: { kind: 'classes', horizon: 1 },
  firstRow: 0,
  // Of rows 0 to 6; rows 2 to 5 are calm, up, up, down.
  of: () => Uint8Array.of(2, 0, 1, 2, 2, 0, 0),
};
const moves: LabelDefinition = {
  task: 'regression',
  classes: [],
  label: { kind: 'regression', horizon: 1 },
  firstRow: 0,
  of: ({ close }) => Float64Array.from(close.subarray(1), (c, t) => c / close[t]! - 1),
};
const optionsOf = (label: LabelDefinition): EvaluationOptions => ({ horizon: 1, costBps: 10, label });

describe('several classes', () => {
  // Likeliest: calm (right), up (right), down (wrong), down (right).
  const probabilities = Float64Array.from(
    [
      [0.1, 0.6, 0.3],
      [0.2, 0.3, 0.5],
      [0.5, 0.1, 0.4],
      [0.4, 0.35, 0.25],
    ].flat(),
  );
  const said = predictionOf({ probabilities }, thirds, 0);
  const scores = evaluate(bars, said, range, optionsOf(thirds));

  test('are scored as worked out by hand', () => {
    expect(scores).toMatchObject({ rows: 4, accuracy: 0.75 });
    // Recalls: calm 1 of 1, up 1 of 2, down 1 of 1.
    expect(scores.balanced_accuracy).toBeCloseTo((1 + 0.5 + 1) / 3, 12);
    expect(scores.log_loss).toBeCloseTo(-Math.log(0.6 * 0.5 * 0.4 * 0.4) / 4, 12);
    expect(scores).not.toHaveProperty('auc');
    // A class that never came has no recall, and counts for nothing: calm 1 of 1, up 1 of 2.
    const three = { score: said.score.slice(0, 3), position: said.position.slice(0, 3) };
    const rest = { ...three, probabilities: probabilities.slice(0, 9) };
    expect(evaluate(bars, rest, { from: 2, to: 5 }, optionsOf(thirds)).balanced_accuracy).toBe(0.75);
    const rows = rowScores('log_likelihood', bars, said, range, optionsOf(thirds));
    expect(rows[2]).toBeCloseTo(Math.log(0.4), 12);
  });

  test('take the position of the likeliest one, where it leads by more than the band', () => {
    expect([...said.position]).toEqual([0, 1, -1, -1]);
    // Its leads are 0.2, 0.1 and 0.05.
    expect([...predictionOf({ probabilities }, thirds, 0.07).position]).toEqual([0, 1, -1, 0]);
    expect([...predictionOf({ probabilities }, thirds, 0.15).position]).toEqual([0, 1, 0, 0]);
    expect(said.score[1]).toBeCloseTo(0.5 - 0.2, 12);
    // Two classes of one position don't take each other's lead.
    const two = [
      { name: 'fall', position: -1 },
      { name: 'rise', position: 1 },
      { name: 'rally', position: 1 },
    ] as const;
    const row = Float64Array.of(0.34, 0.33, 0.33);
    expect([...predictionOf({ probabilities: row }, { ...thirds, classes: two }, 0).position]).toEqual([-1]);
    const tie = Float64Array.of(0.5, 0.5, 0);
    expect([...predictionOf({ probabilities: tie }, { ...thirds, classes: two }, 0).position]).toEqual([0]);
  });

  test('stand beside the shares of training and the class that was last', () => {
    const rules = baselines(bars, range, { from: 0, to: 2 }, optionsOf(thirds));
    expect(Object.keys(rules)).toEqual(['majority_class', 'last_class', 'buy_and_hold', 'always_flat']);
    // Half up, half down: the first of equals is down; calm, which never came, is given next to nothing.
    expect(rules.majority_class).toMatchObject({ accuracy: 0.25, trades: 0 });
    expect(rules.majority_class!.log_loss).toBeCloseTo(-(3 * Math.log(0.5) + Math.log(1e-6)) / 4, 9);
    // Known at rows 2 to 5: those of rows 1 to 4, down, calm, up, up.
    expect(rules.last_class).toMatchObject({ accuracy: 0.25 });
    expect(rules.last_class).not.toHaveProperty('log_loss');
  });

  test.each<[string, number[], string | null]>([
    ['that are not 1 together', [0.2, 0.2, 0.2], '12 of 12 rows are not from 0 to 1 and 1 together'],
    ['beyond 1', [1.5, -0.5, 0], '12 of 12 rows'],
    ['that are no numbers', [Number.NaN, 0.5, 0.5], '12 of 12 rows'],
    ['that are the same throughout', [0.2, 0.3, 0.5], 'it gives the same answer (0.3000) to each of 12 bars'],
  ])('with probabilities %s are broken', (_, row, reason) => {
    const twelve = Float64Array.from({ length: 36 }, (_, i) => row[i % 3]!);
    const found = degenerateReason(predictionOf({ probabilities: twelve }, thirds, 0), 'multiclass');
    expect(found).toContain(reason!);
  });

  test('whose probabilities vary are not, nor are those of single precision', () => {
    const twelve = Float64Array.from({ length: 36 }, (_, i) =>
      Math.fround([0.1 + i / 90, 0.3, 0.6 - i / 90][i % 3]!),
    );
    for (let r = 0; r < 12; r++) twelve[3 * r + 2] = Math.fround(1 - twelve[3 * r]! - twelve[3 * r + 1]!);
    expect(degenerateReason(predictionOf({ probabilities: twelve }, thirds, 0), 'multiclass')).toBeNull();
  });
});

describe('a regression', () => {
  const score = Float64Array.of(0.01, 0.05, -0.02, -0.03);
  const said = predictionOf({ score }, moves, 0);
  const came = [0, 108.9 / 99 - 1, 120 / 108.9 - 1, 110 / 120 - 1];

  test('is scored as worked out by hand', () => {
    const scores = evaluate(bars, said, range, optionsOf(moves));
    // Ranks said 3, 4, 2, 1; came 2, 3, 4, 1 (0.1 is less than 0.1019): Σd² = 1 + 1 + 4 + 0.
    expect(scores.rank_ic).toBeCloseTo(1 - (6 * 6) / (4 * 15), 12);
    const mean = (of: ArrayLike<number>): number => Array.from(of).reduce((a, b) => a + b, 0) / of.length;
    const [ms, mc] = [mean(score), mean(came)];
    const cross = mean(came.map((y, i) => (y - mc) * (score[i]! - ms)));
    const spread = (of: ArrayLike<number>, m: number): number =>
      Math.sqrt(mean(Array.from(of, (v) => (v - m) ** 2)));
    expect(scores.ic).toBeCloseTo(cross / (spread(score, ms) * spread(came, mc)), 12);
    const errors = came.reduce((sum, y, i) => sum + (y - score[i]!) ** 2, 0);
    expect(scores.rmse).toBeCloseTo(Math.sqrt(errors / 4), 12);
    expect(scores.r2).toBeCloseTo(1 - errors / came.reduce((sum, y) => sum + y * y, 0), 12);
    for (const other of ['accuracy', 'log_loss', 'auc']) expect(scores).not.toHaveProperty(other);
    const rows = rowScores('squared_error', bars, said, range, optionsOf(moves));
    expect(rows.reduce((sum, s) => sum + s, 0)).toBeCloseTo(-errors, 12);
  });

  test('is traded by its sign, outside the band', () => {
    expect([...said.position]).toEqual([1, 1, -1, -1]);
    expect([...predictionOf({ score }, moves, 0.02).position]).toEqual([0, 1, 0, -1]);
  });

  test('gives equal values the mean of their ranks', () => {
    const tied = predictionOf({ score: Float64Array.of(0, 0, 0.1, 0.1) }, moves, 0);
    const { rank_ic: found } = evaluate(bars, tied, range, optionsOf(moves));
    // Pearson's of the ranks 1.5, 1.5, 3.5, 3.5 and 2, 3, 4, 1.
    const [x, y] = [
      [-1, -1, 1, 1],
      [-0.5, 0.5, 1.5, -1.5],
    ] as const;
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, v, i) => sum + v * b[i]!, 0);
    expect(found).toBeCloseTo(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)), 12);
  });

  test('stands beside zero, the mean of training and the last return', () => {
    const rules = baselines(bars, range, { from: 0, to: 2 }, optionsOf(moves));
    expect(Object.keys(rules)).toEqual(['zero', 'train_mean', 'last_return', 'buy_and_hold', 'always_flat']);
    expect(rules.zero).toMatchObject({ r2: 0, trades: 0, return: 0 });
    // Nothing to rank: no rank IC.
    expect(rules.zero).not.toHaveProperty('rank_ic');
    const mean = (0.1 + (99 / 110 - 1)) / 2;
    const errors = came.reduce((sum, y) => sum + (y - mean) ** 2, 0);
    expect(rules.train_mean!.rmse).toBeCloseTo(Math.sqrt(errors / 4), 9);
    const last = [99 / 110 - 1, ...came.slice(0, 3)];
    const lastErrors = came.reduce((sum, y, i) => sum + (y - last[i]!) ** 2, 0);
    expect(rules.last_return!.rmse).toBeCloseTo(Math.sqrt(lastErrors / 4), 12);
    expect(rules.buy_and_hold).not.toHaveProperty('rmse');
  });

  test('is broken where it says no finite numbers or one number only', () => {
    const says = (of: (i: number) => number): string | null =>
      degenerateReason(
        predictionOf({ score: Float64Array.from({ length: 20 }, (_, i) => of(i)) }, moves, 0),
        'regression',
      );
    expect(says((i) => (i === 3 ? Number.NaN : 0.1))).toBe('1 of 20 expected values are not finite numbers');
    expect(says(() => Infinity)).toContain('20 of 20');
    expect(says(() => 1.5e-5)).toBe('it gives the same answer (1.50e-5) to each of 20 bars');
    expect(says((i) => 1e-9 * i)).toBeNull();
    expect(says((i) => 250 + i)).toBeNull();
  });
});

test('a policy is scored by what it earns alone, and so are the rules beside it', () => {
  const said: Prediction = {
    score: Float64Array.of(0.8, 0.4, 0.6, 0.5),
    position: Int8Array.of(1, -1, 0, 1),
  };
  const own = evaluate(bars, said, range, optionsOf(directionOfPolicy({ horizon: 1 })));
  const asBinary = evaluate(bars, said, range, optionsOf(direction({ horizon: 1 })));
  const earned = ['rows', 'return', 'max_drawdown', 'trades', 'exposure'];
  expect(own).toEqual(Object.fromEntries(earned.map((name) => [name, asBinary[name]])));
  const rules = baselines(bars, range, { from: 0, to: 2 }, optionsOf(directionOfPolicy({ horizon: 1 })));
  expect(Object.keys(rules)).toContain('last_direction');
  for (const scores of Object.values(rules)) expect(Object.keys(scores)).toEqual(earned);
});

describe('intervals of', () => {
  const rows = 60;
  const random = createRandom(3);
  const pick = (): number => Math.floor(10 * random.next()) / 10;
  const returns = new Float64Array(rows);
  const settings = { horizon: 1, barsPerYear: 252, seed: 4 };
  /** The 2.5 % and the whole of a score over the resamples, computed of the rows that were drawn. */
  function drawnLow(of: (drawn: readonly number[]) => number): number {
    const values: number[] = [];
    resample(rows, { block: 4, resamples: 1000, seed: 4 }, (times) => {
      values.push(of([...times].flatMap((n, i) => Array<number>(n).fill(i))));
    });
    const whole = of(Array.from({ length: rows }, (_, i) => i));
    const lower = values.sort((a, b) => a - b)[25]!;
    return whole + (lower - whole) * Math.sqrt(60 / 59) * (2.1448 / 1.96);
  }

  test('a regression are those of the drawn rows, each as often as it was drawn', () => {
    const score = Float64Array.from({ length: rows }, pick);
    const labels = score.map((s) => s + 2 * pick());
    const found = scoreIntervals({ task: 'regression', score, labels, returns }, settings);
    const ranks = (values: readonly number[]): number[] =>
      values.map((v) => values.filter((o) => o < v).length + values.filter((o) => o === v).length / 2);
    const pearson = (x: readonly number[], y: readonly number[]): number => {
      const [mx, my] = [x, y].map((of) => of.reduce((a, b) => a + b, 0) / of.length) as [number, number];
      const sum = (of: (i: number) => number): number => x.reduce((s, _, i) => s + of(i), 0);
      return (
        sum((i) => (x[i]! - mx) * (y[i]! - my)) /
        Math.sqrt(sum((i) => (x[i]! - mx) ** 2) * sum((i) => (y[i]! - my) ** 2))
      );
    };
    const of = (values: Float64Array, drawn: readonly number[]): number[] => drawn.map((i) => values[i]!);
    const rankIc = drawnLow((drawn) => pearson(ranks(of(score, drawn)), ranks(of(labels, drawn))));
    const ic = drawnLow((drawn) => pearson(of(score, drawn), of(labels, drawn)));
    const error = (i: number): number => (labels[i]! - score[i]!) ** 2;
    const mean = (drawn: readonly number[], f: (i: number) => number): number =>
      drawn.reduce((sum, i) => sum + f(i), 0) / drawn.length;
    expect(found.rank_ic!.low).toBeCloseTo(rankIc, 4);
    expect(found.ic!.low).toBeCloseTo(ic, 4);
    expect(found.rmse!.low).toBeCloseTo(
      drawnLow((drawn) => Math.sqrt(mean(drawn, error))),
      4,
    );
    expect(found.r2!.low).toBeCloseTo(
      drawnLow((drawn) => 1 - mean(drawn, error) / mean(drawn, (i) => labels[i]! ** 2)),
      4,
    );
  });

  test('several classes are those of the drawn rows', () => {
    const labels = Uint8Array.from({ length: rows }, () => random.int(3));
    const probabilities = Float64Array.from({ length: 3 * rows }, () => 0.1 + random.next());
    for (let r = 0; r < rows; r++) {
      const sum = probabilities.subarray(3 * r, 3 * r + 3).reduce((a, b) => a + b, 0);
      for (let c = 0; c < 3; c++) probabilities[3 * r + c]! /= sum;
    }
    const given = {
      task: 'multiclass',
      score: new Float64Array(rows),
      probabilities,
      labels,
      returns,
    } as const;
    const found = scoreIntervals(given, settings);
    expect(Object.keys(found)).toEqual(['accuracy', 'balanced_accuracy', 'log_loss', 'return', 'sharpe']);
    const loss = (i: number): number => -Math.log(probabilities[3 * i + labels[i]!]!);
    expect(found.log_loss!.low).toBeCloseTo(
      drawnLow((drawn) => drawn.reduce((sum, i) => sum + loss(i), 0) / rows),
      4,
    );
  });

  test('each kind lie around the very scores that evaluate gives', () => {
    const long = walk({ rows: 201, seed: 5 });
    const all = { from: 1, to: 200 };
    const score = Float64Array.from({ length: 199 }, () => 0.01 * (random.next() - 0.5));
    const said = predictionOf({ score }, moves, 0);
    const scores = evaluate(long, said, all, optionsOf(moves));
    const found = intervals(long, said, all, optionsOf(moves), 1);
    expect(Object.keys(found)).toEqual(['rank_ic', 'ic', 'r2', 'rmse', 'return', 'sharpe']);
    for (const [name, { low, high }] of Object.entries(found)) {
      expect([name, low <= scores[name]! && scores[name]! <= high]).toEqual([name, true]);
      expect(high).toBeGreaterThan(low);
    }
  });
});
