import { beforeAll, describe, expect, test } from '@jest/globals';
import { recorder } from '../../test/context.ts';
import type { PooledRows } from '../dataset.ts';
import { auc } from '../evaluation/metrics.ts';
import { foldsInTime } from '../evaluation/folds.ts';
import { readParams } from '../params.ts';
import { createRandom } from '../random.ts';
import { ensembleSettings } from '@ml-training/sdk';
import { fitEnsemble, type FittedEnsemble } from './fit.ts';
import { openMember } from './members.ts';
import { openEnsemble, type OpenEnsemble } from './stacking.ts';
import { poolsFromPlain, poolsToPlain } from './pool.ts';

const cols = 6;
const featureNames = Array.from({ length: cols }, (_, c) => `x${c}`);
const symbols = ['TURNS', 'GOES_ON', 'WALK1', 'WALK2'];
/** What each symbol's labels have of the first feature. */
const slopes = [-0.7, 0.7, 0, 0];

/** Rows of all symbols at the same times, one symbol after the other. */
function rowsOf(each: number, seed: number): PooledRows {
  const random = createRandom(seed);
  const rows = each * symbols.length;
  const symbolIndex = Uint32Array.from({ length: rows }, (_, r) => Math.floor(r / each));
  const data = Float64Array.from({ length: rows * cols }, () => random.normal());
  const labels = Uint8Array.from(symbolIndex, (s, r) =>
    Number(random.next() < 1 / (1 + Math.exp(-slopes[s]! * data[r * cols]!))),
  );
  const time = Float64Array.from(symbolIndex, (s, r) => r - s * each);
  return {
    data,
    rows,
    cols,
    labels,
    time,
    labelEnd: time.map((t) => t + 1),
    symbolIndex,
    bar: Uint32Array.from(time),
  };
}

async function fitted(rows: PooledRows, names: readonly string[]): Promise<FittedEnsemble> {
  const settings = readParams(ensembleSettings, { forest_trees: 20, num_boost_round: 20 }, 'ensemble');
  const folds = foldsInTime(rows, { count: 5, embargo: 0, minFit: 20 });
  const target = { task: 'binary' } as const;
  const run = { target, settings, seed: 1, threads: 1, context: recorder().context };
  return await fitEnsemble({ rows, folds }, { ...run, featureNames, symbols: names });
}

const rowsOfSymbol = (rows: PooledRows, s: number) => {
  const each = rows.rows / symbols.length;
  return {
    data: rows.data.subarray(s * each * cols, (s + 1) * each * cols),
    rows: each,
    cols,
    labels: Uint8Array.from(rows.labels.subarray(s * each, (s + 1) * each)),
  };
};

describe('a model over symbols that do opposite things', () => {
  const later = rowsOf(2_000, 2);
  let model: FittedEnsemble;
  let open: OpenEnsemble;
  beforeAll(async () => {
    model = await fitted(rowsOf(600, 1), symbols);
    open = openEnsemble(model.state, cols, { task: 'binary', classes: [] });
  });
  const areaOf = (s: number, symbol: string): number => {
    const { labels, ...matrix } = rowsOfSymbol(later, s);
    return auc(open.predict({ ...matrix, symbol }), labels)!;
  };

  test('finds in each nearly what a model of it alone finds', async () => {
    const alone = rowsOf(600, 1);
    for (const s of [0, 1]) {
      const own = rowsOfSymbol(alone, s);
      const time = Float64Array.from({ length: own.rows }, (_, t) => t);
      const single = {
        ...own,
        time,
        labelEnd: time.map((t) => t + 1),
        symbolIndex: new Uint32Array(own.rows),
        bar: Uint32Array.from(own.labels, (_, r) => r),
      };
      const { state } = await fitted(single, [symbols[s]!]);
      const byItself = openEnsemble(state, cols, { task: 'binary', classes: [] });
      const { labels, ...matrix } = rowsOfSymbol(later, s);
      const wanted = auc(byItself.predict(matrix), labels)!;
      byItself.dispose();
      expect(wanted).toBeGreaterThan(0.64);
      expect(areaOf(s, symbols[s]!)).toBeGreaterThan(wanted - 0.01);
    }
  });

  test('answers for each symbol by what is its own, and for an unknown one by what all have in common', () => {
    expect(areaOf(0, 'GOES_ON')).toBeLessThan(0.4);
    expect(Math.abs(areaOf(0, 'UNKNOWN') - 0.5)).toBeLessThan(0.1);
  });

  test('tells the weights of each symbol, which sum to one', () => {
    const told = model.details.weights_by_symbol as Record<string, Record<string, number>>;
    expect(Object.keys(told)).toEqual(symbols);
    for (const weights of Object.values(told))
      expect(Object.values(weights).reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 9);
    expect(told.TURNS!.logistic_by_symbol).toBeGreaterThan(0.5);
  });
});

test('a symbol of one class only, or with hardly any rows, is answered for by the model of all', async () => {
  const rows = rowsOf(300, 3);
  const labels = rows.labels.slice();
  labels.fill(1, 900);
  const { members } = (await fitted({ ...rows, labels }, symbols)).state as unknown as {
    members: { name: string }[];
  };
  const [logistic, bySymbol] = ['logistic', 'logistic_by_symbol'].map((name) =>
    openMember(members.find((one) => one.name === name) as never, cols, name),
  );
  const { data, rows: count } = rowsOfSymbol(rows, 0);
  const matrix = { data, rows: count, cols };
  expect(bySymbol!.predict({ ...matrix, symbol: 'WALK2' })).toEqual(logistic!.predict(matrix));
  expect(bySymbol!.predict({ ...matrix, symbol: 'TURNS' })).not.toEqual(logistic!.predict(matrix));
});

test('one symbol has neither a member nor weights of its own', async () => {
  const rows = rowsOf(200, 4);
  const { state, details } = await fitted({ ...rows, symbolIndex: new Uint32Array(rows.rows) }, ['A']);
  expect(state).not.toHaveProperty('pools');
  expect(details).not.toHaveProperty('weights_by_symbol');
});

describe('pools that are read', () => {
  const pool = { weights: Float64Array.of(0.25, 0.75), slope: 0.8, intercept: -0.1 };
  const stored = poolsToPlain(['A', 'B'], [pool, pool]) as Record<string, unknown>;

  test('are those that were written', () => {
    expect(poolsFromPlain(stored as never, 2, 'pools')).toEqual(
      new Map([
        ['A', pool],
        ['B', pool],
      ]),
    );
    expect(poolsFromPlain(undefined, 2, 'pools')).toEqual(new Map());
  });

  test.each([
    ['of another number of members', {}, 3],
    ['with a slope of 0', { slope: [0, 1] }, 2],
    ['with a slope too few', { slope: [1] }, 2],
    ['with an intercept that is no number', { intercept: [Number.NaN, 0] }, 2],
    ['with a symbol that is no text', { symbols: ['A', 1] }, 2],
    [
      'with weights that sum to more than 1',
      { weights: poolsToPlain(['A', 'B'], [pool, { ...pool, weights: Float64Array.of(1, 1) }]) },
      2,
    ],
  ])('are refused %s', (_, change, members) => {
    const given = { ...stored, ...change } as Record<string, unknown>;
    if ('weights' in change) given.weights = (change.weights as unknown as { weights: unknown }).weights;
    expect(() => poolsFromPlain(given as never, members, 'pools')).toThrow(/pools/);
  });
});
