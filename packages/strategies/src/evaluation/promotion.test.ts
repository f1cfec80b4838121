import { describe, expect, test } from '@jest/globals';
import { closes } from '../../test/bars.ts';
import { createRandom } from '../random.ts';
import { degenerateReason } from './degenerate.ts';
import { decidePromotion, unseenRows } from './promotion.ts';
import type { PromotionQuestion } from './promotion.ts';

const noise = (rows: number, seed: number, shift = 0): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from({ length: rows }, () => random.normal() + shift);
};
const question = (change: Partial<PromotionQuestion>): PromotionQuestion => ({
  policy: 'not-worse',
  promotionMetric: 'log_likelihood',
  candidate: { scores: noise(200, 1), unusable: null },
  champion: { scores: noise(200, 2), unusable: null },
  holdoutRows: 200,
  horizon: 1,
  seed: 42,
  ...change,
});
const works = (scores: Float64Array) => ({ scores, unusable: null });
const degenerate = {
  scores: new Float64Array(0),
  unusable: 'it gives the same answer (0.5000) to each of 9 bars',
};

describe('decidePromotion', () => {
  const worse = { candidate: works(noise(200, 1, -1)) };
  const few = { candidate: works(noise(12, 1)), champion: works(noise(12, 2)) };
  test.each([
    ['the first model', { champion: null }, true, 'Promoted: it is the first model here and works.'],
    [
      'a degenerate first model',
      { champion: null, candidate: degenerate },
      false,
      'Not promoted: the new model is broken: it gives the same answer',
    ],
    [
      'a degenerate one under always',
      { policy: 'always', candidate: degenerate },
      false,
      'the new model is broken',
    ],
    [
      'any that works when the champion is degenerate',
      { champion: degenerate },
      true,
      'the present model gives way: it gives the same',
    ],
    [
      'an equal',
      { candidate: works(noise(200, 2)) },
      true,
      'on 200 bars that neither had seen it scored the same',
    ],
    ['one as good within noise', {}, true, 'a difference within noise'],
    [
      'a better one',
      { candidate: works(noise(200, 1, 1)) },
      true,
      'of log-likelihood a bar better than the present model, better beyond noise',
    ],
    ['a worse one', worse, false, 'of log-likelihood a bar worse than the present model, worse beyond noise'],
    [
      'a worse one under always',
      { ...worse, policy: 'always' },
      true,
      'Promoted: the policy is always; not-worse would have refused it: on 200 bars',
    ],
    [
      'a good one under manual',
      { policy: 'manual' },
      false,
      'the policy is manual; not-worse would have promoted it: on 200 bars',
    ],
    ['a worse one under manual', { ...worse, policy: 'manual' }, false, 'not-worse would have refused it'],
    [
      'one with few common bars',
      few,
      false,
      'only 12 bars are new to both the new and the present model, and a comparison takes 30',
    ],
    [
      'one with few common bars under always',
      { ...few, policy: 'always' },
      true,
      'Promoted: the policy is always',
    ],
    [
      'one whose whole holdout is short',
      { ...few, holdoutRows: 12 },
      true,
      'on 12 bars that neither had seen',
    ],
    [
      'a trader that earns less',
      { ...worse, promotionMetric: 'net_return' },
      false,
      'basis points of return after costs a bar worse',
    ],
  ] as const)('decides on %s', (_, change, promote, reason) => {
    const decision = decidePromotion(question(change));
    expect(decision.reason).toContain(reason);
    expect(decision.promote).toBe(promote);
    expect(decision.reason.startsWith(promote ? 'Promoted: ' : 'Not promoted: ')).toBe(true);
  });

  test('gives the figures it decided by', () => {
    const { comparison } = decidePromotion(question(worse));
    expect(comparison!.rows).toBe(200);
    expect(comparison!.difference).toBeCloseTo(-1, 0);
    expect(comparison!.low).toBeLessThan(comparison!.difference);
    expect(comparison!.high).toBeGreaterThan(comparison!.difference);
    expect(comparison!.high).toBeLessThan(0);
  });

  test('is repeatable for a seed', () => {
    expect(decidePromotion(question({}))).toEqual(decidePromotion(question({})));
  });

  test.each([12, 30, 200])(
    'refuses an equally good candidate about one time in twenty on %i rows',
    (rows) => {
      const rounds = 400;
      const zero = works(new Float64Array(rows));
      let refused = 0;
      for (let seed = 0; seed < rounds; seed++) {
        const equal = works(noise(rows, 1000 + seed));
        if (!decidePromotion(question({ candidate: equal, champion: zero, holdoutRows: rows, seed })).promote)
          refused++;
      }
      expect(refused / rounds).toBeGreaterThan(0.01);
      expect(refused / rounds).toBeLessThan(0.075);
    },
  );

  test('takes it into account that labels of a long horizon overlap, and that returns do not', () => {
    const raw = noise(220, 3);
    const scores = Float64Array.from({ length: 200 }, (_, i) =>
      raw.subarray(i, i + 20).reduce((a, b) => a + b),
    );
    const change = { candidate: works(scores), champion: works(new Float64Array(200)) };
    const width = (more: Partial<PromotionQuestion>): number => {
      const { high, low } = decidePromotion(question({ ...change, ...more })).comparison!;
      return high - low;
    };
    expect(width({ horizon: 20 })).toBeGreaterThan(1.3 * width({ horizon: 1 }));
    expect(width({ horizon: 20, promotionMetric: 'net_return' })).toBe(width({ horizon: 1 }));
  });

  test('pairs the rows: a small steady loss shows under large common swings', () => {
    const champion = noise(200, 5).map((v) => v * 100);
    const candidate = champion.map((v, i) => v - 0.1 + 0.05 * Math.sin(i));
    expect(
      decidePromotion(question({ candidate: works(candidate), champion: works(champion) })).promote,
    ).toBe(false);
  });

  test('refuses scores that are not of the same rows', () => {
    expect(() => decidePromotion(question({ champion: works(noise(199, 1)) }))).toThrow('200 and 199 rows');
  });
});

