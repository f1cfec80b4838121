// What is learnt for positions that are worth their cost: from which rows, how, and that a file gives the very
// positions that were judged.
import { describe, expect, test } from '@jest/globals';
import { walk } from '../test/bars.ts';
import { recorder } from '../test/context.ts';
import { directionOrNeutral } from './labels/direction.ts';
import { futureReturn } from './labels/regression.ts';
import { costBpsOf } from './evaluation/index.ts';
import { ensembleDefinition } from './ensemble/index.ts';
import { logisticDefinition } from './logistic/index.ts';
import { defineStrategy } from './pipeline.ts';
import type { Artefact, Bars, LabelDefinition, Plain, Predictor, TrainRequest } from './strategy.ts';

/** Returns that turn by three tenths at the next bar. */
function reverting(symbol: string, seed: number, size = 0.01): Bars {
  let last = 0;
  const close = (_: number, before: number, noise: number): number => {
    last = size * noise - 0.3 * last;
    return before * Math.exp(last);
  };
  return walk({ rows: 700, seed, symbol, close });
}
const one = reverting('ONE', 1);
const two = reverting('TWO', 2, 0.002);
const features = ['return_1', 'return_2', 'rsi_14'];
const logistic = defineStrategy(logisticDefinition({ type: 'mine' }));
const train = (bars: readonly Bars[], params: TrainRequest['params'] = {}, strategy = logistic) =>
  strategy.train({ bars, params: { features, ...params }, seed: 1, threads: 1 }, recorder().context);

async function predictedBy<T>(artefact: Artefact, of: (predictor: Predictor) => Promise<T>, by = logistic) {
  const predictor = await by.load(structuredClone(artefact));
  try {
    return await of(predictor);
  } finally {
    predictor.dispose();
  }
}

describe('the rule', () => {
  test('is of the sizes of the train rows’ returns, a symbol at a time, and of the others’ mean', async () => {
    const { artefact, report } = await train([one, two]);
    const { symbols, others } = artefact.positions!;
    report.symbols.forEach(({ symbol, train: { from, to } }, s) => {
      const { close } = [one, two][s]!;
      let size = 0;
      for (let t = from; t < to; t++) size += Math.abs(close[t + 1]! / close[t]! - 1) / (to - from);
      const move = 2 * size;
      expect(symbols[symbol]!.moves[1]).toBeCloseTo(move, 12);
      expect(symbols[symbol]!.moves[0]).toBeCloseTo(-move, 12);
      expect(symbols[symbol]!.persistence).toBeGreaterThanOrEqual(0);
    });
    expect(others.moves[1]).toBeCloseTo((symbols.ONE!.moves[1]! + symbols.TWO!.moves[1]!) / 2, 12);
  });

  test('is about what returns come to: a row’s mean return grows by it with 2p − 1', async () => {
    const { artefact } = await train([reverting('ONE', 1)]);
    const size = artefact.positions!.symbols.ONE!.moves[1]!;
    // By the generator's own rule the next return's mean is −0.3 of the last one.
    const later = reverting('ONE', 9);
    let [products, squares] = [0, 0];
    for (let t = 100; t < 690; t++) {
      const mean = -0.3 * Math.log(later.close[t]! / later.close[t - 1]!);
      const told = 2 * normalCdf(mean / 0.01) - 1;
      products += told * mean;
      squares += told * told;
    }
    // π/2 of the mean size for returns that are normal; the rule takes 2.
    const perSize = (2 * products) / squares / size;
    expect(Math.abs(perSize - Math.PI / 2)).toBeLessThan(0.25);
  });

  test('knows nothing of the holdout, nor of the labels of the validation rows', async () => {
    const { artefact, report } = await train([one]);
    const [{ train: rows, validation, holdout }] = report.symbols as [(typeof report.symbols)[number]];
    const changedFrom = async (row: number): Promise<Artefact['positions']> => {
      const close = one.close.map((c, t) => (t < row ? c : c * (1 + 0.05 * (t % 3))));
      const high = one.high.map((h, t) => Math.max(h, close[t]!));
      const bars = { ...one, close, high, low: one.low.map((l, t) => Math.min(l, close[t]!)) };
      return (await train([bars])).artefact.positions;
    };
    expect(await changedFrom(holdout.from)).toEqual(artefact.positions);
    const { moves } = (await changedFrom(validation.from))!.symbols.ONE!;
    expect(moves).toEqual(artefact.positions!.symbols.ONE!.moves);
    expect((await changedFrom(rows.from + 200))!.symbols.ONE!.moves).not.toEqual(moves);
  });

  test('says that a trend lasts, and that a turn at each bar doesn’t', async () => {
    // The sign of the drift stays for 40 bars.
    const close = (t: number, before: number, noise: number): number =>
      before * Math.exp(0.004 * noise + 0.004 * Math.sign(Math.sin((Math.PI * t) / 40)));
    const trending = walk({ rows: 700, seed: 5, symbol: 'TREND', close });
    const lasting = await train([trending], { features: ['return_10', 'return_20'] });
    expect(lasting.artefact.positions!.symbols.TREND!.persistence).toBeGreaterThan(0.7);
    const turning = await train([one], { features: ['return_1'] });
    expect(turning.artefact.positions!.symbols.ONE!.persistence).toBeLessThan(0.1);
  });
});

