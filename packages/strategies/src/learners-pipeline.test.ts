// Every learner through the one pipeline, on labels of several classes and of numbers: trained, judged,
// stored, loaded, warm-started.
import { expect, test } from '@jest/globals';
import { walk } from '../test/bars.ts';
import { recorder } from '../test/context.ts';
import { digest } from '../test/digest.ts';
import { ensembleDefinition } from './ensemble/index.ts';
import { sliceBars } from './features/index.ts';
import { lightgbmDefinition } from './lightgbm/index.ts';
import { logisticDefinition } from './logistic/index.ts';
import { lstmDefinition } from './lstm/index.ts';
import { defineStrategy } from './pipeline.ts';
import type { Bars, LabelDefinition, Plain, Strategy } from './strategy.ts';

/** Returns that turn by six tenths at the next bar, so that the newest return tells the next one. */
function reverting(symbol: string, seed: number, size = 0.01): Bars {
  let last = 0;
  const close = (_: number, before: number, noise: number): number => {
    last = size * noise - 0.6 * last;
    return before * Math.exp(last);
  };
  return walk({ rows: 700, seed, symbol, close });
}
const bars = [reverting('ONE', 1), reverting('TWO', 2)];

const nextReturn = ({ close }: Bars): Float64Array =>
  Float64Array.from(close.subarray(1), (after, t) => Math.log(after / close[t]!));
const number = (): LabelDefinition => ({
  task: 'regression',
  classes: [],
  label: { kind: 'regression', horizon: 1 },
  firstRow: 0,
  of: nextReturn,
});
const threeClasses = (): LabelDefinition => ({
  task: 'multiclass',
  classes: [
    { name: 'lower', position: -1 },
    { name: 'between', position: 0 },
    { name: 'upper', position: 1 },
  ],
  label: { kind: 'classes', horizon: 1 },
  firstRow: 0,
  of: (one) => Uint8Array.from(nextReturn(one), (r) => (r < -0.006 ? 0 : r > 0.006 ? 2 : 1)),
});

interface Case {
  readonly learner: string;
  readonly strategy: (label: () => LabelDefinition) => Strategy;
  readonly all: boolean;
  readonly params: { readonly [name: string]: Plain };
  readonly warm: boolean;
}
const features = ['return_1', 'return_2', 'rsi_14'];
const cases: readonly Case[] = [
  {
    learner: 'ensemble',
    strategy: (label) => defineStrategy(ensembleDefinition({ type: 'mine', label })),
    all: true,
    params: { features, num_boost_round: 60, forest_trees: 20, learning_rate: 0.1, band: 0 },
    warm: true,
  },
  {
    learner: 'lightgbm',
    strategy: (label) => defineStrategy(lightgbmDefinition({ type: 'mine', label })),
    all: true,
    params: { features, num_boost_round: 60, learning_rate: 0.1, band: 0 },
    warm: true,
  },
  {
    learner: 'logistic',
    strategy: (label) => defineStrategy(logisticDefinition({ type: 'mine', label })),
    all: true,
    params: { features, band: 0 },
    warm: false,
  },
  {
    learner: 'lstm',
    strategy: (label) => defineStrategy(lstmDefinition({ type: 'mine', label })),
    all: false,
    params: { features, window: 4, units: 8, epochs: 8, learning_rate: 0.02 },
    warm: true,
  },
];

const pairs = cases.flatMap((one) =>
  [['a number', number] as const, ['three classes', threeClasses] as const]
    .filter(([what]) => one.learner !== 'logistic' || what !== 'a number')
    .map(([what, label]) => ({ ...one, what, label })),
);

