import { describe, expect, test } from '@jest/globals';
import type { FailedPair, OpenJob, StrategyType } from '@ml-training/core';
import { isPlanned, lessBestRule, whyNone, type PairFacts } from './cells.ts';

describe('a score less its best naive rule', () => {
  const rounded = (value: number | null): number | null =>
    value === null ? null : Math.round(value * 1e6) / 1e6;
  test.each<[string, StrategyType, object, (number | string | null)[]]>([
    [
      'log loss below the rule is better',
      'lstm',
      { score: 0.68, low: 0.66, high: 0.7, rules: { majority_class: 0.69 } },
      [0.01, -0.01, 0.03, 'majority_class'],
    ],
    [
      'log loss above it is worse',
      'ensemble',
      { score: 0.7, low: 0.695, high: 0.71, rules: { majority_class: 0.69 } },
      [-0.01, -0.02, -0.005, 'majority_class'],
    ],
    [
      'a return above the best rule',
      'rl',
      {
        score: 0.2,
        low: -0.1,
        high: 0.5,
        rules: { always_flat: 0, buy_and_hold: 0.15, last_direction: -0.3 },
      },
      [0.05, -0.25, 0.35, 'buy_and_hold'],
    ],
    [
      'where the market falls, never to trade is the best',
      'rl',
      { score: -0.1, low: -0.2, high: -0.01, rules: { always_flat: 0, buy_and_hold: -0.4 } },
      [-0.1, -0.2, -0.01, 'always_flat'],
    ],
    [
      'no interval',
      'rl',
      { score: 0.1, low: null, high: null, rules: { always_flat: 0 } },
      [0.1, null, null, 'always_flat'],
    ],
    [
      'no score',
      'lstm',
      { score: null, low: 0.6, high: 0.7, rules: { majority_class: 0.69 } },
      [null, null, null, 'majority_class'],
    ],
    ['no rules', 'lstm', { score: 0.7, low: 0.6, high: 0.8, rules: null }, [null, null, null, null]],
  ])('%s', (_, strategy, report, [difference, low, high, rule]) => {
    const result = lessBestRule(strategy, report as Parameters<typeof lessBestRule>[1]);
    expect([rounded(result.difference), rounded(result.low), rounded(result.high), result.rule]).toEqual([
      difference,
      low,
      high,
      rule,
    ]);
  });
});

const facts = (over: Partial<PairFacts> = {}): PairFacts => ({
  strategies: ['ensemble', 'lstm'],
  symbols: [],
  bars: new Map([
    ['A', 500],
    ['B', 63],
  ]),
  minBars: 100,
  open: new Map(),
  failed: new Map(),
  leftOut: new Map(),
  ...over,
});
const open = (status: OpenJob['status']): OpenJob => ({ status, progress: 0.4 }) as OpenJob;
type Last = Parameters<typeof whyNone>[3];
const last = (over: Partial<NonNullable<Last>>): Last => ({
  model_id: 'm1',
  created_at: '2026-03-02T12:00:00Z',
  promoted: false,
  decision: 'Not promoted: it is broken',
  below_floor: false,
  learnt_nothing: false,
  ...over,
});
const failed = { error_message: 'it broke\nat line 3' } as FailedPair;

test.each<[string, StrategyType, string, Partial<PairFacts>, Last, string]>([
  [
    'running',
    'lstm',
    'A',
    { open: new Map([['lstm A', open('running')]]) },
    null,
    'its first training is 40 % done',
  ],
  [
    'queued',
    'lstm',
    'A',
    { open: new Map([['lstm A', open('queued')]]) },
    null,
    'its first training waits in the queue',
  ],
  [
    'the ensemble runs for all symbols',
    'ensemble',
    'A',
    { open: new Map([['ensemble @ALL', open('queued')]]) },
    null,
    'its first training waits in the queue',
  ],
  ['another strategy', 'rl', 'A', {}, null, 'rl is not among the strategies that runs train'],
  ['another symbol', 'lstm', 'A', { symbols: ['B'] }, null, 'A is not in TRAINING_SYMBOLS'],
  ['too few bars', 'lstm', 'B', {}, null, 'too few bars: 63 of 100'],
  ['no bars', 'lstm', 'C', {}, null, 'it has no bars'],
  ['failed', 'lstm', 'A', { failed: new Map([['lstm A', failed]]) }, null, 'its training failed: it broke'],
  [
    'left out',
    'ensemble',
    'A',
    { leftOut: new Map([['ensemble', { A: 'the close never moves' }]]) },
    null,
    'left out of the ensemble: the close never moves',
  ],
  [
    'a name that every object has is none of these',
    'ensemble',
    'A',
    { leftOut: new Map([['ensemble', {}]]) },
    null,
    'not trained yet',
  ],
  ['refused', 'lstm', 'A', {}, last({}), 'Not promoted: it is broken'],
  [
    'refused as worse than knowing nothing',
    'lstm',
    'A',
    {},
    last({ below_floor: true, decision: 'Not promoted: it is below the floor' }),
    'no model passed the floor yet: Not promoted: it is below the floor',
  ],
  ['never trained', 'lstm', 'A', {}, null, 'not trained yet'],
])('why there is no model: %s', (_, strategy, symbol, over, newest, why) => {
  expect(whyNone(strategy, symbol, facts(over), newest)).toBe(why);
});

test.each<[StrategyType, string, boolean]>([
  ['lstm', 'A', true],
  ['lstm', 'B', false],
  ['lstm', 'C', false],
  ['rl', 'A', false],
])('%s %s is trained by a run: %s', (strategy, symbol, planned) => {
  expect(isPlanned(strategy, symbol, facts())).toBe(planned);
});
