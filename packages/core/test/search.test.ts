// Lists of jobs by any filter at hundreds of thousands of jobs: what is read is a page's worth, and what is
// found is what fits.
import { afterAll, describe, expect, test } from '@jest/globals';
import { explainingClient, startServers } from '@ml-training/testing';
import {
  attemptsOf,
  jobsByPrefix,
  migrate,
  readJob,
  searchJobs,
  waitingJobs,
  type JobFilter,
  type JobPlace,
} from '../src/index.ts';

const servers = await startServers();
const { sql, during } = explainingClient(servers.databaseUrl);
await migrate(sql);
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

/**
 * JOBS=1000000 looks at as many as the fleet is made for: it takes minutes, and what may be read stays the
 * same.
 */
const count = Number(process.env['JOBS'] ?? 150_000);
const pairs = 1500;
/** A table of a hundred rows is read whole, and rightly. */
const manyRuns = 20_000;
// Runs of 1,500 jobs every two hours; the newest waits or runs. rl was never trained by a tick, and one
// symbol failed once only.
await sql`SET session_replication_role = replica`;
// Indexes are made when the rows are there: half the time.
const indexes = await sql<{ name: string; definition: string }[]>`
  SELECT indexname AS name, indexdef AS definition FROM pg_indexes
  WHERE tablename = 'ml_training_jobs' AND indexname <> 'ml_training_jobs_pkey'`;
for (const { name } of indexes) await sql.unsafe(`DROP INDEX ${name}`);
await sql`
  INSERT INTO ml_training_runs (run_id, trigger, requested_at)
  SELECT md5('run' || run)::uuid, 'manual', now() FROM generate_series(0,
    ${Math.floor(count / pairs) + manyRuns}::int) run`;
await sql`
  INSERT INTO ml_training_jobs (job_id, run_id, strategy_type, symbol, status, trigger, attempt, max_attempts,
    created_at, completed_at,
                                error_code, lease_token, lease_expires_at)
  SELECT md5('job' || n)::uuid, md5('run' || n / ${pairs}::int)::uuid, strategy, 'S' || n / 3 % 500, status,
         CASE WHEN strategy = 'rl' OR n % 7 > 0 THEN 'schedule' ELSE 'tick' END, 1, 4,
           now() - n / ${pairs}::int * interval '2 hours',
         now(), CASE WHEN n = ${Math.floor(count / 3)}::int THEN 'DISK_FULL'
           WHEN status = 'failed' THEN 'TRAINING_FAILED' END, gen_random_uuid(),
         CASE WHEN status = 'running' THEN now() + interval '1 hour' END
  FROM generate_series(0, ${count - 1}::int) n,
       LATERAL (SELECT (ARRAY['ensemble', 'lstm', 'rl'])[1 + n % 3],
                       CASE WHEN n < 3 THEN 'running' WHEN n < ${pairs}::int THEN 'queued' WHEN n % 40 = 0
                         OR n = ${Math.floor(count / 3)}::int THEN 'failed'
                            WHEN n % 9000 = 1 THEN 'cancelled' ELSE 'completed' END) j (strategy, status)`;
await sql`RESET session_replication_role`;
await sql`SET maintenance_work_mem = '256MB'`;
for (const { definition } of indexes) await sql.unsafe(definition);
await sql`ANALYZE ml_training_jobs, ml_training_runs`;

const first = await searchJobs(sql, {}, { limit: 50 });
const [{ middle, run_id, made }] = await sql<[{ middle: string; run_id: string; made: Date }]>`
  SELECT job_id AS middle, run_id, created_at AS made FROM ml_training_jobs
    WHERE job_id = md5('job' || ${Math.floor(count / 2)}::int)::uuid`;
const day = 86_400_000;

