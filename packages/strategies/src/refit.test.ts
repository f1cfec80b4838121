// The judged model and the refitted one, of every learner: what each of them has seen, and that nothing is
// chosen anew.
import { inflateSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { laggedBars, perturbFrom, sampleBars } from '../test/bars.ts';
import { recorder } from '../test/context.ts';
import { digest } from '../test/digest.ts';
import { strategiesFolder } from '../test/user-strategy.ts';
import { sliceBars } from './features/index.ts';
import { judgedModel, loadStrategy } from './index.ts';
import type { Bars, Plain, Refitted, Trained, TrainContext, TrainRequest } from './strategy.ts';

const { dir, add } = strategiesFolder();

const ofLearner = (learner: string, rest = ''): string =>
  add(`import type { UserStrategy } from '@ml-training/sdk';
export default { learner: ${learner}, window: 30, ${rest}
  features: ({ bars, ta }) => ({
    one: ta.logReturn(bars.close, 1),
    two: ta.lag(ta.logReturn(bars.close, 1), 1),
    three: ta.lag(ta.logReturn(bars.close, 1), 2),
    volatility: ta.volatility(bars.close, 20),
  }),
} satisfies UserStrategy;
const mean = (x: ArrayLike<number>) => Array.from(x).reduce((sum, one) => sum + one, 0) / x.length;
`);
/** Says the share of rises; what it chose is the number of validation rows. */
const shares = (refit = ''): string => `{
    fit: ({ train, validation }) => ({ share: mean(train.labels), chosen: validation.rows }),
    ${refit}
    load: ({ share }) => ({
      predict: ({ rows, data, cols }) =>
        Array.from({ length: rows }, (_, r) => 0.5 * (share as number) + 0.01 * Math.tanh(data[r * cols]!)),
    }),
  }`;
const again = `async refit({ labels, rows }, judged, context) {
      const before = (context.resume ?? { half: 0 }) as { half: number };
      if (before.half === 0) await context.checkpoint(() => ({ half: 1 }));
      return { share: mean(labels), chosen: judged.chosen!, rows };
    },`;

const goog = sampleBars('GOOG', 320);
const eur = sampleBars('EURUSD', 320);
const fast = { forest_trees: 3, num_boost_round: 12, early_stopping_rounds: 5, lasso_penalties: 4 };
const small = { epochs: 3, units: 4, window: 8, residual_l2: 0 };
const regression = "label: { kind: 'regression' },";
const threeClasses = "label: { kind: 'direction', neutral: { costs: 1 } },";
type Case = readonly [
  title: string,
  type: string,
  bars: readonly Bars[],
  params: Readonly<Record<string, Plain>>,
];
const cases: readonly Case[] = [
  ['an ensemble', 'ensemble', [goog], fast],
  ['an ensemble over two symbols', 'ensemble', [goog, eur], fast],
  ['an ensemble of several classes', ofLearner("'ensemble'", threeClasses), [goog], fast],
  ['an ensemble of a number', ofLearner("'ensemble'", regression), [goog, eur], fast],
  ['an LSTM', 'lstm', [laggedBars(320)], { ...small, epochs: 8 }],
  [
    'an LSTM of a number',
    ofLearner("'lstm'", regression),
    [laggedBars(320)],
    { ...small, weights: 'float16' },
  ],
  ['lightgbm', ofLearner("'lightgbm'"), [goog], { class_weight: 'balanced' }],
  ['logistic', ofLearner("'logistic'", "scope: 'all',"), [goog, eur], { class_weight: 'balanced' }],
  ['a learner of its own', ofLearner(shares(again)), [goog], {}],
];

const train = async (
  [, type, bars, params]: Case,
  request: Partial<TrainRequest> = {},
  context: TrainContext = recorder().context,
): Promise<Trained> => {
  const strategy = await loadStrategy(type, { strategiesDir: dir });
  return strategy.train({ bars, params, seed: 1, threads: 1, refit: true, ...request }, context);
};
const last = ({ time }: Bars): number => time.at(-1)!;

describe.each(cases)('%s', (...of) => {
  const [, type, bars] = of;
  let trained: Trained;
  let refitted: Refitted;
  beforeAll(async () => {
    trained = await train(of);
    refitted = await trained.refit!();
  });

  test('is judged as without a refit, and keeps what was judged beside what is used', async () => {
    const plain = await train(of, { refit: false });
    expect(plain.refit).toBeNull();
    expect(digest(trained.artefact)).toBe(digest(plain.artefact));
    expect(trained.report).toEqual(plain.report);
    expect(digest(judgedModel(refitted.artefact))).toBe(digest(plain.artefact));
    const strategy = await loadStrategy(type, { strategiesDir: dir });
    const judged = await strategy.load(judgedModel(refitted.artefact));
    const used = await strategy.load(structuredClone(refitted.artefact));
    for (const [s, { holdout }] of trained.report.symbols.entries()) {
      expect(await judged.predict(bars[s]!, holdout)).toEqual(plain.predictions[s]);
      expect((await used.predict(bars[s]!, holdout)).score).not.toEqual(plain.predictions[s]!.score);
    }
    judged.dispose();
    used.dispose();
  });

  test('has seen all rows once it is refitted, and says so', () => {
    const { fitted_spans, judged } = refitted.artefact;
    trained.report.symbols.forEach(({ holdout, train: rows, dataFrom, dataTo }, s) => {
      expect(refitted.symbols[s]).toMatchObject({
        symbol: bars[s]!.symbol,
        rows: { from: rows.from, to: holdout.to },
        dataFrom,
        dataTo: last(bars[s]!),
      });
      expect(dataTo).toBeLessThan(bars[s]!.time[holdout.from]!);
      const own = (spans: typeof fitted_spans) => spans.filter(({ symbol }) => symbol === bars[s]!.symbol);
      expect(own(fitted_spans)).toMatchObject([{ part: 'train' }]);
      expect(own(fitted_spans)[0]!.end).toBeGreaterThan(last(bars[s]!));
      const seen = Math.max(...own(judged!.fitted_spans).map(({ end }) => end));
      expect(seen).toBeLessThanOrEqual(bars[s]!.time[holdout.from]!);
    });
  });

  test('has nothing of the holdout in what was judged, which the refit has', async () => {
    const others = bars.map((one, s) => perturbFrom(one, trained.report.symbols[s]!.holdout.from));
    const other = await (await train(of, { bars: others })).refit!();
    expect(digest(other.artefact.judged!.model_state)).toBe(digest(refitted.artefact.judged!.model_state));
    expect(digest(other.artefact.model_state)).not.toBe(digest(refitted.artefact.model_state));
  });

  test('is refitted to the same bytes when it was interrupted in the refit', async () => {
    const stop = new Error('stopped by a test');
    let state: Plain = null;
    const context: TrainContext = {
      ...recorder().context,
      checkpoint: (given) => {
        const kept = given() as { readonly refit: Plain } | null;
        if (kept === null || (kept.refit === null && !refitting)) return Promise.resolve();
        state = structuredClone(given());
        return Promise.reject(stop);
      },
    };
    let refitting = false;
    const begun = await train(of, {}, context);
    expect(digest(begun.artefact)).toBe(digest(trained.artefact));
    refitting = true;
    const ended = await begun.refit!().catch((error: unknown) => {
      if (error !== stop) throw error;
      return null;
    });
    // One that takes no longer than a moment keeps nothing.
    if (ended !== null) {
      expect(digest(ended.artefact)).toBe(digest(refitted.artefact));
      return;
    }
    const resumed = await train(of, {}, { ...recorder().context, resume: state });
    expect(digest(resumed.artefact)).toBe(digest(trained.artefact));
    expect(digest((await resumed.refit!()).artefact)).toBe(digest(refitted.artefact));
  });
});

test('a learner of its own that has no refit is not refitted', async () => {
  expect((await train(['', ofLearner(shares()), [goog], {}])).refit).toBeNull();
});

test('a learner of its own is refitted on all rows, by what it had chosen', async () => {
  const type = ofLearner(shares(again));
  const { refit, report } = await train(['', type, [goog], {}]);
  const { artefact } = await refit!();
  const { train: rows, validation, holdout } = report.symbols[0]!;
  expect(artefact.model_state[type]).toMatchObject({
    chosen: validation.to - validation.from,
    rows: holdout.to - rows.from,
  });
  expect(artefact.strategy_code).toBeDefined();
});

test('an ensemble is refitted with as many trees, the same weights and the same calibration', async () => {
  const { artefact } = await (await train(['', 'ensemble', [goog, eur], fast])).refit!();
  const [now, before] = [artefact, artefact.judged!].map(({ model_state }) => model_state['ensemble']) as [
    Ensemble,
    Ensemble,
  ];
  const { members, ...chosen } = now;
  expect(chosen).toEqual(Object.fromEntries(Object.entries(before).filter(([key]) => key !== 'members')));
  expect(members.map(({ name }) => name)).toEqual(before.members.map(({ name }) => name));
  for (const [k, member] of members.entries()) {
    expect(digest(member)).not.toBe(digest(before.members[k]!));
    expect(member['model_text_zlib'] === undefined ? 0 : treesOf(member)).toBe(
      member['model_text_zlib'] === undefined ? 0 : treesOf(before.members[k]!),
    );
  }
});

type Ensemble = { readonly members: readonly { readonly [key: string]: Plain }[] };
const treesOf = (member: { readonly [key: string]: Plain }): number =>
  (
    inflateSync(member['model_text_zlib'] as Uint8Array)
      .toString()
      .match(/^Tree=/gm) ?? []
  ).length;

test('a warm start begins with what was judged, and never with the refitted weights', async () => {
  const bars = laggedBars(450);
  const older = sliceBars(bars, { from: 0, to: 300 });
  for (const [type, params] of [
    ['ensemble', fast],
    ['lstm', small],
  ] as const) {
    const champion = (await (await train(['', type, [older], params])).refit!()).artefact;
    const of: Case = ['', type, [bars], params];
    const begun = await train(of, { champion });
    expect(begun.report.lineage.continued).toBe(true);
    const withJudged = await train(of, { champion: judgedModel(champion) });
    expect(digest(begun.artefact)).toBe(digest(withJudged.artefact));
    expect(digest((await begun.refit!()).artefact)).toBe(digest((await withJudged.refit!()).artefact));
    // Were the refitted weights begun with, their spans would say that they have seen the new holdout.
    const refittedOnly = { ...champion };
    delete refittedOnly.judged;
    const refused = await train(['', type, [sliceBars(bars, { from: 0, to: 360 })], params], {
      champion: refittedOnly,
    });
    expect(refused.report.lineage.continued).toBe(false);
  }
});

test('a checkpoint that is of no training with a refit is refused', async () => {
  const resumed = train(cases[0]!, {}, { ...recorder().context, resume: { epoch: 'the third' } });
  await expect(resumed).rejects.toMatchObject({ code: 'INVALID_MODEL' });
});
