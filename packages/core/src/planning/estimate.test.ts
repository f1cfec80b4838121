import { describe, expect, test } from '@jest/globals';
import type { Pair } from '../jobs/types.ts';
import { admit, busySeconds } from './estimate.ts';
import { orderPairs } from './order.ts';

const seconds = new Map([
  ['lstm', 10],
  ['rl', 600],
]);
const lstm = (count: number): Pair[] =>
  Array.from({ length: count }, (_, i) => ({ strategy_type: 'lstm', symbol: `${i}` }));
const rl: Pair = { strategy_type: 'rl', symbol: 'R' };

describe('what is open', () => {
  test('keeps each trainer busy, what runs for what is left of it', () => {
    const running = [
      { strategy_type: 'lstm', elapsed: 4 },
      { strategy_type: 'rl', elapsed: 700 },
    ];
    expect(busySeconds(2, { running, queued: [{ strategy_type: 'lstm', count: 3 }] }, seconds)).toEqual([
      16, 20,
    ]);
  });

  test('of a strategy that nobody measured counts as nothing', () => {
    expect(busySeconds(1, { running: [], queued: [{ strategy_type: 'new', count: 9 }] }, seconds)).toEqual([
      0,
    ]);
  });
});

describe('a run', () => {
  const symbols = (pairs: readonly Pair[]) => pairs.map(({ symbol }) => symbol);

  test('ends when the last of its jobs does, side by side and behind what is open', () => {
    expect(admit(lstm(4), [0, 0], seconds, null)).toMatchObject({ endsAfter: 20, leftOut: [] });
    expect(admit(lstm(3), [30, 5], seconds, null).endsAfter).toBe(35);
    expect(admit([...lstm(4), rl], [0, 0], seconds, null).endsAfter).toBe(620);
    expect(admit([], [30], seconds, null).endsAfter).toBeNull();
  });

  test('trains the first of its pairs that end in time', () => {
    const { pairs, leftOut, endsAfter } = admit(lstm(6), [0, 15], seconds, 30);
    expect([symbols(pairs), symbols(leftOut), endsAfter]).toEqual([['0', '1', '2', '3'], ['4', '5'], 30]);
  });

  test('fills the time that a long job has no room in by short ones', () => {
    const { pairs, leftOut } = admit([rl, ...lstm(2)], [100], seconds, 650);
    expect([symbols(pairs), symbols(leftOut)]).toEqual([['0', '1'], ['R']]);
  });

  test('trains a job longer than the time between two runs when it begins in time', () => {
    expect(symbols(admit([rl, ...lstm(2)], [0], seconds, 300).pairs)).toEqual(['R']);
    expect(symbols(admit([rl, ...lstm(2)], [300], seconds, 300).pairs)).toEqual([]);
  });

  test('trains what nobody knows the length of', () => {
    const unknown = { strategy_type: 'new', symbol: 'N' };
    expect(admit([unknown], [999], seconds, 30)).toEqual({ pairs: [unknown], leftOut: [], endsAfter: null });
  });
});

test('run after run, each pair is trained, long ones too, although no run has time for all', () => {
  const all = [...lstm(100), rl];
  const trained = new Map<string, Date>();
  let times = new Map<string, number>();
  const runs: number[] = [];
  for (let run = 1; run <= 12; run++) {
    const ordered = orderPairs(all, { seconds, lastTrained: trained, timesLeftOut: times, weights: {} });
    // 700 of the 1600 seconds that it takes.
    const { pairs, leftOut } = admit(ordered, [0], seconds, 700);
    for (const { strategy_type, symbol } of pairs)
      trained.set(`${strategy_type} ${symbol}`, new Date(Date.UTC(2024, 0, run)));
    times = new Map(
      leftOut.map(({ strategy_type, symbol }) => {
        const name = `${strategy_type} ${symbol}`;
        return [name, 1 + (times.get(name) ?? 0)];
      }),
    );
    if (pairs.includes(rl)) runs.push(run);
    expect(Math.max(...times.values())).toBeLessThanOrEqual(3);
  }
  expect(trained.size).toBe(101);
  expect(runs.length).toBeGreaterThanOrEqual(3);
});
