import { describe, expect, test } from '@jest/globals';
import type { Artefact, Bars, FittedSpan } from './strategy.ts';
import { warmStartProblem } from './warm-start.ts';

const featuresHash = 'c0ffee';
const column = (value: (t: number) => number): Float64Array =>
  Float64Array.from({ length: 100 }, (_, t) => value(t));
const ones = column(() => 1);
const bars: Bars = {
  symbol: 'OWN',
  time: column((t) => t * 1000),
  open: ones,
  high: ones,
  low: ones,
  close: ones,
  volume: ones,
};
/** Validation rows 60 to 69 and holdout rows 80 to 98, which with their labels begin at 60 s and 80 s. */
const candidate = {
  featureNames: ['a', 'b'],
  featuresHash,
  window: 34,
  label: { kind: 'direction' as const, horizon: 1 },
  symbols: [{ bars, validation: [60, 69], holdout: { from: 80, to: 99 } }],
};
const span = (symbol: string, part: FittedSpan['part'], start: number, end: number): FittedSpan => ({
  symbol,
  part,
  start,
  end,
});
const champion = (change: Partial<Artefact> = {}): Artefact => ({
  model_state: {},
  feature_names: ['a', 'b'],
  features_hash: featuresHash,
  window: 34,
  label: { kind: 'direction', horizon: 1 },
  params: {},
  fitted_spans: [span('OWN', 'train', 0, 60_000), span('OWN', 'validation', 60_000, 80_000)],
  ...change,
});

describe('a training is warm-started from a champion', () => {
  test('that was fitted before its validation rows and chosen before its holdout', () => {
    expect(warmStartProblem(champion(), candidate)).toBeNull();
  });

  test('that learnt from another symbol at another time', () => {
    const fitted_spans = [span('OTHER', 'train', 100_000, 200_000)];
    expect(warmStartProblem(champion({ fitted_spans }), candidate)).toBeNull();
  });
});

describe('a training begins from scratch when the champion', () => {
  test.each([
    ['knows other features', { feature_names: ['a', 'c'] }, 'other features'],
    ['has features that were computed otherwise', { features_hash: 'another' }, 'computed otherwise'],
    ['looks further back', { window: 35 }, 'looks at 35 bars'],
    ['expects another close', { label: { kind: 'direction', horizon: 2 } }, '2 bars on'],
    [
      'learnt another label',
      { label: { kind: 'direction', horizon: 1, neutral: { costs: 2, cost_bps: 5 } } },
      'learnt the label direction {"horizon":1,"neutral"',
    ],
    ['does not say what it saw', { fitted_spans: [] }, 'does not say'],
    [
      'was chosen on a row of the holdout',
      { fitted_spans: [span('OWN', 'validation', 0, 80_001)] },
      'judged on',
    ],
    [
      'has seen what came after the holdout',
      { fitted_spans: [span('OWN', 'train', 500_000, 600_000)] },
      'judged on',
    ],
    ['was fitted on a validation row', { fitted_spans: [span('OWN', 'train', 0, 60_001)] }, 'chosen on'],
    [
      'moved with the holdout in another symbol',
      { fitted_spans: [span('OTHER', 'train', 90_000, 91_000)] },
      'judged on',
    ],
    [
      'moved with the validation rows in another symbol',
      { fitted_spans: [span('OTHER', 'train', 65_000, 66_000)] },
      'chosen on',
    ],
  ] as const)('%s', (_, change, why) => {
    expect(warmStartProblem(champion(change), candidate)).toContain(why);
  });
});
