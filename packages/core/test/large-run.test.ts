// A run of thousands of jobs, begun before PostgreSQL's statistics know of it: no step of the fleet looks at
// each waiting job again and again; judged by PostgreSQL's plans.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { explainingClient, startServers } from '@ml-training/testing';
import {
  claimJob,
  connectDatabase,
  connectRedis,
  createRun,
  migrate,
  reconcile,
  redisReady,
  type Database,
  type NewJob,
} from '../src/index.ts';

const servers = await startServers();
const { sql, during } = explainingClient(servers.databaseUrl);
const redis = connectRedis(servers.redisUrl, { name: 'large run test', onError: () => undefined });
await redisReady(redis, 60_000);
await migrate(sql);
afterAll(async () => {
  redis.disconnect();
  await sql.end({ timeout: 1 });
  await servers.stop();
});

const waiting = 4000;
beforeEach(async () => {
  await sql`TRUNCATE ml_training_runs, ml_training_jobs CASCADE`;
  await redis.flushall();
});

const enqueue = (on: Database): Promise<readonly NewJob[]> => {
  const pairs = Array.from({ length: waiting }, (_, i) => ({ strategy_type: 'rl', symbol: `S${i}` }));
  return createRun(on, { trigger: 'schedule', pairs, skipped: [], maxAttempts: 4 }).then((run) => run!.jobs);
};

const rowsOf = async (work: () => Promise<unknown>): Promise<number> =>
  (await during(work)).reduce((sum, { rows }) => sum + rows, 0);

test('a reconciliation looks at each waiting job once, on however many pages', async () => {
  // What the statistics know is a fleet at rest.
  await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, created_at)
    SELECT 'lstm', 'S' || i, 'completed', 'schedule', 4, now() - interval '1 hour' FROM generate_series(1, 3000) i`;
  await sql`ANALYZE ml_training_jobs`;
  await enqueue(sql);
  await reconcile(sql, redis);
  expect(await rowsOf(() => reconcile(sql, redis))).toBeLessThan(waiting + 100);
});

test('a claim, which all others wait for, looks at what runs and at no waiting job', async () => {
  // Autovacuum takes statistics while the run is being made: many pages, and no row in them.
  const autovacuum = connectDatabase(servers.databaseUrl, { applicationName: 'large run test', max: 1 });
  const jobs = await sql.begin(async (transaction) => {
    const made = await enqueue(transaction as unknown as Database);
    await autovacuum`ANALYZE ml_training_jobs`;
    return made;
  });
  await autovacuum.end();
  const claim = ({ job_id: jobId }: NewJob) =>
    claimJob(sql, { jobId, trainerId: 't', maxRunning: 9, leaseSeconds: 60, token: crypto.randomUUID() });
  for (const job of jobs.slice(0, 3)) expect(await rowsOf(() => claim(job))).toBeLessThan(100);
});
