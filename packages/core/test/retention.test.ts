// What is deleted of the past, and what never is, in real tables; and that the work grows with the rows, not
// faster.
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  expireJobs,
  expireMetrics,
  expireModels,
  expireRuns,
  listExpiredModels,
  previousModel,
  readJobTotals,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('retention test', { max: 1 });
beforeEach(async () => {
  await sql`TRUNCATE ml_training_runs, ml_training_jobs, ml_model_registry, ml_training_epochs,
    ml_training_metrics CASCADE`;
});

async function expired(days: number, keepLast = 0): Promise<string[]> {
  const found = [];
  for await (const models of expireModels(sql, { days, keepLast }))
    found.push(...models.map(({ model_id }) => model_id));
  return found;
}

interface Row {
  readonly model_id: string;
  readonly symbol: string;
  readonly active: boolean;
  readonly daysOld: number;
  /** Days since it became active; null for one that never was. */
  readonly activated: number | null;
  readonly withdrawn: boolean;
}

async function insertModels(rows: readonly Row[]): Promise<void> {
  await sql`
    INSERT INTO ml_model_registry (model_id, strategy_type, symbol, created_at, is_active, activated_at,
      withdrawn_at,
      file_path, sha256, size_bytes, metrics, decision, data_from, data_to, data_sha256, params)
    SELECT r.model_id, 'lstm', r.symbol, now() - make_interval(secs => r."daysOld" * 86400), r.active,
      now() - make_interval(secs => r.activated * 86400), CASE WHEN r.withdrawn THEN now() END,
      r.model_id::text, 's', 1, '{}', 'said so', now(), now(), 'd', '{}'
    FROM jsonb_to_recordset(${sql.json(rows as never)}) AS r
      (model_id uuid, symbol text, "daysOld" float8, active boolean, activated float8, withdrawn boolean)`;
}