test('a regression is told of by its squared error, and its rows share the bars of their labels', () => {
  const small = (shift: number) => works(noise(200, 1, shift).map((score) => 1e-6 * score));
  const better = { candidate: small(1), champion: small(0), promotionMetric: 'squared_error' as const };
  const { reason, comparison } = decidePromotion(question(better));
  expect(reason).toContain(
    'it scored 1.00e-6 of squared error a bar better than the present model, better beyond noise',
  );
  const wider = decidePromotion(
    question({
      ...better,
      candidate: works(noise(1000, 3).map((score, i) => Math.sin(i / 30) + 0.01 * score)),
      champion: works(new Float64Array(1000)),
      holdoutRows: 1000,
      horizon: 20,
    }),
  );
  const narrow = decidePromotion(
    question({
      ...better,
      candidate: works(noise(1000, 3).map((score, i) => Math.sin(i / 30) + 0.01 * score)),
      champion: works(new Float64Array(1000)),
      holdoutRows: 1000,
    }),
  );
  expect(comparison!.low).toBeGreaterThan(0);
  const width = ({ comparison: of }: typeof wider): number => of!.high - of!.low;
  expect(width(wider)).toBeGreaterThan(1.3 * width(narrow));
});

describe('degenerateReason', () => {
  const alike = (value: number, rows: number): number[] => new Array<number>(rows).fill(value);
  test.each([
    ['varied answers', [0.4, 0.6], [-1, 1], null],
    ['an opinion that varies while it stays long', [...alike(0.6, 9), 0.7], alike(1, 10), null],
    ['positions that vary', alike(0.5, 10), [...alike(0, 9), 1], null],
    ['one answer to few bars', alike(0.5, 9), alike(0, 9), null],
    ['one answer to all bars', alike(0.5, 10), alike(0, 10), 'the same answer (0.5000) to each of 10 bars'],
    ['NaN', [0.4, Number.NaN], [0, 1], '1 of 2 probabilities are not numbers between 0 and 1'],
    ['what is no probability', [1.1, -0.1], [0, 1], '2 of 2'],
    ['a position of 2', [0.4, 0.6], [0, 2], 'positions other than'],
    ['nothing', [], [], 'predicted nothing'],
  ])('of %s', (_, probability, position, reason) => {
    const found = degenerateReason({
      score: Float64Array.from(probability),
      position: Int8Array.from(position),
    });
    if (reason === null) expect(found).toBeNull();
    else expect(found).toContain(reason);
  });
});

describe('unseenRows', () => {
  const bars = closes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 1000);
  const holdout = { from: 2, to: 11 };

  test.each([
    [-1, 2],
    [2500, 3],
    [3000, 4],
    [99_000, 11],
  ])('after a champion that saw up to %i ms begin at row %i', (dataTo, from) => {
    expect(unseenRows(bars, holdout, 1, { dataTo, spans: [] })).toEqual({ from, to: 11 });
  });

  test.each([
    ['before what it saw of another symbol, when that is longer', 'OTHER', 8500, 99_000, 1, [2, 7]],
    ['after it, when that is as long or longer', 'OTHER', 5500, 5600, 1, [6, 11]],
    ['further before it the longer the horizon', 'OTHER', 8500, 99_000, 3, [2, 5]],
    ['anywhere, when that was at another time', 'OTHER', 20_000, 30_000, 1, [2, 11]],
    ['nowhere, when that is all the time', 'OTHER', 0, 99_000, 1, [11, 11]],
    ['anywhere, whatever it saw of the symbol itself before dataTo', 'CLOSES', 0, 99_000, 1, [2, 11]],
  ] as const)('lie %s', (_, symbol, start, end, horizon, [from, to]) => {
    const seen = { dataTo: -1, spans: [{ symbol, part: 'train', start, end } as const] };
    expect(unseenRows(bars, holdout, horizon, seen)).toEqual({ from, to });
  });
});
