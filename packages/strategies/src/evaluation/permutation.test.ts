import { describe, expect, test } from '@jest/globals';
import { laggedBars, sampleBars, walk } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import type { BuiltInStrategy } from '@ml-training/sdk';
import { loadStrategy, type Importances, type Plain } from '../index.ts';
import { createRandom } from '../random.ts';
import type { Bars } from '../strategy.ts';
import { permutationImportances } from './permutation.ts';
import type { PermutationRun, PermutedSymbol } from './permutation.ts';

const quick = { forest_trees: 20, num_boost_round: 60, learning_rate: 0.1 };
const features = [
  'return_1',
  'lag_1',
  'lag_2',
  'lag_3',
  'lag_5',
  'body',
  'volatility_20',
  'rsi_14',
  'atr_14',
];

async function importancesOf(
  type: BuiltInStrategy,
  bars: readonly Bars[],
  params: { readonly [name: string]: Plain } = {},
  seed = 42,
): Promise<Importances> {
  const strategy = await loadStrategy(type);
  const { report } = await strategy.train(
    { bars, params: { features, ...params }, seed, threads: 1, importances: 'quick' },
    recorder().context,
  );
  return report.details['permutation'] as unknown as Importances;
}
const named = ({ features: all }: Importances, name: string) => all.find((one) => one.name === name)!;
/** As docs/judging.md has it. */
const beyondNoise = (found: Importances): string[] =>
  found.features.filter(({ loss, error }) => loss > 3 * error).map(({ name }) => name);

describe('the feature that direction follows from', () => {
  // The next bar goes as the one three bars before it did.
  const bars = laggedBars(800, { lag: 3 });
  test.each([
    ['ensemble', quick],
    ['lstm', { window: 4, units: 8, epochs: 6, learning_rate: 0.01 }],
    ['rl', { total_timesteps: 20_000, seeds: 1 }],
  ] as const)('is what %s loses most by, beyond noise', async (type, params) => {
    const found = await importancesOf(type, [bars], params);
    expect(found.features[0]!.name).toBe('lag_2');
    expect(beyondNoise(found)).toContain('lag_2');
    const { loss } = named(found, 'lag_2');
    for (const other of ['body', 'volatility_20', 'atr_14'])
      expect(Math.abs(named(found, other).loss)).toBeLessThan(0.2 * loss);
    // Its group is worth no less than it is.
    expect(found.groups[0]).toMatchObject({ name: 'single returns' });
    expect(found.groups[0]!.loss).toBeGreaterThan(0.8 * loss);
    expect(found.features.map(({ name }) => name).sort()).toEqual([...features].sort());
    expect(found.metric).toBe(type === 'rl' ? 'net_return' : 'log_likelihood');
  });

  test('is found over several symbols, in each one apart', async () => {
    const symbols = ['A', 'B', 'C'].map((symbol, i) => ({
      ...laggedBars(500, { lag: 3, seed: i + 1 }),
      symbol,
    }));
    const found = await importancesOf('ensemble', symbols, quick);
    expect(found.symbols).toEqual(['A', 'B', 'C']);
    expect(found.features[0]!.name).toBe('lag_2');
  });
});

test('on random walks hardly any feature stands out of the noise', async () => {
  const seeds = Array.from({ length: 8 }, (_, i) => 101 + i);
  let [looked, found] = [0, 0];
  for (const seed of seeds) {
    const importances = await importancesOf('ensemble', [walk({ rows: 600, seed })], quick, seed);
    looked += importances.features.length;
    found += beyondNoise(importances).length;
  }
  expect(looked).toBe(seeds.length * features.length);
  expect(found).toBeLessThanOrEqual(2);
});

test('the same seed gives the same; nothing is looked at unless it is asked for', async () => {
  const bars = [sampleBars('GOOG', 300)];
  expect(await importancesOf('ensemble', bars, quick)).toEqual(await importancesOf('ensemble', bars, quick));
  const strategy = await loadStrategy('ensemble');
  const { report } = await strategy.train({ bars, params: quick, seed: 1, threads: 1 }, recorder().context);
  expect(report.details).not.toHaveProperty('permutation');
});

describe('what is looked at', () => {
  const names = Array.from({ length: 34 }, (_, c) => `f${c}`);
  const symbolOf = (symbol: string, rows: number): PermutedSymbol => ({
    bars: { ...walk({ rows: rows + 1, seed: 101 }), symbol },
    features: {
      names,
      rows,
      cols: names.length,
      data: new Float64Array(rows * names.length).fill(1),
      firstRow: 0,
    },
    holdout: { from: 0, to: rows },
  });
  /** Of a model that answers nothing, how it is asked. */
  async function asked(symbols: readonly PermutedSymbol[], options: Partial<PermutationRun> = {}) {
    let predictions = 0;
    const found = await permutationImportances(symbols, {
      promotionMetric: 'log_likelihood',
      window: 1,
      slow: false,
      groupOf: () => null,
      effort: 'quick',
      options: { horizon: 1 },
      costBpsOf: () => 5,
      random: createRandom(1),
      predict: (_bars, _features, { from, to }) => {
        predictions += to - from;
        return { score: new Float64Array(to - from).fill(0.5), position: new Int8Array(to - from) };
      },
      pause: () => Promise.resolve(),
      ...options,
    });
    return { found: found!, predictions };
  }

  test.each<[string, Partial<PermutationRun>, number]>([
    ['a usual model', {}, 21_000],
    ['one whose predictions take long', { slow: true, window: 32 }, 3_900],
    ['a usual one, thoroughly', { effort: 'thorough' }, 2_100_000],
  ])('of %s it takes no more predictions than it may, whatever the holdout', async (_, options, most) => {
    for (const rows of options.effort === 'thorough' ? [189] : [70, 189, 5_000]) {
      const { found, predictions } = await asked([symbolOf('A', rows)], options);
      expect(predictions).toBeLessThan(most);
      expect(found.rows).toBeLessThanOrEqual(rows);
      expect(found.rows).toBeGreaterThanOrEqual(60);
      expect(found.features.every(({ loss, error }) => loss === 0 && error === 0)).toBe(true);
    }
  });

  test('of a large pool some symbols, spread over all, with rows enough of each', async () => {
    const symbols = Array.from({ length: 300 }, (_, i) => symbolOf(`S${100 + i}`, 189));
    const { found, predictions } = await asked(symbols);
    expect(predictions).toBeLessThan(21_000);
    expect(found.rows / found.symbols.length).toBeGreaterThanOrEqual(60);
    expect(found.symbols.length).toBeGreaterThan(5);
    expect(found.symbols[0]).toBe('S100');
    expect(Number(found.symbols.at(-1)!.slice(1))).toBeGreaterThan(330);
  });

  test('nothing of holdouts that are too short', async () => {
    const { found } = await asked([symbolOf('A', 12)]);
    expect(found).toBeNull();
  });
});
