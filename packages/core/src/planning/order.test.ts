import { describe, expect, test } from '@jest/globals';
import type { Pair } from '../jobs/types.ts';
import { orderPairs, type OrderFacts } from './order.ts';

const pairsOf = (strategy_type: string, count: number): Pair[] =>
  Array.from({ length: count }, (_, i) => ({ strategy_type, symbol: `${i}` }));
const nothing: OrderFacts = {
  lastTrained: new Map(),
  timesLeftOut: new Map(),
  seconds: new Map(),
  weights: {},
};
const order = (pairs: readonly Pair[], facts: Partial<OrderFacts> = {}): string[] =>
  orderPairs(pairs, { ...nothing, ...facts }).map(
    ({ strategy_type, symbol }) => `${strategy_type} ${symbol}`,
  );
/** Seconds that each strategy has had when the first `count` jobs are done. */
const spent = (names: readonly string[], seconds: ReadonlyMap<string, number>, count: number) => {
  const sums: Record<string, number> = {};
  for (const name of names.slice(0, count)) {
    const [strategy = ''] = name.split(' ');
    sums[strategy] = (sums[strategy] ?? 0) + seconds.get(strategy)!;
  }
  return sums;
};

describe('the order of a run', () => {
  test('is that of its strategies in turn where nothing is known', () => {
    expect(order([...pairsOf('lstm', 2), ...pairsOf('rl', 3)])).toEqual([
      'lstm 0',
      'rl 0',
      'lstm 1',
      'rl 1',
      'rl 2',
    ]);
  });

  test('has the stalest pair of a strategy first: never trained, then by the last training', () => {
    const at = (day: number) => new Date(Date.UTC(2024, 0, day));
    const lastTrained = new Map([
      ['lstm 0', at(3)],
      ['lstm 1', at(1)],
      ['lstm 3', at(2)],
    ]);
    expect(order(pairsOf('lstm', 4), { lastTrained })).toEqual(['lstm 2', 'lstm 1', 'lstm 3', 'lstm 0']);
  });

  test('gives each strategy as much time as the others, so that long jobs starve no short ones', () => {
    const seconds = new Map([
      ['rl', 600],
      ['lstm', 10],
    ]);
    const names = order([...pairsOf('lstm', 200), ...pairsOf('rl', 5)], { seconds });
    expect(names.indexOf('rl 0')).toBe(60);
    expect(names.indexOf('rl 1')).toBe(121);
    expect(spent(names, seconds, 122)).toEqual({ lstm: 1200, rl: 1200 });
    expect(new Set(names).size).toBe(205);
  });

  test('gives a strategy of three times the weight three times the time', () => {
    const seconds = new Map([
      ['rl', 60],
      ['lstm', 10],
    ]);
    const names = order([...pairsOf('lstm', 100), ...pairsOf('rl', 100)], { seconds, weights: { rl: 3 } });
    const { lstm, rl } = spent(names, seconds, 80);
    expect(rl! / lstm!).toBeCloseTo(3, 0);
  });

  test('takes a strategy that was never measured for one of usual length', () => {
    const seconds = new Map([
      ['rl', 600],
      ['lstm', 10],
      ['ensemble', 20],
    ]);
    const names = order([...pairsOf('rl', 1), ...pairsOf('new', 2), ...pairsOf('lstm', 4)], { seconds });
    expect(names).toEqual(['lstm 0', 'new 0', 'lstm 1', 'lstm 2', 'new 1', 'lstm 3', 'rl 0']);
  });

  test('has first what runs before had no time for, the more often the earlier, of any strategy', () => {
    const seconds = new Map([
      ['rl', 600],
      ['lstm', 10],
    ]);
    const timesLeftOut = new Map([
      ['rl 1', 2],
      ['lstm 2', 1],
    ]);
    const names = order([...pairsOf('lstm', 3), ...pairsOf('rl', 2)], { seconds, timesLeftOut });
    expect(names).toEqual(['rl 1', 'lstm 2', 'lstm 0', 'lstm 1', 'rl 0']);
  });
});
