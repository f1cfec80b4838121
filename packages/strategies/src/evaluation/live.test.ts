import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { direction, directionOfPolicy, directionOrNeutral } from '../labels/direction.ts';
import { futureReturn } from '../labels/regression.ts';
import type { Bars, Prediction } from '../strategy.ts';
import { baselines } from './baselines.ts';
import { meanAtAnyTime, rowsForVerdict } from './confidence-sequence.ts';
import { liveMetricOf, liveRows, scoreLive, trainLabelsFromSpans, trainLabelsOf } from './live.ts';
import { meanWithBounds } from './intervals.ts';

const hour = 3_600_000;
const walk = (rows: number, seed: number): Bars => {
  const random = createRandom(seed);
  let price = 100;
  const close = Float64Array.from({ length: rows }, () => (price *= 1 + 0.003 * random.normal()));
  const time = close.map((_, t) => t * hour);
  return { symbol: 'A', time, open: close, high: close, low: close, close, volume: close };
};
const bars = walk(600, 1);
const up = direction({ horizon: 1 });
const range = { from: 400, to: 599 };
const train = { from: 0, to: 300 };
const rows = range.to - range.from;

/** Says each row with so much of the truth in it; below 0 the opposite. */
function saying(share: number, label = up): Prediction {
  const random = createRandom(7);
  const labels = label.of(bars).subarray(range.from, range.to);
  const score = Float64Array.from(labels, (y) => 0.5 + share * (y - 0.5) + 0.02 * random.normal());
  return { score, position: Int8Array.from(score, (p) => (p > 0.5 ? 1 : -1)) };
}
const options = {
  promotionMetric: 'log_likelihood' as const,
  label: up,
  costBps: 5,
  trainLabels: trainLabelsOf(bars, train, up),
  seed: 42,
};

describe('live rows', () => {
  const all = { dataTo: 0, spans: [], horizon: 1, firstRow: 33 };
  const span = (symbol: string, start: number, end: number) => ({
    symbol,
    part: 'train' as const,
    start: start * hour,
    end: end * hour,
  });
  test.each([
    ['begin after the last row that was judged', { after: 400 * hour }, { from: 401, to: 599 }],
    ['end with the last label that is known', { after: 400 * hour, horizon: 20 }, { from: 401, to: 580 }],
    [
      'begin after what the model was fitted on, where that is later',
      { after: 9 * hour, dataTo: 450 * hour },
      { from: 451, to: 599 },
    ],
    [
      'leave out the times that it was fitted on of other symbols',
      { after: 400 * hour, spans: [span('B', 300, 500)] },
      { from: 500, to: 599 },
    ],
    [
      'take no heed of the times of its own symbol',
      { after: 400 * hour, spans: [span('A', 300, 500)] },
      { from: 401, to: 599 },
    ],
    ['begin where the model can be asked', { after: -1, firstRow: 33 }, { from: 33, to: 599 }],
  ])('%s', (_, over, expected) => {
    expect(liveRows(bars, { ...all, ...over })).toEqual(expected);
  });

  test.each([
    ['without a new bar', { after: 599 * hour }],
    ['without a label', { after: 400 * hour, horizon: 300 }],
    ['with fewer bars than the model looks at', { after: 0, firstRow: 700 }],
  ])('are none %s', (_, over) => {
    const { from, to } = liveRows(bars, { ...all, ...over });
    expect(from).toBe(to);
  });
});

describe('what rules know of the training rows', () => {
  test.each([
    ['of two classes', up],
    ['of a policy', directionOfPolicy({ horizon: 1 })],
    ['of several', directionOrNeutral({ horizon: 1, cost_bps: 5 }, { costs: 1 })],
    ['of a regression', futureReturn({ horizon: 1 }, 'return')],
  ])('is as good as the rows themselves, %s', (_, label) => {
    const metric = liveMetricOf(label.task, undefined);
    const task = { horizon: 1, costBps: 5, label };
    const expected = baselines(bars, range, train, task);
    const said =
      label.task === 'multiclass'
        ? { ...saying(0), probabilities: new Float64Array(rows * 3).map((_, i) => [0.2, 0.5, 0.3][i % 3]!) }
        : saying(0, label);
    const scored = scoreLive(bars, said, range, {
      ...options,
      label,
      promotionMetric: metric,
      trainLabels: trainLabelsOf(bars, train, label),
    });
    if (typeof scored === 'string') throw new Error(scored);
    expect(scored.ruleValue).toBeCloseTo(expected[scored.rule]![scored.score]!, 12);
  });

  test('is found in the bars again by the times that the model was fitted on', () => {
    const spans = [
      { symbol: 'A', part: 'train' as const, start: 0, end: 301 * hour },
      { symbol: 'A', part: 'validation' as const, start: 320 * hour, end: 390 * hour },
      { symbol: 'B', part: 'train' as const, start: 320 * hour, end: 500 * hour },
    ];
    expect(trainLabelsFromSpans(bars, spans, up)).toEqual(trainLabelsOf(bars, train, up));
    expect(trainLabelsFromSpans(walk(10, 1), spans, up)).toBeNull();
  });
});

