import { describe, expect, test } from '@jest/globals';
import { closes } from '../../test/bars.ts';
import { createRandom } from '../random.ts';
import { degenerateReason } from './degenerate.ts';
import type { FloorRule } from './floor.ts';
import { decidePromotion } from './promotion.ts';
import type { PromotionQuestion } from './promotion.ts';
import { unseenRows } from './unseen-rows.ts';

const noise = (rows: number, seed: number, shift = 0): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from({ length: rows }, () => random.normal() + shift);
};
const question = (change: Partial<PromotionQuestion>): PromotionQuestion => ({
  policy: 'not-worse',
  promotionMetric: 'log_likelihood',
  candidate: { scores: noise(200, 1), unusable: null },
  champion: { scores: noise(200, 2), unusable: null },
  floor: null,
  edge: null,
  edgeRequired: false,
  nothingLearnt: false,
  onSeenRows: null,
  incomparableRuns: 0,
  maxIncomparableRuns: 3,
  holdoutRows: 200,
  horizon: 1,
  seed: 42,
  ...change,
});
const works = (scores: Float64Array) => ({ scores, unusable: null });
const floor = (differences: Float64Array, rule: FloorRule = 'majority_class') => ({ rule, differences });
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

describe('the floor', () => {
  const below = floor(noise(189, 4, -1));
  const within = floor(noise(189, 7));
  test.each([
    [
      'refuses the first model',
      { champion: null, floor: below },
      false,
      'below_floor',
      new RegExp(
        /^Not promoted: it is below the floor \(MODEL_FLOOR=baseline\): on the 189 bars of its holdout it /
          .source +
          /scored \d\.\d{4} of log-likelihood a bar worse than the base rate, which says how often each /
            .source +
          /outcome came in training, worse beyond noise \(90 % range -\d\.\d{4} to -\d\.\d{4}\)\.$/.source,
      ),
    ],
    [
      'refuses under always',
      { champion: null, floor: below, policy: 'always' },
      false,
      'below_floor',
      /below/,
    ],
    [
      'is told of under manual',
      { champion: null, floor: below, policy: 'manual' },
      false,
      'below_floor',
      /^Not promoted: the policy is manual; not-worse would have refused it: it is below the floor/,
    ],
    ['refuses what is better than the champion', { floor: below }, false, 'below_floor', /below the floor/],
    [
      'refuses although the champion is unusable, and says so',
      { floor: below, champion: degenerate },
      false,
      'below_floor',
      /; the present model can't be used either: it gives the same answer/,
    ],
    [
      'of a trader is never trading',
      { champion: null, floor: floor(noise(189, 4, -1), 'always_flat'), promotionMetric: 'net_return' },
      false,
      'below_floor',
      /basis points of return after costs a bar worse than never trading, worse beyond noise/,
    ],
    [
      'of a regression is the mean',
      { champion: null, floor: floor(noise(189, 4, -1), 'train_mean'), promotionMetric: 'squared_error' },
      false,
      'below_floor',
      /of squared error a bar worse than always saying the mean of the training rows/,
    ],
    [
      'lets a first model in that is not worse beyond noise',
      { champion: null, floor: within },
      true,
      'first',
      /^Promoted: it is the first model here and works; on the 189 bars .* a difference within noise/,
    ],
    [
      'lets one in that never trades, as that does',
      {
        champion: null,
        floor: floor(new Float64Array(189), 'always_flat'),
        promotionMetric: 'net_return',
      },
      true,
      'first',
      /it scored the same as never trading/,
    ],
    ['lets the champion decide on the others', { floor: within }, true, 'compared', /neither had seen/],
    [
      'says nothing of a broken model',
      { candidate: degenerate, floor: null },
      false,
      'broken',
      /the new model is broken/,
    ],
  ] as const)('%s', (_, change, promote, ground, reason) => {
    const decision = decidePromotion(question(change));
    expect(decision.reason).toMatch(reason);
    expect(decision).toMatchObject({ promote, ground });
    if (change.floor !== null)
      expect(decision.floor).toMatchObject({
        rule: change.floor.rule,
        rows: 189,
        passed: ground !== 'below_floor',
      });
  });

  /** The rows of what says the truth about outcomes that lean by `lean` one way or the other. */
  const truthful = (rows: number, seed: number, lean: number) => {
    const random = createRandom(seed);
    return Float64Array.from({ length: rows }, () => {
      const p = 0.5 + (random.next() < 0.5 ? lean : -lean);
      return Math.log((random.next() < p ? p : 1 - p) / 0.5);
    });
  };
  test.each([
    ['as good as its floor on 30 rows', 30, 0.001, 0.075],
    ['as good as its floor on 189 rows', 189, 0.001, 0.075],
    ['that knows a little on 189 rows', 189, 0.05, 0.05],
  ])('refuses a model %s no more often than chance has it', (_, rows, lean, most) => {
    const rounds = 150;
    let refused = 0;
    for (let seed = 0; seed < rounds; seed++) {
      const asked = { champion: null, floor: floor(truthful(rows, 5000 + seed, lean)), seed };
      if (!decidePromotion(question(asked)).promote) refused++;
    }
    expect(refused / rounds).toBeLessThan(most);
  });

  test('refuses one that says the opposite of what comes, nearly always', () => {
    const contrary = (seed: number) => {
      const random = createRandom(seed);
      // It leans by a tenth one way, and the outcome as much the other.
      return Float64Array.from({ length: 189 }, () => Math.log((random.next() < 0.4 ? 0.6 : 0.4) / 0.5));
    };
    let refused = 0;
    for (let seed = 0; seed < 50; seed++)
      if (!decidePromotion(question({ champion: null, floor: floor(contrary(seed)), seed })).promote)
        refused++;
    expect(refused).toBeGreaterThan(47);
  });
});

