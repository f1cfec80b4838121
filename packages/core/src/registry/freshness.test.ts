import { describe, expect, test } from '@jest/globals';
import { freshnessOf, type Ages } from './freshness.ts';
import type { LiveScore } from './live.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.UTC(2024, 0, 10, 12);
const none = { model: 0, bar: 0 };
/** Hourly bars, the newest so many hours old, with a pause of so many before the last ten. */
const hourly = (ageHours: number, pauseHours = 1): number[] =>
  Array.from(
    { length: 34 },
    (_, i) => now - ageHours * hour - (33 - i) * hour - (i < 24 ? (pauseHours - 1) * hour : 0),
  );
const ages = (over: Partial<Ages> = {}): Ages => ({
  symbol: 'GOOG',
  modelCreatedAt: new Date(now - day),
  times: hourly(1),
  live: null,
  now,
  ...over,
});
const live = (verdict: LiveScore['verdict']): LiveScore => ({
  scored_at: new Date(now),
  rows: 120,
  first_row: new Date(now - 5 * day),
  last_row: new Date(now),
  score: 'log_loss',
  value: 0.71,
  rule: 'majority_class',
  rule_value: 0.69,
  difference: -0.02,
  low: -0.03,
  high: -0.01,
  verdict,
});

describe('an answer', () => {
  test.each<[string, Partial<Ages>, string[]]>([
    ['of bars that come on is fresh', {}, []],
    ['is fresh between two bars', { times: hourly(3) }, []],
    [
      'is stale when the feed has stopped',
      { times: hourly(4) },
      ['the newest bar is 4 hours old, and bars came every 60 minutes'],
    ],
    ['is fresh after a pause as its bars have had', { times: hourly(40, 48) }, []],
    ['of bars of the future is fresh', { times: hourly(-5) }, []],
    ['of a single bar has no rhythm', { times: [0] }, []],
    ['of a model within noise is fresh', { live: live('within') }, []],
    ['of an old model is fresh, without a limit', { modelCreatedAt: new Date(0) }, []],
    [
      'of a model below the naive rule is stale',
      { live: live('below') },
      [
        'the model does badly on 120 bars since its training: log loss 0.7100, majority class 0.6900; ' +
          'worse than the naive rule beyond noise',
      ],
    ],
  ])('%s', (_, over, because) => {
    expect(freshnessOf(ages(over), none)).toMatchObject({ stale: because.length > 0, staleBecause: because });
  });

  test('has the ages of model and bar, in seconds', () => {
    expect(freshnessOf(ages(), none)).toMatchObject({
      modelAgeSeconds: 86_400,
      barAgeSeconds: 3600,
      live: null,
    });
  });

  test('is refused of a model beyond its limit, and not at it', () => {
    expect(freshnessOf(ages(), { model: 86_400, bar: 0 }).stale).toBe(false);
    expect(() => freshnessOf(ages(), { model: 86_399, bar: 0 })).toThrow(
      expect.objectContaining({
        code: 'MODEL_TOO_OLD',
        message: expect.stringContaining(
          'the model of GOOG is 24 hours old, and MAX_MODEL_AGE allows 24 hours',
        ),
      }),
    );
  });

  test('is refused of bars beyond their limit, whatever their rhythm', () => {
    expect(freshnessOf(ages(), { model: 0, bar: 3600 }).stale).toBe(false);
    expect(() => freshnessOf(ages({ times: hourly(40, 48) }), { model: 0, bar: 129_600 })).toThrow(
      expect.objectContaining({
        code: 'BARS_TOO_OLD',
        message: expect.stringContaining(
          'of 2024-01-08T20:00:00.000Z, is 40 hours old, and MAX_BAR_AGE allows 36 hours',
        ),
      }),
    );
  });
});
