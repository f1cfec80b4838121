// What was tried of a pair, each of the same once, whoever tried it and whatever became of its model since.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import {
  claimJob,
  completeJob,
  countTrials,
  foldTrials,
  trialsOf,
  type DecisionFacts,
  type Registration,
  type Trial,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('trials test');
beforeEach(() => sql`TRUNCATE ml_training_jobs, ml_model_registry, ml_training_trials CASCADE`);

const pair = (symbol: string, strategyType = 'lstm') => ({ strategyType, symbol });

interface Model {
  readonly symbol?: string;
  readonly data?: string;
  readonly params?: object;
  readonly code?: string;
  readonly excess?: number | null;
  readonly facts?: Partial<DecisionFacts>;
}

/** A job that completes with such models. @returns its lease */
async function trained(models: readonly Model[], seed = 42, symbol = 'GOOG') {
  await sql`INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts)
    VALUES ('lstm', ${symbol}, 'manual', 1)`;
  const [row] = await sql<[{ job_id: string }]>`SELECT job_id FROM ml_training_jobs WHERE status = 'queued'`;
  const token = crypto.randomUUID();
  const order = { jobId: row.job_id, trainerId: 'test', maxRunning: 9, leaseSeconds: 60, token };
  const taken = await claimJob(sql, order);
  if (taken.outcome !== 'claimed') throw new Error(`the job was not claimed: ${taken.outcome}`);
  const lease = taken.claim;
  const registrations = models.map(
    ({
      symbol: of = 'GOOG',
      data = 'd1',
      params = { units: 8, rate: 0.001 },
      code,
      excess = null,
      facts,
    }) => ({
      model_id: crypto.randomUUID(),
      symbol: of,
      file_path: `${crypto.randomUUID()}.pkl`,
      sha256: '',
      size_bytes: 1,
      parent_model_id: null,
      metrics: { excess_sharpe: excess },
      decision: '',
      promote: false,
      champion_id: null,
      data_from: '2024-01-01T00:00:00Z',
      data_to: '2024-02-01T00:00:00Z',
      data_sha256: data,
      params,
      code_sha256: code ?? null,
      decision_facts: { ...decided, ...facts },
    }),
  ) satisfies readonly Registration[];
  expect(await completeJob(sql, lease, { seed }, registrations)).toBe(true);
  return { lease, registrations };
}

const decided: DecisionFacts = {
  ground: 'compared',
  policy: 'not-worse',
  metric: 'log_likelihood',
  champion_id: null,
  floor: null,
  comparison: null,
  nothing_learnt: false,
  incomparable_runs: 0,
};

const looked = (symbol: string, change: Partial<Trial> = {}): Trial => ({
  symbol,
  data_sha256: 'd1',
  params: { units: 8, rate: 0.001 },
  seed: 42,
  excess_sharpe: null,
  ...change,
});

