import { describe, expect, test } from '@jest/globals';
import { readParams } from '../params.ts';
import { createRandom } from '../random.ts';
import { choose } from './choose.ts';
import { ensembleSettings as settings } from '@ml-training/sdk';

const params = (given: Record<string, string | number>) => readParams(settings, given, 'ensemble');
const noisy = (rows: number, seed: number) => {
  const random = createRandom(seed);
  const labels = Uint8Array.from({ length: rows }, () => random.int(2));
  const probabilities = Array.from({ length: 5 }, () =>
    Float64Array.from({ length: rows }, () => 0.1 + 0.8 * random.next()),
  );
  return { labels, probabilities };
};
interface Told {
  readonly kind: string;
  readonly slope: number;
  readonly out_of_fold: Record<'before' | 'after', { log_loss: number; expected_calibration_error: number }>;
}
const calibrationOf = (choice: Awaited<ReturnType<typeof choose>>): Told =>
  choice.details.calibration as unknown as Told;

describe('the vote', () => {
  test('of members that know nothing is flattened, and is told to be worse out of fold than it looks', async () => {
    let [flattened, worse] = [0, 0];
    for (let seed = 0; seed < 10; seed++) {
      const told = calibrationOf(await choose(noisy(200, seed), params({ equal_share: 0 }), 0));
      if (told.slope < 1) flattened++;
      if (told.out_of_fold.before.log_loss > Math.log(2)) worse++;
      expect(told.out_of_fold.after.log_loss).toBeLessThan(told.out_of_fold.before.log_loss + 0.02);
    }
    expect(flattened).toBeGreaterThanOrEqual(9);
    expect(worse).toBeGreaterThanOrEqual(9);
  });

  test('is scored out of fold: a member that is right in one piece of time convinces nobody there', async () => {
    const { labels } = noisy(500, 1);
    // Shuffled rows; one member is right in the last fifth of time and a little wrong before, the other says one half.
    const time = Float64Array.from(labels, (_, i) => (i * 7919) % 500);
    const given = time.map((t) => (t >= 400 ? 0.95 : 0.42));
    const late = Float64Array.from(labels, (label, i) => (label === 1 ? given[i]! : 1 - given[i]!));
    const ballots = { labels, probabilities: [late, new Float64Array(500).fill(0.5)] };
    const before = async (more: { time?: Float64Array }): Promise<number> => {
      const chosen = await choose({ ...ballots, ...more }, params({ equal_share: 0 }), 0);
      return calibrationOf(chosen).out_of_fold.before.log_loss;
    };
    expect(await before({ time })).toBeGreaterThan(Math.log(2));
    // In the order given, each piece holds some of the rows it is right on, which lends it weight in the others.
    expect(await before({})).toBeLessThan(Math.log(2) - 0.005);
  });

  test('is left as it is without calibration', async () => {
    const { calibration, details } = await choose(noisy(100, 2), params({ calibration: 'none' }), 0);
    expect(calibration).toEqual({ kind: 'none' });
    expect(details.calibration).toEqual({ kind: 'none' });
  });

  test('of five rows can be chosen as well', async () => {
    const { weights, calibration } = await choose(noisy(5, 3), params({}), 0);
    expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
    expect(calibration).toMatchObject({ kind: 'platt' });
  });
});
