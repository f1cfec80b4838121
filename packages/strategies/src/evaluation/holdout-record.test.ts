import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { walk } from '../../test/bars.ts';
import { baselines } from './baselines.ts';
import { holdoutRecord } from './holdout-record.ts';
import { evaluate } from './metrics.ts';

const options = { horizon: 1, costBps: 5 };
const range = { from: 40, to: 3000 };
const bars = walk({ rows: 3001, seed: 4 });
/** A model that guesses. */
function guesses(seed: number) {
  const random = createRandom(seed);
  const probability = Float64Array.from({ length: range.to - range.from }, () => random.next());
  return {
    score: probability,
    position: Int8Array.from(probability, (p) => (p > 0.6 ? 1 : p < 0.4 ? -1 : 0)),
  };
}
const drawdown = (equity: readonly number[]): number => {
  let peak = 1;
  return Math.max(
    ...equity.map((capital) => {
      peak = Math.max(peak, capital);
      return 1 - capital / peak;
    }),
  );
};

describe('the record of a holdout', () => {
  const prediction = guesses(1);
  const scores = evaluate(bars, prediction, range, options);
  const rules = baselines(bars, range, { from: 0, to: 30 }, options);

  test.each([10_000, 2960, 2959, 500, 20])(
    'has the return and the drawdown of the report, kept to %i rows',
    (most) => {
      const record = holdoutRecord(bars, prediction, range, options, most);
      expect(record.rows).toBe(2960);
      expect(record.times.length).toBeLessThanOrEqual(most);
      expect(record.times.length).toBeGreaterThanOrEqual(Math.min(2960, most) - 4);
      expect(record.equity.at(-1)! - 1).toBe(scores['return']);
      expect(drawdown(record.equity)).toBe(scores['max_drawdown']);
      expect(record.buyAndHold.at(-1)! - 1).toBe(rules.buy_and_hold!['return']);
      expect(drawdown(record.buyAndHold)).toBe(rules.buy_and_hold!['max_drawdown']);
    },
  );

  test('holds what was said of each row and what came of it', () => {
    const record = holdoutRecord(bars, prediction, range, options, 10_000);
    for (const row of [0, 1, 1000, 2959]) {
      expect(record.times[row]).toBe(bars.time[40 + row]);
      expect(record.closes[row]).toBe(bars.close[40 + row]);
      expect(record.scores[row]).toBe(prediction.score[row]);
      expect(record.positions[row]).toBe(prediction.position[row]);
      const before = row === 0 ? 1 : record.equity[row - 1]!;
      expect(record.equity[row]! / before - 1).toBeCloseTo(record.returns[row]!, 12);
    }
  });

  test('of fewer rows each is still of its own time', () => {
    const record = holdoutRecord(bars, prediction, range, options, 100);
    for (const [i, time] of record.times.entries()) {
      const row = bars.time.indexOf(time) - 40;
      expect(record.positions[i]).toBe(prediction.position[row]);
    }
    expect([record.times[0], record.times.at(-1)]).toEqual([bars.time[40], bars.time[2999]]);
  });

  test('counts every row in its tenth, with what was expected there and what happened', () => {
    const { calibration } = holdoutRecord(bars, prediction, range, options, 20);
    expect(calibration.map(({ from }) => from)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
    expect(calibration.reduce((sum, { count }) => sum + count, 0)).toBe(2960);
    for (const { from, to, predicted } of calibration) {
      expect(predicted).toBeGreaterThanOrEqual(from);
      expect(predicted).toBeLessThanOrEqual(to);
    }
    const rises = calibration.reduce((sum, { count, observed }) => sum + count * observed, 0);
    const risen = [...bars.close.subarray(40, 3000)].filter((close, row) => bars.close[41 + row]! > close);
    expect(rises).toBeCloseTo(risen.length, 6);
  });

  test('leaves out of the tenths what is no probability, and puts 1 into the last', () => {
    const probability = prediction.score.slice().fill(0.55);
    probability.set([NaN, -1, 7, 1, 0]);
    const { calibration } = holdoutRecord(bars, { ...prediction, score: probability }, range, options, 20);
    expect(calibration.map(({ from, count }) => [from, count])).toEqual([
      [0, 1],
      [0.5, 2955],
      [0.9, 1],
    ]);
  });
});