describe('the trials of a pair', () => {
  test('are its models, each of the same data, settings, seed and code once', async () => {
    const { lease, registrations } = await trained([{ excess: -0.5 }]);
    // Said twice, as when the first answer was lost.
    expect(await completeJob(sql, lease, { seed: 42 }, registrations)).toBe(true);
    await trained([{ excess: 0.75, params: { rate: 0.001, units: 8 } }]);
    expect(await trialsOf(sql, pair('GOOG'))).toEqual({ count: 1, sharpes: [-0.5] });
    await trained([{ excess: 1.25, data: 'd2' }]);
    await trained([{ excess: null }], 43);
    await trained([{ params: { units: 16, rate: 0.001 } }]);
    await trained([{ code: 'c1' }]);
    expect(await trialsOf(sql, pair('GOOG'))).toEqual({ count: 5, sharpes: [-0.5, 1.25] });
    expect(await trialsOf(sql, pair('SP500'))).toEqual({ count: 0, sharpes: [] });
    expect(await trialsOf(sql, pair('GOOG', 'rl'))).toEqual({ count: 0, sharpes: [] });
  });

  test('leave out the one that asks, where it was tried before', async () => {
    await trained([{ excess: 1 }]);
    await trained([{ excess: 2, data: 'd2' }]);
    expect(await trialsOf(sql, pair('GOOG'), looked('GOOG'))).toEqual({ count: 1, sharpes: [2] });
    expect(await trialsOf(sql, pair('GOOG'), looked('GOOG', { seed: 1 }))).toMatchObject({ count: 2 });
  });

  test('are each symbol’s own, of a model over all of them', async () => {
    const both = [
      { symbol: 'GOOG', excess: 1 },
      { symbol: 'SP500', excess: 2 },
    ];
    await trained(both, 42, '@ALL');
    await trained([{ symbol: 'GOOG', data: 'd2', excess: 3 }, both[1]!], 42, '@ALL');
    expect(await trialsOf(sql, pair('GOOG'))).toEqual({ count: 2, sharpes: [1, 3] });
    expect(await trialsOf(sql, pair('SP500'))).toEqual({ count: 1, sharpes: [2] });
  });

  test('don’t count a model that learnt nothing', async () => {
    await trained([{ facts: { nothing_learnt: true } }]);
    await trained([{ data: 'd2', facts: { nothing_learnt: false } }]);
    expect(await trialsOf(sql, pair('GOOG'))).toMatchObject({ count: 1 });
  });

  test('count what no job did, but not twice, nor beside a training of all the same', async () => {
    const evaluated = looked('GOOG', { params: { folds: 5 }, excess_sharpe: 0.5 });
    await countTrials(sql, 'lstm', 'evaluation', [evaluated, looked('SP500')]);
    await countTrials(sql, 'lstm', 'evaluation', [evaluated]);
    await countTrials(sql, 'lstm', 'tuning', [looked('GOOG', { params: { units: 99 } })]);
    expect(await trialsOf(sql, pair('GOOG'))).toEqual({ count: 2, sharpes: [0.5] });
    expect(await trialsOf(sql, pair('SP500'))).toMatchObject({ count: 1 });
    await trained([{ symbol: 'SP500' }], 42, 'SP500');
    expect(await trialsOf(sql, pair('SP500'))).toMatchObject({ count: 1 });
  });

  test('outlive models and jobs, and are summed up past the newest 200', async () => {
    await trained([{ excess: 1 }]);
    await sql`DELETE FROM ml_model_registry`;
    await sql`DELETE FROM ml_training_jobs`;
    await sql`INSERT INTO ml_training_trials (strategy_type, symbol, key, kind, tried_at, excess_sharpe)
      SELECT 'lstm', 'GOOG', i::text, 'training', now() - i * interval '1 hour', i FROM generate_series(1, 249) i`;
    await countTrials(sql, 'lstm', 'evaluation', [looked('SP500')]);
    expect(await foldTrials(sql)).toBe(50);
    expect(await foldTrials(sql)).toBe(0);
    const { count, sharpes } = await trialsOf(sql, pair('GOOG'));
    expect([count, sharpes.length, sharpes.at(-1)]).toEqual([250, 200, 1]);
    await sql`INSERT INTO ml_training_trials (strategy_type, symbol, key, kind)
      SELECT 'lstm', 'GOOG', 'new ' || i, 'training' FROM generate_series(1, 10) i`;
    expect(await foldTrials(sql)).toBe(10);
    expect((await trialsOf(sql, pair('GOOG'), looked('GOOG'))).count).toBe(259);
    expect(await trialsOf(sql, pair('SP500'))).toMatchObject({ count: 1 });
  });
});

test('a database of before begins with the models it has, and the completed jobs whose models are gone', async () => {
  await trained([{ data: 'd1' }]);
  await trained([{ data: 'd1' }]);
  await trained([{ data: 'd2' }]);
  for (let i = 0; i < 4; i++) await trained([]);
  await trained([{ symbol: 'SP500' }], 42, '@ALL');
  await sql`DROP TABLE ml_training_trials`;
  const migration = new URL('../src/database/migrations/030_trials.sql', import.meta.url);
  await sql.unsafe(await readFile(migration, 'utf8'));
  // Of GOOG 2 distinct models; of its 7 jobs and 1 over all symbols 3 have one of it.
  expect(await trialsOf(sql, pair('GOOG'))).toEqual({ count: 2 + 5, sharpes: [] });
  expect(await trialsOf(sql, pair('SP500'))).toMatchObject({ count: 1 });
  // What is trained again of all the same is known.
  await trained([{ data: 'd2' }]);
  expect(await trialsOf(sql, pair('GOOG'))).toMatchObject({ count: 7 });
});
