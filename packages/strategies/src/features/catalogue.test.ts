// What every feature of the catalogue must be, and what each formula says on a few rows.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { defaultFeatures, featureCatalogue } from '@ml-training/sdk';
import { copyBars, perturbFrom, sampleBars, walk } from '../../test/bars.ts';
import type { Bars } from '../strategy.ts';
import { alpha158Formulas } from './alpha158.ts';
import { candleFeatures, priceFeatures } from './formulas.ts';
import { freqaiFormulas } from './freqai.ts';
import { computeFeatures, featureSetOf, sliceBars } from './index.ts';
import type { FeatureTable } from './index.ts';
import { indicatorFeatures } from './indicators.ts';
import { plainDefinitions } from '../../test/plain-definitions.ts';

const names = [...featureCatalogue.keys()];
const facts = [...featureCatalogue.values()];
const bars = copyBars(walk({ rows: 300, seed: 11 }));
bars.open.forEach((open, t) => (bars.open[t] = Math.min(bars.high[t]!, open * (1 + (t % 7) / 10_000))));
const samples = (['EURUSD', 'GOOG', 'SP500'] as const).map((symbol) => sampleBars(symbol, 300));
let whole: FeatureTable | undefined;
const valuesOf = (given: Bars, name: string): Float64Array => computeFeatures(given, [name]).data;
const prices = ['open', 'high', 'low', 'close'] as const;

/** Those that are ours, which are computed together. */
const together: readonly string[] = [...priceFeatures, ...indicatorFeatures, ...candleFeatures];
const others = facts.filter(({ name }) => !together.includes(name));

test('the catalogue has every feature once, ours first', () => {
  expect(names).toHaveLength(new Set(names).size);
  expect(names.slice(0, together.length).toSorted()).toEqual(together.toSorted());
  expect(names.length).toBeGreaterThan(200);
});

test('the defaults are ours and some lags, in the order of the catalogue', () => {
  const lags = ['lag_1', 'lag_2', 'lag_3', 'lag_4', 'lag_5', 'lag_23', 'lag_24'];
  expect(defaultFeatures).toEqual(names.filter((name) => together.includes(name) || lags.includes(name)));
});

test('every feature has a formula, and every formula is in the catalogue', () => {
  const apart = others.map(({ family }) => family);
  const formulas = [...Object.keys(freqaiFormulas), ...Object.keys(alpha158Formulas)];
  expect(formulas.sort()).toEqual([...new Set(apart)].sort());
});

describe.each(facts)('$name', ({ name, window }) => {
  let alone: Float64Array;
  beforeAll(() => {
    alone = valuesOf(bars, name);
  });

  test('has the same values alone and among all others, from its first whole window on', () => {
    for (let t = 0; t < window - 1; t++) expect(alone[t]).toBeNaN();
    whole ??= computeFeatures(bars, names);
    for (let t = whole.firstRow; t < bars.close.length; t++)
      expect(alone[t]).toBe(whole.data[t * whole.cols + names.indexOf(name)]);
  });

  test('is not changed by a later bar, to the last bit', () => {
    for (const t of [window - 1, 260]) {
      const later = valuesOf(perturbFrom(bars, t + 1), name);
      expect(later.subarray(0, t + 1)).toEqual(alone.subarray(0, t + 1));
    }
  });

  test('depends on its window of bars alone, to the last bit', () => {
    for (const t of [window - 1, 251, 299]) {
      const slice = sliceBars(bars, { from: t - window + 1, to: t + 1 });
      expect(valuesOf(slice, name).at(-1)).toBe(alone[t]);
    }
  });

  test('depends on all of its window', () => {
    const reacts = (t: number, factor: number): boolean => {
      const changed = copyBars(sliceBars(bars, { from: t - window + 1, to: t + 1 }));
      for (const column of prices) changed[column][0]! *= factor;
      changed.close[0] = (changed.high[0]! + changed.low[0]! * 2) / 3;
      changed.volume[0]! *= factor;
      if (window === 1) changed.time[0]! += 29 * 3_600_000;
      return valuesOf(changed, name).at(-1) !== alone[t];
    };
    const rows = Array.from({ length: 20 }, (_, i) => 260 + i);
    expect(rows.some((t) => reacts(t, 1.5) || reacts(t, 0.5))).toBe(true);
  });

  test('does not depend on the scale of the price, nor on the unit of volume', () => {
    const scaled = copyBars(bars);
    for (const column of prices) scaled[column].forEach((v, t) => (scaled[column][t] = v * 3217.7));
    scaled.volume.forEach((v, t) => (scaled.volume[t] = v * 1e-7));
    const other = valuesOf(scaled, name);
    for (let t = window - 1; t < alone.length; t++) expect(other[t]).toBeCloseTo(alone[t]!, 9);
  });

  test('is finite on flat bars, on bars without volume, with patches of it, and on the samples', () => {
    const still = new Float64Array(300).fill(1.1);
    const none = new Float64Array(300).fill(Number.NaN);
    const flat = { ...bars, open: still, high: still, low: still, close: still };
    const given = [
      flat,
      { ...flat, volume: still },
      { ...flat, volume: none },
      { ...bars, volume: none },
      { ...bars, volume: new Float64Array(300) },
      { ...bars, volume: bars.volume.map((v, t) => (t % 3 === 0 || t > 280 ? Number.NaN : v)) },
      ...samples,
    ];
    for (const one of given)
      expect(
        valuesOf(one, name)
          .subarray(window - 1)
          .every(Number.isFinite),
      ).toBe(true);
  });
});

describe('a set of features', () => {
  test('looks as far back as the longest of them', () => {
    expect(featureSetOf(['body']).window).toBe(1);
    expect(featureSetOf(['body', 'roc_60', 'rsi_14']).window).toBe(61);
  });

  test('is another one by its names and their order', () => {
    const { hash } = featureSetOf(['body', 'rsi_14']);
    expect(featureSetOf(['rsi_14', 'body']).hash).not.toBe(hash);
    expect(featureSetOf(['body', 'rsi_7']).hash).not.toBe(hash);
  });
});

describe('plain definitions', () => {
  const rows = [201, 250, 299];
  const given = [bars, samples[1]!];

  test('there is one of each feature but ours', () => {
    const families = others.map(({ family }) => family);
    expect(Object.keys(plainDefinitions).sort()).toEqual([...new Set(families)].sort());
  });

  test.each(others)('$name', ({ name, family, period }) => {
    for (const one of given) {
      const values = valuesOf(one, name);
      for (const t of rows) expect(values[t]).toBeCloseTo(plainDefinitions[family]!(one, t, period), 8);
    }
  });

  test('of 14 bars are those of ours, where those have them', () => {
    const found = computeFeatures(bars, ['rsi_14', 'money_flow_14', 'body', 'close_location']);
    for (const t of rows) {
      const row = [...found.data.subarray(t * 4, t * 4 + 4)];
      const { open, high, low, close } = bars;
      expect(row[0]).toBeCloseTo(plainDefinitions['rsi_N']!(bars, t, 14), 8);
      expect(row[1]).toBeCloseTo(plainDefinitions['mfi_N']!(bars, t, 14), 8);
      expect(row[2]).toBeCloseTo((close[t]! - open[t]!) / (high[t]! - low[t]!), 8);
      expect(row[3]).toBeCloseTo((2 * close[t]! - high[t]! - low[t]!) / (high[t]! - low[t]!), 8);
    }
  });
});
