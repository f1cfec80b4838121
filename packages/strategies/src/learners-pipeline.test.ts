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
function reverting(symbol: string, seed: number, startMs: number): Bars {
  let last = 0;
  const close = (_: number, before: number, noise: number): number => {
    last = 0.01 * noise - 0.6 * last;
    return before * Math.exp(last);
  };
  return walk({ rows: 700, seed, symbol, close, startMs });
}
const bars = [reverting('ONE', 1, Date.UTC(2024, 0, 1)), reverting('TWO', 2, Date.UTC(2024, 0, 1))];

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