const filters: readonly [string, JobFilter][] = [
  ['all', {}],
  ['of one status', { status: ['failed'] }],
  ['of two', { status: ['cancelled', 'running'] }],
  ['of a strategy', { strategyType: ['rl'] }],
  ['of a trigger that there is none of', { trigger: ['manual'] }],
  ['of a strategy that this trigger never started', { trigger: ['tick'], strategyType: ['rl'] }],
  ['of a symbol', { symbol: 'S7' }],
  ['of a symbol that is not there', { symbol: 'NOPE' }],
  ['of a symbol and a status that it never had', { symbol: 'S7', status: ['cancelled'] }],
  ['of a run', { runId: run_id }],
  ['of a run that failed', { runId: run_id, status: ['failed'] }],
  ['of an error', { errorCode: 'TRAINING_FAILED' }],
  ['of an error that came once', { errorCode: 'DISK_FULL' }],
  ['of an error that a symbol never had', { errorCode: 'DISK_FULL', symbol: 'S7' }],
  ['of an error and a strategy', { errorCode: 'TRAINING_FAILED', strategyType: ['lstm'], trigger: ['tick'] }],
  ['since', { since: new Date(made.getTime() - day) }],
  ['until', { until: made }],
  ['between, of a symbol', { since: new Date(made.getTime() - day), until: made, symbol: 'S9' }],
  ['between, when there was none', { since: new Date('2001-01-01'), until: new Date('2002-01-01') }],
  ['… that failed', { since: new Date('2001-01-01'), until: new Date('2002-01-01'), status: ['failed'] }],
];

/**
 * A page is read of each combination of 5 statuses, 3 strategies and 3 triggers at most, or a run of 1,500
 * jobs is.
 */
const few = 6000;
const bounded = async (work: () => Promise<unknown>): Promise<void> => {
  const ran = await during(work);
  expect(ran.length).toBeGreaterThan(0);
  for (const { query, readWhole, rows } of ran) {
    expect([query, readWhole]).toEqual([query, []]);
    if (rows > few) throw new Error(`looks at ${rows} rows, ${few} are allowed: ${query}`);
  }
};

describe('of all jobs no more is read than a page takes', () => {
  test.each(filters)('%s', async (_, filter) => {
    await bounded(() => searchJobs(sql, filter, { limit: 50 }));
    // In the middle of the list, and as for the sixth and any later question of a connection.
    const place: JobPlace = [made.toISOString(), 'lstm', 'S250', middle];
    await bounded(() => searchJobs(sql, filter, { limit: 50, after: place }));
    await sql`SET plan_cache_mode = force_generic_plan`;
    await bounded(() => searchJobs(sql, filter, { limit: 50, after: place }));
    await sql`RESET plan_cache_mode`;
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a job', () => readJob(sql, middle)],
    ['its attempts', () => attemptsOf(sql, middle)],
    ['jobs by the start of their id', () => jobsByPrefix(sql, middle.slice(0, 8))],
    ['what waits', () => waitingJobs(sql)],
  ])('%s', (_, ask) => bounded(ask));
});

/** What a filter means, said another way. */
const fits = (filter: JobFilter) => sql<{ job_id: string }[]>`
  SELECT job_id FROM ml_training_jobs
  WHERE (${filter.status === undefined} OR status = ANY (${[...(filter.status ?? [])]}))
    AND (${filter.strategyType === undefined} OR strategy_type = ANY (${[...(filter.strategyType ?? [])]}))
    AND (${filter.trigger === undefined} OR trigger = ANY (${[...(filter.trigger ?? [])]}))
    AND (${filter.symbol === undefined} OR symbol = ${filter.symbol ?? ''})
    AND (${filter.runId === undefined} OR run_id = ${filter.runId ?? run_id})
    AND (${filter.errorCode === undefined} OR error_code = ${filter.errorCode ?? ''})
    AND created_at >= ${filter.since ?? new Date(0)}
      AND created_at < ${filter.until ?? new Date('2100-01-01')}
  ORDER BY created_at DESC, strategy_type, symbol, job_id LIMIT 130`;

test.each(filters)('page by page it is the list of those that fit: %s', async (_, filter) => {
  const found: string[] = [];
  let after: JobPlace | null = null;
  do {
    const page = await searchJobs(sql, filter, { limit: 37, after });
    found.push(...page.jobs.map(({ job_id }) => job_id));
    after = page.next;
  } while (after !== null && found.length < 130);
  const expected = (await fits(filter)).map(({ job_id }) => job_id);
  expect(found.slice(0, 130)).toEqual(expected);
});

test('jobs that are made meanwhile move nothing between two pages', async () => {
  const [, second] = [first, await searchJobs(sql, {}, { limit: 50, after: first.next })];
  await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts)
    SELECT 'lstm', 'NEW' || n, 'manual', 1 FROM generate_series(1, 20) n`;
  const again = await searchJobs(sql, {}, { limit: 50, after: first.next });
  expect(again).toEqual(second);
  expect((await searchJobs(sql, {}, { limit: 50 })).jobs[0]).toMatchObject({ symbol: 'NEW1' });
});
