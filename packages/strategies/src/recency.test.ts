// Rows that weigh less the older they are, and a window of the newest ones.
import { describe, expect, test } from '@jest/globals';
import { walk } from '../test/bars.ts';
import { recorder } from '../test/context.ts';
import { digest } from '../test/digest.ts';
import { ensemble } from './ensemble/index.ts';
import { splitInTime } from './evaluation/split.ts';
import { lightgbmDefinition } from './lightgbm/index.ts';
import { logisticDefinition } from './logistic/index.ts';
import { lstm } from './lstm/index.ts';
import { defineStrategy } from './pipeline.ts';
import { byRecency } from './recency.ts';
import type { Bars, Plain, Strategy } from './strategy.ts';

test('a weight halves every so many bars, counted from the newest row of the same symbol', () => {
  const rows: Parameters<typeof byRecency>[0] = {
    data: new Float64Array(0),
    rows: 5,
    cols: 0,
    labels: Uint8Array.of(0, 1, 0, 1, 1),
    symbolIndex: Uint32Array.of(0, 0, 0, 1, 1),
    bar: Uint32Array.of(10, 20, 30, 5, 10),
  };
  expect([...byRecency(rows, 10).weights!]).toEqual([0.25, 0.5, 1, Math.fround(Math.SQRT1_2), 1]);
  const heavy = { ...rows, weights: Float32Array.of(2, 2, 2, 4, 4) };
  expect([...byRecency(heavy, 5).weights]).toEqual([0.125, 0.5, 2, 2, 4]);
  expect(byRecency(rows, 0)).toBe(rows);
});

describe('of the newest bars before the holdout', () => {
  const all = { from: 30, to: 1_000, horizon: 1 };

  test('so many are learnt from; validation and holdout rows stay where they are', () => {
    const whole = splitInTime(all);
    const short = splitInTime({ ...all, trainBars: 400 });
    expect([short.validation, short.holdout]).toEqual([whole.validation, whole.holdout]);
    expect(short.train).toEqual({ from: whole.validation.to - 400, to: whole.train.to });
    expect(splitInTime({ ...all, trainBars: 5_000 })).toEqual(whole);
  });

  test('too few to train on are refused by name', () => {
    expect(() => splitInTime({ ...all, trainBars: 150 })).toThrow(
      'train_bars is 150, of which 142 are validation rows and 10 a gap: 0 are left to train on',
    );
  });
});

/** The direction follows the last move, and from bar 260 on goes against it. */
function turning(): Bars {
  let last = 1;
  return walk({
    rows: 900,
    seed: 5,
    close: (t, before, noise) => {
      const goesOn = t < 260 ? 1 : -1;
      last = noise + 0.9 < 0 ? -goesOn * last : goesOn * last;
      return before * Math.exp(0.01 * Math.sign(last) * (0.5 + Math.abs(noise)));
    },
  });
}

const whole = turning();
const first = (rows: number): Bars => ({
  ...whole,
  time: whole.time.slice(0, rows),
  open: whole.open.slice(0, rows),
  high: whole.high.slice(0, rows),
  low: whole.low.slice(0, rows),
  close: whole.close.slice(0, rows),
  volume: whole.volume.slice(0, rows),
});
const cases: readonly (readonly [string, Strategy, Readonly<Record<string, Plain>>])[] = [
  ['ensemble', ensemble, { forest_trees: 3, num_boost_round: 30 }],
  ['lightgbm', defineStrategy(lightgbmDefinition({ type: 'lightgbm' })), { min_data_in_leaf: 10 }],
  ['logistic', defineStrategy(logisticDefinition({ type: 'logistic' })), {}],
  ['lstm', lstm, { epochs: 1, units: 2, window: 4 }],
];

test.each(cases)('%s: a rule that turned is followed sooner', async (_, strategy, params) => {
  const accuracyWith = async (more: Readonly<Record<string, Plain>>) => {
    const request = { bars: [first(500)], params: { ...params, ...more }, seed: 1, threads: 1, refit: true };
    const { refit } = await strategy.train(request, recorder().context);
    const { artefact } = await refit!();
    const predictor = await strategy.load(artefact);
    const { score } = await predictor.predict(whole, { from: 500, to: 890 });
    predictor.dispose();
    const right = score.filter((p, i) => p > 0.5 === whole.close[501 + i]! > whole.close[500 + i]!);
    return { accuracy: right.length / score.length, artefact };
  };
  const [as, weighed, short] = [
    await accuracyWith({}),
    await accuracyWith({ half_life_bars: 50 }),
    await accuracyWith({ train_bars: 220 }),
  ];
  expect(weighed.accuracy).toBeGreaterThan(as.accuracy + 0.05);
  expect(short.accuracy).toBeGreaterThan(as.accuracy + 0.05);
  // Of the refit, too, so many bars.
  const [span] = short.artefact.fitted_spans;
  expect(span!.start).toBe(whole.time[499 - 220]);
  expect(digest(weighed.artefact.model_state)).not.toBe(digest(as.artefact.model_state));
});
