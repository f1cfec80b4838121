// Runs whose settings change: what the present model has seen keeps no new one out for ever.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DecisionFacts } from '@ml-training/core';
import { loadStrategy, type Bars, type StrategyType } from '@ml-training/strategies';
import { registerIn, trainAll } from '../../test/judged.ts';
import { compareWithChampion, type PresentModel } from './promotion.ts';

const hourMs = 3_600_000;
const day = 24;
let modelDir: string;
beforeAll(async () => {
  modelDir = await mkdtemp(path.join(tmpdir(), 'comparable-'));
});
afterAll(() => rm(modelDir, { recursive: true }));

interface Run {
  /** Newest bars of each symbol. */
  readonly batch: number;
  readonly horizon?: number;
  readonly symbols?: readonly string[];
}

/** What each run decided on the symbol A, with what the runs before it left in use. */
async function runs(
  type: StrategyType,
  all: Readonly<Record<string, Bars>>,
  chain: readonly Run[],
  over: { readonly MODEL_INCOMPARABLE_RUNS?: number } = {},
): Promise<DecisionFacts[]> {
  const strategy = await loadStrategy(type);
  const config = {
    MODEL_DIR: modelDir,
    MODEL_PROMOTION: 'not-worse',
    MODEL_FLOOR: 'baseline',
    MODEL_INCOMPARABLE_RUNS: 3,
    TRAINING_SEED: 42,
    ...over,
  } as const;
  const brief = type === 'rl' ? { total_timesteps: 2_000, n_envs: 4, n_steps: 50, hidden_units: 8 } : {};
  const decided: DecisionFacts[] = [];
  let present = null as PresentModel | null;
  for (const [nth, { batch, horizon = 1, symbols = ['A'] }] of chain.entries()) {
    const bars = symbols.map((symbol) => newest(all[symbol]!, batch));
    // Another seed each time, as bars that come would make another model.
    const [candidate] = await trainAll(strategy, bars, { ...brief, horizon }, nth);
    const { promote, facts } = await compareWithChampion(config, strategy, candidate!, present, bars[0]!);
    decided.push(facts);
    if (promote)
      present = {
        model: await registerIn(modelDir, candidate!, { id: `model ${nth}` }),
        incomparableRuns: 0,
      };
    else if (present !== null) present = { ...present, incomparableRuns: facts.incomparable_runs };
  }
  return decided;
}

const grounds = (decided: readonly DecisionFacts[]): string[] => decided.map(({ ground }) => ground);

test('of fewer bars, then of more: each is compared, if need be on bars the present one has seen', async () => {
  const decided = await runs(
    'ensemble',
    { A: waves('A', 2000, 1) },
    [120, 1000, 500, 2000].map((batch) => ({ batch })),
  );
  expect(grounds(decided)[0]).toBe('first');
  for (const { ground, comparison } of decided.slice(1))
    expect(ground === 'compared' ? comparison !== null : ground === 'compared_on_seen').toBe(true);
  // 16 bars came after what the first had seen.
  expect(grounds(decided)[1]).toBe('compared_on_seen');
});

test.each(['ensemble', 'rl'] as const)(
  '%s of another horizon and back: no run keeps the old one',
  async (type) => {
    const decided = await runs(
      type,
      { A: waves('A', 500, 1) },
      [1, 3, 1, 100, 1].map((horizon) => ({ batch: 500, horizon })),
    );
    // A probability of another label can't be compared, positions can.
    const expected = type === 'rl' ? /^compared/ : /^champion_unusable$/;
    for (const ground of grounds(decided).slice(1)) expect(ground).toMatch(expected);
  },
);

test('symbols added and removed, with bars of other lengths: no run keeps the old one', async () => {
  const all = { A: waves('A', 1000, day), B: waves('B', 1000, 1), C: waves('C', 1000, day) };
  const chain = [['A', 'B'], ['A'], ['A', 'B', 'C']].flatMap((symbols) =>
    [1000, 300].map((batch) => ({ batch, symbols })),
  );
  const decided = await runs('ensemble', all, chain);
  expect(grounds(decided)[0]).toBe('first');
  for (const ground of grounds(decided).slice(1)) expect(ground).toMatch(/^compared/);
});

test('one that is worse on what the present one has seen takes its place after some runs', async () => {
  const all = { A: waves('A', 1000, 1) };
  const strategy = await loadStrategy('ensemble');
  const [whole] = await trainAll(strategy, [newest(all.A, 1000)], {}, 1);
  const end = all.A.time.at(-1)!;
  const knows = await registerIn(modelDir, whole!, { dataTo: end });
  const [weak] = await trainAll(
    strategy,
    [newest(all.A, 700)],
    // Of what it looks at, nothing tells much of a swing.
    { features: ['weekday_sin'] },
  );
  let incomparableRuns = 0;
  const decided: string[] = [];
  for (let run = 0; run < 3; run++) {
    const decision = await compareWithChampion(
      {
        MODEL_DIR: modelDir,
        MODEL_PROMOTION: 'not-worse',
        MODEL_FLOOR: 'baseline',
        MODEL_INCOMPARABLE_RUNS: 3,
        TRAINING_SEED: 42,
      },
      strategy,
      weak!,
      { model: knows, incomparableRuns },
      newest(all.A, 700),
    );
    incomparableRuns = decision.facts.incomparable_runs;
    decided.push(decision.facts.ground);
    expect(decision.promote).toBe(run === 2);
  }
  expect(decided).toEqual(['incomparable', 'incomparable', 'incomparable_too_long']);
});

function newest(bars: Bars, count: number): Bars {
  const from = Math.max(0, bars.time.length - count);
  const { symbol, time, open, high, low, close, volume } = bars;
  const cut = (column: Float64Array): Float64Array => column.slice(from);
  return {
    symbol,
    time: cut(time),
    open: cut(open),
    high: cut(high),
    low: cut(low),
    close: cut(close),
    volume: cut(volume),
  };
}

/** Bars of so many hours each that end at one time, of a price that swings with some noise. */
function waves(symbol: string, rows: number, hours: number): Bars {
  const phase = symbol.charCodeAt(0);
  const close = Float64Array.from(
    { length: rows },
    (_, t) => 100 + 5 * Math.sin(phase + t / 4) + 2 * Math.sin(phase + t * t),
  );
  const open = close.map((price, t) => close[t - 1] ?? price);
  return {
    symbol,
    time: close.map((_, t) => (100_000 - (rows - t) * hours) * hourMs),
    open,
    high: close.map((price, t) => Math.max(price, open[t]!) + 0.1),
    low: close.map((price, t) => Math.min(price, open[t]!) - 0.1),
    close,
    volume: close.map(() => Number.NaN),
  };
}