describe('a live score', () => {
  test.each([
    ['that says the opposite is below', -0.3, 'below'],
    ['without skill is within', 0, 'within'],
    ['with skill is above', 0.3, 'above'],
  ])('of a model %s', (_, share, verdict) => {
    const scored = scoreLive(bars, saying(share), range, options);
    expect(scored).toMatchObject({ rows: 199, score: 'log_loss', rule: 'majority_class', verdict });
  });

  test('of an agent is its return against never trading', () => {
    const label = directionOfPolicy({ horizon: 1 });
    const by = { ...options, label, promotionMetric: 'net_return' as const };
    expect(scoreLive(bars, saying(-0.3), range, by)).toMatchObject({
      score: 'return',
      rule: 'always_flat',
      ruleValue: 0,
      verdict: 'below',
    });
    expect(scoreLive(bars, saying(0.9), range, by)).toMatchObject({ verdict: 'above' });
  });

  test('of few rows has no verdict', () => {
    const few = { from: 540, to: 599 };
    const said = saying(-0.3);
    const prediction = { score: said.score.subarray(-59), position: said.position.subarray(-59) };
    expect(scoreLive(bars, prediction, few, options)).toMatchObject({ rows: 59, verdict: 'too_few' });
    expect([rowsForVerdict(1), rowsForVerdict(20)]).toEqual([60, 800]);
  });

  test('of a model that is broken says so, and claims nothing', () => {
    const nothing = { score: new Float64Array(rows).fill(Number.NaN), position: new Int8Array(rows) };
    expect(scoreLive(bars, nothing, range, options)).toMatchObject({
      verdict: 'too_few',
      broken: expect.stringContaining('not numbers'),
    });
  });

  test('without the base rate is a reason in words, where it is needed', () => {
    const unknown = { ...options, trainLabels: null };
    expect(scoreLive(bars, saying(0), range, unknown)).toContain('is not known');
    const label = directionOfPolicy({ horizon: 1 });
    const agent = { ...unknown, label, promotionMetric: 'net_return' as const };
    expect(scoreLive(bars, saying(0), range, agent)).toMatchObject({ rule: 'always_flat' });
  });
});

describe('bounds that are looked at again and again', () => {
  const series = 80;
  const [first, last, step] = [60, 600, 30];
  const looks = (one: Float64Array, above: (part: Float64Array) => boolean): boolean => {
    for (let n = first; n <= last; n += step) if (above(one.subarray(0, n))) return true;
    return false;
  };
  const all = Array.from({ length: series }, (_, s) => {
    const random = createRandom(100 + s);
    return Float64Array.from({ length: last }, () => random.normal());
  });

  test('are wrong at any look in one series of twenty at most, where those for one look are in a fifth', () => {
    const anyTime = all.filter((one) =>
      looks(one, (part) => meanAtAnyTime(part, { reach: 1, seed: 1 })!.high < 0),
    );
    const once = all.filter((one) =>
      looks(one, (part) => meanWithBounds(part, { block: 4, resamples: 200, seed: 1 }).high < 0),
    );
    // 5 % of 80 are 4; 11 are reached by chance once in 300 times.
    expect(anyTime.length).toBeLessThan(11);
    expect(once.length).toBeGreaterThan(12);
  });

  test('find what is there', () => {
    const worse = all.map((one) => one.map((value) => value - 0.25));
    const found = worse.filter((one) =>
      looks(one, (part) => meanAtAnyTime(part, { reach: 1, seed: 1 })!.high < 0),
    );
    expect(found.length).toBeGreaterThan(0.95 * series);
  });
});