test.each(['always', 'not-worse', 'manual'] as const)(
  'a model that learnt nothing is no promotion when the policy is %s',
  (policy) => {
    const same = works(noise(200, 2));
    const decision = decidePromotion(question({ policy, candidate: same, nothingLearnt: true }));
    expect(decision).toMatchObject({ promote: false, ground: 'nothing_learnt' });
    expect(decision.reason).toContain(
      'nothing was learnt: its weights and answers are those of the present model, which stays',
    );
  },
);

describe('with too few bars that neither has seen', () => {
  const few = { candidate: works(noise(12, 1)), champion: works(noise(12, 2)) };
  const worse = noise(200, 1, -1);
  const run = (change: Partial<PromotionQuestion>) => decidePromotion(question({ ...few, ...change }));

  test('the present model stays for some runs, then gives way to one that passed its floor', () => {
    const promoted: boolean[] = [];
    let runs = 0;
    let last = '';
    for (let nth = 0; nth < 3; nth++) {
      const decision = run({ incomparableRuns: runs, floor: floor(noise(189, 4)) });
      runs = decision.incomparableRuns;
      promoted.push(decision.promote);
      last = decision.reason;
    }
    expect(promoted).toEqual([false, false, true]);
    expect(last).toBe(
      'Promoted: the present model could not be compared in 3 runs in a row (it has seen these bars: only ' +
        '12 bars are new to both the new and the present model, and a comparison takes 30); the new one ' +
        'passed its floor and takes its place.',
    );
  });

  test.each([
    ['a run whose model is below its floor is not counted', { floor: floor(noise(189, 4, -1)) }, 2],
    ['nor one whose model is broken', { candidate: degenerate, champion: works(new Float64Array(0)) }, 2],
    ['nor one that learnt nothing', { nothingLearnt: true }, 2],
    ['one in between that could be compared begins the count anew', { ...question({}) }, 0],
    [
      'as does one below its floor that could be compared',
      { ...question({ floor: floor(noise(189, 4, -1)) }) },
      0,
    ],
  ])('%s', (_, change, runs) => {
    expect(run({ ...change, incomparableRuns: 2 }).incomparableRuns).toBe(runs);
  });

  test('0 runs is for ever', () => {
    expect(run({ incomparableRuns: 99, maxIncomparableRuns: 0 }).promote).toBe(false);
  });

  test('a new model that is not worse even on bars the present one has seen takes its place at once', () => {
    const { promote, reason, ground } = run({ onSeenRows: noise(189, 6) });
    expect({ promote, ground }).toEqual({ promote: true, ground: 'compared_on_seen' });
    expect(reason).toContain(
      'on all 189 bars of its holdout, some of which the present one has seen and it has not',
    );
    expect(run({ onSeenRows: worse })).toMatchObject({ promote: false, ground: 'incomparable' });
  });

  test('the policy always takes it, and manual counts all the same', () => {
    expect(run({ policy: 'always' }).promote).toBe(true);
    expect(run({ policy: 'manual', incomparableRuns: 1 })).toMatchObject({
      promote: false,
      incomparableRuns: 2,
    });
  });
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

describe('where an edge is asked for', () => {
  const edge = { score: 'auc', value: 0.54, low: 0.497, high: 0.58, found: false } as const;
  const walked = { ...edge, rows: 694, holdoutRows: 189 };
  test.each([
    [
      'one that is chance within noise is refused, also as the first',
      { champion: null, edge: walked },
      'Not promoted: no edge was found, which MODEL_FLOOR=edge asks for: on 694 bars (189 of its holdout, the ' +
        'others walked forward) its AUC is 0.540, which is chance (0.500) within noise (90 % range 0.497 to 0.580).',
    ],
    ['and under always', { policy: 'always', edge: walked }, 'Not promoted: no edge was found'],
    ['and one of which nothing is known', { edge: null }, 'there are too few rows to tell'],
    [
      'one that knows something goes on to be compared',
      { edge: { ...walked, low: 0.501, found: true } },
      'Promoted: on 200 bars that neither had seen',
    ],
    [
      'a policy is refused in basis points',
      {
        edge: {
          score: 'net_return',
          value: 1e-5,
          low: -2e-4,
          high: 2e-4,
          found: false,
          rows: 189,
          holdoutRows: 189,
        },
      },
      'on 189 bars its net return is 0.10 basis points a bar, which is chance (0.00 basis points a bar)',
    ],
    [
      'below the floor it is refused for that',
      { champion: null, edge: walked, floor: floor(noise(189, 3, -1)) },
      'it is below the floor',
    ],
  ] satisfies [string, Partial<PromotionQuestion>, string][])('%s', (_, change, reason) => {
    expect(decidePromotion(question({ edgeRequired: true, ...change })).reason).toContain(reason);
  });

  test('elsewhere it decides nothing', () => {
    expect(decidePromotion(question({ champion: null, edge: walked })).promote).toBe(true);
  });
});