describe('a model’s positions', () => {
  test('of the file are those that were judged, also bar by bar with what is held', async () => {
    const { artefact, report, predictions } = await train([one], { cost_bps: 3 });
    const { holdout } = report.symbols[0]!;
    const judged = predictions[0]!.position;
    expect(judged.filter((p, t) => t > 0 && p !== judged[t - 1]).length).toBeGreaterThan(10);
    await predictedBy(artefact, async (predictor) => {
      expect((await predictor.predict(one, holdout)).position).toEqual(judged);
      let held: -1 | 0 | 1 = 0;
      for (let t = holdout.from; t < holdout.to; t++) {
        const { position } = await predictor.predict(one, { from: t, to: t + 1 }, { position: held });
        held = position[0] as -1 | 0 | 1;
        expect(held).toBe(judged[t - holdout.from]);
      }
    });
  });

  test('are fewer the more they cost, each symbol at its own costs', async () => {
    const params = { cost_bps: { ONE: 1, TWO: 60, '*': 1 } };
    const { artefact, report, predictions } = await train([one, two], params);
    expect(report.symbols[0]!.metrics.trades).toBeGreaterThan(10);
    expect(report.symbols[1]!.metrics.trades).toBe(0);
    expect(costBpsOf(artefact.params, 'TWO')).toBe(60);
    // One that it wasn't trained on is told by the others' mean.
    const three = { ...one, symbol: 'THREE' };
    const said = await predictedBy(artefact, (of) => of.predict(three, report.symbols[0]!.holdout));
    expect(said.position).not.toEqual(predictions[1]!.position);
    expect(new Set(said.position).size).toBeGreaterThan(1);
  });

  test('earn more after costs than those of a threshold', async () => {
    const params = { cost_bps: 8 };
    const worth = await train([one], params);
    const threshold = await train([one], { ...params, position_rule: 'threshold' });
    expect(worth.predictions[0]!.score).toEqual(threshold.predictions[0]!.score);
    const [w, t] = [worth, threshold].map(({ report }) => report.symbols[0]!.metrics);
    expect(w!.return).toBeGreaterThan(t!.return! + 0.02);
  });

  test('are those of the band, where a band is set or the file is of an earlier version', async () => {
    const banded = await train([one], { band: 0.1 });
    expect(banded.artefact.params).toMatchObject({ band: 0.1, position_rule: 'threshold' });
    expect(banded.artefact.positions).toBeUndefined();
    const byBand = (p: number, band: number): number => (p > 0.5 + band ? 1 : p < 0.5 - band ? -1 : 0);
    const { score, position } = banded.predictions[0]!;
    expect([...position]).toEqual([...score].map((p) => byBand(p, 0.1)));
    expect(
      (await train([one], { band: 0.1, position_rule: 'expected_return' })).artefact.positions,
    ).toBeDefined();

    const { artefact, report } = await train([one]);
    const leftOut = (of: object, ...names: string[]) =>
      Object.fromEntries(Object.entries(of).filter(([name]) => !names.includes(name)));
    const old = leftOut(artefact.params, 'position_rule', 'slippage_bps');
    const earlier = { ...leftOut(artefact, 'positions'), params: old } as Artefact;
    const said = await predictedBy(earlier, (of) => of.predict(one, report.symbols[0]!.holdout));
    expect([...said.position]).toEqual([...said.score].map((p) => byBand(p, 0.02)));
  });

  test.each<[string, (positions: NonNullable<Artefact['positions']>) => Plain, string]>([
    ['of another rule', (of) => ({ ...of, rule: 'kelly' }), 'positions.rule is "kelly"'],
    ['of too few moves', (of) => ({ ...of, others: { ...of.others, moves: [1] } }), 'positions.others.moves'],
    ['that last for ever', (of) => ({ ...of, others: { ...of.others, persistence: 1 } }), 'persistence'],
    ['of no symbols', ({ rule, others }) => ({ rule, others }), 'positions.symbols is missing'],
  ])('by a rule %s are refused', async (_, damage, message) => {
    const { artefact } = await train([one]);
    const damaged = { ...artefact, positions: damage(artefact.positions!) } as Artefact;
    const refusal = { code: 'INVALID_MODEL', message: expect.stringContaining(message) };
    await expect(logistic.load(damaged)).rejects.toMatchObject(refusal);
  });
});

test.each<[string, () => LabelDefinition, number]>([
  ['several classes', () => directionOrNeutral({ horizon: 1, cost_bps: 5 }, { costs: 4 }), 3],
  ['a log return', () => futureReturn({ horizon: 1 }, 'log_return'), 0],
])('a model of %s has a rule of its own kind, and earns by it', async (_, label, moves) => {
  const strategy = defineStrategy(ensembleDefinition({ type: 'mine', label }));
  const params = { num_boost_round: 30, forest_trees: 10, cost_bps: 2 };
  const { artefact, report, predictions } = await train([one], params, strategy);
  expect(artefact.positions!.symbols.ONE!.moves).toHaveLength(moves);
  const [{ metrics, holdout }] = report.symbols as [(typeof report.symbols)[number]];
  expect(metrics.return).toBeGreaterThan(0);
  expect(metrics.trades).toBeGreaterThan(5);
  const again = await predictedBy(artefact, (of) => of.predict(one, holdout), strategy);
  expect(again.position).toEqual(predictions[0]!.position);
});

test('a label in a unit that nobody knows keeps the threshold', async () => {
  const own = (): LabelDefinition => {
    const made = futureReturn({ horizon: 1 }, 'return');
    return { ...made, label: { ...made.label, of: 'own' } };
  };
  const strategy = defineStrategy(ensembleDefinition({ type: 'mine', label: own }));
  const { artefact } = await train([one], { num_boost_round: 10, forest_trees: 5 }, strategy);
  expect(artefact.positions).toBeUndefined();
});

/** By its density's sum; good to 1e-6. */
function normalCdf(x: number): number {
  const step = 0.001;
  let sum = 0;
  for (let z = step / 2; z < Math.abs(x); z += step) sum += Math.exp((-z * z) / 2) * step;
  return 0.5 + (Math.sign(x) * sum) / Math.sqrt(2 * Math.PI);
}
