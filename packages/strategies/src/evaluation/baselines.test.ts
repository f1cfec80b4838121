import { describe, expect, test } from '@jest/globals';
import { closes } from '../../test/bars.ts';
import { baselines } from './baselines.ts';

// Returns +10 %, −10 %, 0, +10 %: rise, fall, no rise, rise.
const bars = closes([100, 110, 99, 99, 108.9]);
const range = { from: 0, to: 4 };
const options = { horizon: 1, costBps: 10 };

describe('baselines', () => {
  test('learn the majority from the train range only', () => {
    const up = closes([1, 2, 3, 4, 5, 4, 3, 2, 1]);
    const { majority_class: majority } = baselines(up, { from: 4, to: 8 }, { from: 0, to: 3 }, options);
    expect(majority).toMatchObject({ rows: 4, accuracy: 0, balanced_accuracy: 0, exposure: 1, trades: 1 });
    const mixed = baselines(up, { from: 1, to: 3 }, { from: 3, to: 7 }, options).majority_class!;
    // One rise in four train rows: everything is called a fall with probability ¾, and both rows rise.
    expect(mixed.accuracy).toBe(0);
    expect(mixed.log_loss).toBeCloseTo(-Math.log(0.25), 12);
    expect(mixed.return).toBeLessThan(0);
  });

  test('expect the last move to go on', () => {
    const { last_direction: last } = baselines(
      closes([1, 2, 3, 2, 1, 2]),
      { from: 1, to: 5 },
      { from: 0, to: 1 },
      options,
    );
    // Last moves: up, up, down, down; next: up, down, down, up.
    expect(last).toMatchObject({ accuracy: 0.5, balanced_accuracy: 0.5, trades: 2 });
    expect(last).not.toHaveProperty('log_loss');
  });

  test('buy once and hold', () => {
    const hold = baselines(bars, range, range, options).buy_and_hold!;
    expect(hold).toMatchObject({ trades: 1, exposure: 1 });
    expect(hold.return).toBeCloseTo((1.1 - 0.001) * 0.9 * 1 * (1.1 - 0.001) - 1, 12);
    expect(hold.max_drawdown).toBeCloseTo(0.1, 12);
    expect(hold).not.toHaveProperty('accuracy');
  });

  test('stay out, at no gain and no loss', () => {
    const { always_flat: flat } = baselines(bars, range, range, options);
    expect(flat).toEqual({ rows: 4, return: 0, max_drawdown: 0, trades: 0, exposure: 0 });
    const long = closes(Array.from({ length: 61 }, (_, t) => 100 + (t % 7)));
    expect(baselines(long, { from: 0, to: 60 }, range, options).always_flat!.sharpe).toBe(0);
  });
});