test.each(pairs)(
  '$learner learns $what, is judged by it, and says the same from its file',
  async ({ strategy: make, label, params, all, warm }) => {
    const strategy = make(label);
    const given = all ? bars : bars.slice(0, 1);
    const request = { bars: given, params: { cost_bps: 1, ...params }, seed: 1, threads: 1 };
    const { artefact, report, predictions } = await strategy.train(request, recorder().context);
    for (const [s, { metrics, baselines, holdout }] of report.symbols.entries()) {
      if (label().task === 'regression') {
        expect(metrics.rank_ic).toBeGreaterThan(0.3);
        expect(metrics.r2).toBeGreaterThan(0.1);
        expect(metrics.rmse).toBeLessThan(baselines.zero!.rmse!);
      } else {
        expect(metrics.accuracy).toBeGreaterThan(baselines.majority_class!.accuracy! + 0.05);
        expect(metrics.log_loss).toBeLessThan(baselines.majority_class!.log_loss!);
      }
      expect(metrics.return).toBeGreaterThan(0);
      const loaded = await strategy.load(structuredClone(artefact));
      expect(await loaded.predict(given[s]!, holdout)).toEqual(predictions[s]);
      loaded.dispose();
    }

    const earlier = given.map((one) => sliceBars(one, { from: 0, to: 480 }));
    const before = await strategy.train({ ...request, bars: earlier }, recorder().context);
    const after = await strategy.train({ ...request, champion: before.artefact }, recorder().context);
    expect(after.report.lineage.continued).toBe(warm);
    if (!warm) expect(digest(after.artefact.model_state)).toBe(digest(artefact.model_state));
    // Another label is never started from.
    const other = make(label === number ? threeClasses : number);
    if (warm) {
      const turned = await other.train({ ...request, champion: before.artefact }, recorder().context);
      expect(turned.report.lineage).toMatchObject({
        continued: false,
        reason: expect.stringContaining('the model in use learnt the label'),
      });
      await expect(other.load(before.artefact)).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    }
  },
);

test.each(cases.filter(({ all, warm }) => all && warm))(
  '$learner: a regression over a wild and a calm symbol hears both, each in its own unit',
  async ({ strategy: make, params }) => {
    const strategy = make(number);
    const given = [reverting('WILD', 3, 0.03), reverting('CALM', 4, 0.0003), reverting('MILD', 5, 0.003)];
    const request = { bars: given, params, seed: 1, threads: 1 };
    const { artefact, report } = await strategy.train(request, recorder().context);
    for (const { metrics } of report.symbols) expect(metrics.r2).toBeGreaterThan(0.15);
    const { label_scales: scales } = artefact.model_state['mine'] as {
      label_scales: Record<string, number>;
    };
    // A symbol's moves are some 1.25 times its noise.
    expect(scales.WILD! / 0.03).toBeCloseTo(1.25, 0);
    expect(scales.WILD! / scales.CALM!).toBeGreaterThan(80);

    const earlier = given.map((one) => sliceBars(one, { from: 0, to: 480 }));
    const before = await strategy.train({ ...request, bars: earlier }, recorder().context);
    const after = await strategy.train({ ...request, champion: before.artefact }, recorder().context);
    expect(after.report.lineage.continued).toBe(true);
    const scalesOf = (state: Plain | undefined): unknown => (state as Record<string, unknown>).label_scales;
    expect(scalesOf(after.artefact.model_state['mine'])).toEqual(
      scalesOf(before.artefact.model_state['mine']),
    );
    for (const { metrics } of after.report.symbols) expect(metrics.r2).toBeGreaterThan(0.15);

    const loaded = await strategy.load(artefact);
    const range = { from: 600, to: 610 };
    await expect(loaded.predict({ ...given[0]!, symbol: 'OTHER' }, range)).rejects.toMatchObject({
      code: 'INVALID_BARS',
      message: expect.stringContaining('has not learnt OTHER: train it on OTHER too'),
    });
    loaded.dispose();
    const state = artefact.model_state['mine'] as Record<string, Plain>;
    const damaged = { ...state, label_scales: { ...scales, CALM: 0 } };
    await expect(
      strategy.load({ ...artefact, model_state: { ...artefact.model_state, mine: damaged } }),
    ).rejects.toThrow('label_scales has no number above 0 for CALM');
  },
);
