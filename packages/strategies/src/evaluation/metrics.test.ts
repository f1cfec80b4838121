import { describe, expect, test } from '@jest/globals';
import { closes } from '../../test/bars.ts';
import { auc, evaluate, logLikelihood, rowScores } from './metrics.ts';

// Returns +10 %, −10 %, 0, +10 %: rise, fall, no rise, rise.
const bars = closes([100, 110, 99, 99, 108.9]);
const range = { from: 0, to: 4 };
const prediction = {
  score: Float64Array.of(0.8, 0.4, 0.6, 0.5),
  position: Int8Array.of(1, -1, 0, 1),
};
const options = { horizon: 1, costBps: 10 };

describe('evaluate', () => {
  const metrics = evaluate(bars, prediction, range, options);

  test('scores probabilities as worked out by hand', () => {
    expect(metrics).toMatchObject({ rows: 4, accuracy: 0.5, balanced_accuracy: 0.5, auc: 0.75 });
    expect(metrics.log_loss).toBeCloseTo(-Math.log(0.8 * 0.6 * 0.4 * 0.5) / 4, 12);
  });

  test('scores the costed back-test as worked out by hand', () => {
    // Turnover 1, 2, 1 and, with the closing trade, 2: +10 % less 10, 20, 10 and 20 basis points.
    expect(metrics.return).toBeCloseTo(1.099 * 1.098 * 0.999 * 1.098 - 1, 12);
    expect(metrics.max_drawdown).toBeCloseTo(0.001, 12);
    expect(metrics).toMatchObject({ trades: 3, exposure: 0.75 });
    expect(metrics).not.toHaveProperty('sharpe');
  });

  test('gives the Sharpe ratio of 60 rows or more, as worked out by hand', () => {
    // Up and down by 1 and 2 %, long throughout without costs.
    const moves = Array.from({ length: 60 }, (_, i) => [0.01, -0.01, 0.02, 0.02][i % 4]!);
    const wavy = closes(moves.reduce((all, move) => [...all, all.at(-1)! * (1 + move)], [100]));
    const of = (rows: number): number | undefined =>
      evaluate(
        wavy,
        { score: new Float64Array(rows).fill(0.5), position: new Int8Array(rows).fill(1) },
        { from: 0, to: rows },
        { horizon: 1, costBps: 0 },
      ).sharpe;
    const variance = (15 * (0 + 0.02 ** 2 + 2 * 0.01 ** 2)) / 59;
    expect(of(60)).toBeCloseTo((0.01 / Math.sqrt(variance)) * Math.sqrt(365.25), 9);
    expect(of(59)).toBeUndefined();
  });

  test('scores a range in the middle as that range alone', () => {
    const middle = evaluate(
      bars,
      { score: Float64Array.of(0.2), position: Int8Array.of(-1) },
      { from: 1, to: 2 },
      options,
    );
    expect(middle).toMatchObject({ rows: 1, accuracy: 1, balanced_accuracy: 1, trades: 1, exposure: 1 });
    expect(middle.return).toBeCloseTo(0.1 - 0.002, 12);
    expect(middle).not.toHaveProperty('auc');
  });

  test('needs the bars that the labels are made of', () => {
    expect(() => evaluate(bars, prediction, { from: 1, to: 5 }, options)).toThrow(
      'rows 1 to 4 need 1 bars after them',
    );
  });

  test('looks a whole horizon ahead for the label', () => {
    const two = evaluate(
      bars,
      { score: Float64Array.of(0.9, 0.1), position: Int8Array.of(0, 0) },
      { from: 0, to: 2 },
      { ...options, horizon: 2 },
    );
    // 99 < 100 and 99 < 110: both fall.
    expect(two.accuracy).toBe(0.5);
    expect(two).toMatchObject({ return: 0, trades: 0, exposure: 0 });
  });
});

describe('auc', () => {
  test.each([
    [[0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], 1],
    [[0.4, 0.3, 0.2, 0.1], [0, 0, 1, 1], 0],
    [[0.5, 0.5, 0.5, 0.5], [0, 1, 0, 1], 0.5],
    // Pairs: 0.5 ties 0.5 (½), 0.5 over 0.2 (1), 0.3 under 0.5 (0), 0.3 over 0.2 (1).
    [[0.5, 0.5, 0.3, 0.2], [1, 0, 1, 0], 0.625],
    [[0.5, 0.6], [1, 1], null],
  ])('of %j against %j is %p', (probability, labels, expected) => {
    expect(auc(Float64Array.from(probability), Uint8Array.from(labels))).toBe(expected);
  });
});

describe('rowScores', () => {
  test('are log-likelihoods whose mean is the negative log loss', () => {
    const scores = rowScores('log_likelihood', bars, prediction, range, options);
    expect(scores[1]).toBeCloseTo(Math.log(0.6), 12);
    const mean = scores.reduce((sum, s) => sum + s, 0) / 4;
    expect(mean).toBeCloseTo(-evaluate(bars, prediction, range, options).log_loss!, 12);
  });

  test('are returns after costs that compound to the back-test', () => {
    const scores = rowScores('net_return', bars, prediction, range, options);
    const capital = scores.reduce((product, r) => product * (1 + r), 1);
    expect(capital - 1).toBeCloseTo(evaluate(bars, prediction, range, options).return!, 12);
  });

  test('stay finite for a row that was sure and wrong', () => {
    expect(logLikelihood(0, 1)).toBeCloseTo(Math.log(1e-6), 9);
    expect(logLikelihood(1, 0)).toBeCloseTo(Math.log(1e-6), 9);
  });
});