describe('models past their retention', () => {
  test('of any history: all go but the one in use, the one before and the one to roll back to (seed 3)', async () => {
    let state = 3;
    const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const rows: Row[] = Array.from({ length: 2500 }, (_, i) => {
      const daysOld = 60 * random();
      const was = random() < 0.4;
      const symbol = `S${Math.floor(12 * random())}`;
      return {
        model_id: crypto.randomUUID(),
        symbol,
        active: i < 10,
        daysOld,
        activated: was || i < 10 ? daysOld * random() : null,
        withdrawn: was && random() < 0.5,
      };
    }).map((row, i) => (i < 10 ? { ...row, symbol: `S${i}`, withdrawn: false } : row));
    await insertModels(rows);
    const byUse = (kept: Row[]): Row | undefined => kept.sort((a, b) => a.activated! - b.activated!)[0];
    const kept = new Set<string | undefined>();
    for (const symbol of new Set(rows.map((row) => row.symbol))) {
      const were = rows.filter((row) => row.symbol === symbol && !row.active && row.activated !== null);
      kept.add(byUse(were)?.model_id);
      const back = byUse(were.filter((row) => !row.withdrawn))?.model_id;
      kept.add(back);
      expect((await previousModel(sql, 'lstm', symbol))?.model_id).toBe(back);
    }
    const wanted = rows.filter((row) => !row.active && row.daysOld > 30 && !kept.has(row.model_id));
    expect((await expired(30)).sort()).toEqual(wanted.map((row) => row.model_id).sort());
    expect(wanted.length).toBeGreaterThan(1000);
    expect(await expired(30)).toEqual([]);
  });

  test.each([1, 2, 7, 40, 5000])(
    'beyond the newest %d of their pair go as well, but for the same three (seed 5)',
    async (keepLast) => {
      let state = 5;
      const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
      const rows: Row[] = Array.from({ length: 600 }, (_, i) => {
        // Whole days: several of one moment, and those of 30 are just past it.
        const daysOld = Math.floor(45 * random());
        const was = random() < 0.3;
        return {
          model_id: crypto.randomUUID(),
          symbol: i < 6 ? `S${i}` : `S${Math.floor(8 * random() ** 2)}`,
          active: i < 6,
          daysOld,
          activated: was || i < 6 ? daysOld + random() : null,
          withdrawn: i >= 6 && was && random() < 0.5,
        };
      });
      await insertModels(rows);
      const wanted: string[] = [];
      for (const symbol of new Set(rows.map((row) => row.symbol))) {
        const all = rows.filter((row) => row.symbol === symbol);
        const were = all
          .filter((row) => !row.active && row.activated !== null)
          .sort((a, b) => a.activated! - b.activated!);
        const kept = [were[0], were.find((row) => !row.withdrawn)];
        for (const row of all) {
          const newer = all.filter((other) => other.daysOld < row.daysOld).length;
          if (!row.active && !kept.includes(row) && (row.daysOld >= 30 || newer >= keepLast))
            wanted.push(row.model_id);
        }
      }
      const listed = await listExpiredModels(sql, { days: 30, keepLast });
      expect(listed.map((one) => one.model_id).sort()).toEqual(wanted.sort());
      const ages = new Map(rows.map((row) => [row.model_id, row.daysOld]));
      for (const { model_id, why } of listed)
        expect([model_id, why]).toEqual([
          model_id,
          ages.get(model_id)! >= 30 ? 'past MODEL_RETENTION_DAYS' : 'beyond MODEL_KEEP_LAST',
        ]);
      expect((await expired(30, keepLast)).sort()).toEqual(wanted);
      expect(await expired(30, keepLast)).toEqual([]);
    },
  );

  test('take work in proportion to their number, with 4,000 of a pair', async () => {
    const count = 20_000;
    await sql`
      INSERT INTO ml_model_registry (strategy_type, symbol, created_at, activated_at, file_path, sha256,
        size_bytes,
        metrics, decision, data_from, data_to, data_sha256, params)
      SELECT 'lstm', 'S' || i % 5, now() - make_interval(days => 40, secs => i),
        now() - make_interval(secs => i),
        'f' || i, 's', 1, '{}', 'said so', now(), now(), 'd', '{}' FROM generate_series(1, ${count}) i`;
    await sql`ANALYZE ml_model_registry`;
    const before = await rowsRead('ml_model_registry');
    expect(await expired(30)).toHaveLength(count - 5);
    // One look at each, one at a later one of its pair, one to delete it, and dead rows on the way.
    expect((await rowsRead('ml_model_registry')) - before).toBeLessThan(10 * count);
  });

  test('or beyond the newest of their pair: of 40 pairs, also when most of them stay', async () => {
    const count = 20_000;
    await sql`
      INSERT INTO ml_model_registry (strategy_type, symbol, created_at, file_path, sha256, size_bytes, metrics,
        decision, data_from, data_to, data_sha256, params)
      SELECT 'lstm', 'S' || i % 40, now() - make_interval(secs => i), 'f' || i, 's', 1, '{}', 'said so', now(),
        now(), 'd', '{}' FROM generate_series(1, ${count}) i`;
    await sql`ANALYZE ml_model_registry`;
    const before = await rowsRead('ml_model_registry');
    expect(await expired(30, 450)).toHaveLength(count - 40 * 450);
    expect((await rowsRead('ml_model_registry')) - before).toBeLessThan(10 * count);
  });
});

/** How many rows of a table this connection has read since the database was made. */
async function rowsRead(table: string): Promise<number> {
  await sql`SELECT pg_stat_force_next_flush()`;
  const [row] = await sql<[{ read: number }]>`
    SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::float8 AS read FROM pg_stat_user_tables
    WHERE relname = ${table}`;
  return row.read;
}

/** Jobs that ended so many days ago, with a point of a curve each. @returns their run */
async function insertJobs(count: number, daysOld: number, status = 'completed'): Promise<string> {
  const ended = ['completed', 'failed', 'cancelled'].includes(status);
  const [run] = await sql<[{ run_id: string }]>`
    INSERT INTO ml_training_runs (trigger, scheduled_for, requested_at)
    VALUES ('schedule', now() - make_interval(secs => ${86_400 * daysOld}),
      now() - make_interval(secs => ${86_400 * daysOld}))
    RETURNING run_id`;
  await sql`
    WITH job AS (
      INSERT INTO ml_training_jobs (run_id, strategy_type, symbol, status, trigger, max_attempts, created_at,
        completed_at,
        lease_token, lease_expires_at)
      SELECT ${run.run_id}, 'lstm', 'S' || i, ${status}, 'schedule', 1,
        now() - make_interval(secs => ${86_400 * daysOld}),
        CASE WHEN ${ended} THEN now() - make_interval(secs => ${86_400 * daysOld}) END, gen_random_uuid(),
          now()
      FROM generate_series(1, ${count}::int) i RETURNING job_id)
    INSERT INTO ml_training_epochs SELECT job_id, 1, 'loss', 0.5 FROM job`;
  return run.run_id;
}

const left = async (table: string): Promise<number> => {
  const [row] = await sql<[{ count: number }]>`SELECT count(*)::int FROM ${sql(table)}`;
  return row.count;
};

