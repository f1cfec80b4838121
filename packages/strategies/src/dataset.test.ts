import { expect, test } from '@jest/globals';
import { buildDataset, pooledRows } from './dataset.ts';
import { direction } from './definition.ts';
import { featureSetOf } from './features/index.ts';
import { sampleBars } from '../test/bars.ts';
import type { Bars, LabelDefinition } from './strategy.ts';

const bars = sampleBars('GOOG', 300);
const settings = {
  horizon: 2,
  holdout_share: 0.2,
  holdout_rows: 0,
  holdout_from: 0,
  walk_forward_folds: 0,
  train_bars: 0,
  embargo_share: 0.01,
  cost_bps: 5,
  slippage_bps: 0,
  validation_share: 0.2,
};
const dataOf = (label: LabelDefinition) =>
  buildDataset([bars], {
    compute: featureSetOf(['return_1']).compute,
    label,
    window: 1,
    shortWindows: false,
    settings,
  });
const moves: LabelDefinition = {
  task: 'regression',
  classes: [],
  label: { kind: 'regression', horizon: 2 },
  firstRow: 40,
  of: ({ close }) => Float64Array.from(close.subarray(2), (c, t) => c - close[t]!),
};

test('a data set knows its task and classes, and its rows begin with the label’s first', () => {
  const [binary, regression] = [dataOf(direction(settings)), dataOf(moves)];
  expect(binary).toMatchObject({ task: 'binary', classes: [{ name: 'down' }, { name: 'up' }] });
  expect(pooledRows(binary, 'train').labels).toBeInstanceOf(Uint8Array);
  expect(regression).toMatchObject({ task: 'regression', classes: [] });
  const { labels, rows } = pooledRows(regression, 'train');
  expect(regression.symbols[0]!.purged.train[0]).toBe(40);
  expect([...labels]).toEqual([...moves.of(bars)].slice(40, 40 + rows));
});

test('a symbol of whose holdout implausible bars leave too little to judge is left out, and told of', () => {
  const other = { ...bars, symbol: 'SPLIT' };
  // Each halves the price, and no label of 30 bars in the holdout is without one.
  const halved = (all: Float64Array): Float64Array =>
    all.map((price, t) => price / 2 ** [235, 260, 285].filter((at) => t >= at).length);
  const { open, high, low, close } = other;
  const split = { ...other, open: halved(open), high: halved(high), low: halved(low), close: halved(close) };
  const horizon = { ...settings, horizon: 30, validation_share: 0.1 };
  const of = (given: readonly Bars[]) =>
    buildDataset(given, {
      compute: featureSetOf(['return_1']).compute,
      label: direction(horizon),
      window: 1,
      shortWindows: false,
      settings: horizon,
    });
  const words = /holdout rows can be judged\. SPLIT: no market makes such a move .* −\d\d\.\d % at 201\d-/;
  expect(of([bars, split]).leftOut).toEqual({ SPLIT: expect.stringMatching(words) });
  expect(() => of([split])).toThrow(words);
  expect(of([other]).leftOut).toEqual({});
});
