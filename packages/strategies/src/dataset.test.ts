import { expect, test } from '@jest/globals';
import { buildDataset, pooledRows } from './dataset.ts';
import { direction } from './definition.ts';
import { featureSetOf } from './features/index.ts';
import { sampleBars } from '../test/bars.ts';
import type { LabelDefinition } from './strategy.ts';

const bars = sampleBars('GOOG', 300);
const settings = {
  horizon: 2,
  holdout_share: 0.2,
  holdout_rows: 0,
  holdout_from: 0,
  embargo_share: 0.01,
  cost_bps: 5,
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