describe('ended jobs past their retention', () => {
  test('go with their curves and runs, batch after batch; younger and open ones stay', async () => {
    await insertJobs(2500, 400);
    await insertJobs(3, 370, 'failed');
    await insertJobs(2, 360);
    await insertJobs(1, 450, 'running');
    expect(await expireJobs(sql, 365)).toBe(2503);
    expect([await left('ml_training_jobs'), await left('ml_training_epochs')]).toEqual([3, 3]);
    expect(await expireRuns(sql, 365)).toBe(2);
    expect(await expireJobs(sql, 365)).toBe(0);
  });

  test('still count in the totals', async () => {
    await insertJobs(3, 400);
    await insertJobs(2, 400, 'failed');
    const ended = async () => (await readJobTotals(sql)).ended.filter(({ count }) => count > 0);
    const before = await ended();
    expect(before.map(({ outcome, count }) => [outcome, count]).sort()).toEqual([
      ['completed', 3],
      ['failed', 2],
    ]);
    expect(await expireJobs(sql, 365)).toBe(5);
    expect(await ended()).toEqual(before);
  });

  test('stay while one of their models is registered', async () => {
    const [job] = await sql<[{ job_id: string }]>`
      SELECT job_id FROM ml_training_jobs WHERE run_id = ${await insertJobs(2, 400)} LIMIT 1`;
    await insertModels([
      {
        model_id: crypto.randomUUID(),
        symbol: 'S',
        active: true,
        daysOld: 400,
        activated: 400,
        withdrawn: false,
      },
    ]);
    await sql`UPDATE ml_model_registry SET job_id = ${job.job_id}`;
    expect(await expireJobs(sql, 365)).toBe(1);
    const kept = await sql`SELECT job_id FROM ml_model_registry JOIN ml_training_jobs USING (job_id)`;
    expect([...kept]).toEqual([job]);
    expect(await expireRuns(sql, 365)).toBe(0);
  });

  test('leave the newest run, and of the scheduled ones the newest that is over', async () => {
    const tick = await insertJobs(0, 380);
    await insertJobs(0, 400);
    const [manual] = await sql<[{ run_id: string }]>`
      INSERT INTO ml_training_runs (trigger, requested_at) VALUES ('manual', now() - interval '370 days')
        RETURNING run_id`;
    await sql`INSERT INTO ml_training_runs (trigger, requested_at) VALUES ('manual',
      now() - interval '390 days')`;
    expect(await expireRuns(sql, 365)).toBe(2);
    const runs = await sql<{ run_id: string }[]>`SELECT run_id FROM ml_training_runs ORDER BY requested_at`;
    expect(runs.map(({ run_id }) => run_id)).toEqual([tick, manual.run_id]);
  });

  test('take work in proportion to their number, also when all of them stay', async () => {
    const count = 5000;
    await insertJobs(count, 400);
    await sql`
      INSERT INTO ml_model_registry (job_id, strategy_type, symbol, file_path, sha256, size_bytes, metrics,
        decision,
        data_from, data_to, data_sha256, params)
      SELECT job_id, 'lstm', symbol, job_id::text, 's', 1, '{}', 'said so', now(), now(), 'd', '{}'
        FROM ml_training_jobs`;
    await sql`ANALYZE ml_training_jobs, ml_model_registry`;
    const before = await rowsRead('ml_training_jobs');
    expect(await expireJobs(sql, 365)).toBe(0);
    expect((await rowsRead('ml_training_jobs')) - before).toBeLessThan(10 * count);
  });
});

test('metrics past their retention go from every series, and the younger ones stay', async () => {
  await sql`
    INSERT INTO ml_training_metrics (time, name, strategy_type, symbol, value)
    SELECT now() - make_interval(days => 91, mins => i), name, strategy, symbol, i
    FROM generate_series(1, 3000) i, unnest('{a,b}'::text[]) name, unnest('{"",lstm}'::text[]) strategy,
         unnest('{"",X}'::text[]) symbol`;
  await sql`
    INSERT INTO ml_training_metrics (time, name, strategy_type, symbol, value)
    SELECT now() - make_interval(days => 89, mins => i), name, 'lstm', 'X', i
    FROM generate_series(1, 100) i, unnest('{a,z}'::text[]) name`;
  expect(await expireMetrics(sql, 90)).toBe(24_000);
  expect(await left('ml_training_metrics')).toBe(200);
  expect(await expireMetrics(sql, 90)).toBe(0);
});
