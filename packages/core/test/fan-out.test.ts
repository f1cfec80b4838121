// Many jobs at once: put into the queue in few calls and in their order, none of them twice, and found again
// when it is lost.
import { beforeEach, expect, test } from '@jest/globals';
import { until } from '@ml-training/testing';
import {
  connectRedis,
  createRun,
  jobEntry,
  keys,
  pushJobs,
  reconcile,
  redisReady,
  type NewJob,
} from '../src/index.ts';
import { startLab } from './lab.ts';

const { servers, sql, redis } = await startLab('fan-out test');

let jobs: readonly NewJob[] = [];
beforeEach(async () => {
  await sql`TRUNCATE ml_training_runs, ml_training_jobs CASCADE`;
  await redis.flushall();
  // Neither a whole number of pages nor of batches.
  const pairs = Array.from({ length: 3456 }, (_, i) => ({
    strategy_type: 'lstm' as const,
    symbol: `S${String(i).padStart(5, '0')}`,
  }));
  const run = await createRun(sql, { trigger: 'manual', pairs, skipped: [], maxAttempts: 3 });
  jobs = run!.jobs;
  expect(jobs.map(({ symbol }) => symbol)).toEqual(pairs.map(({ symbol }) => symbol));
});

/** As they will be taken. */
const queued = async () => (await redis.lrange(keys.queue, 0, -1)).reverse();
/** How many commands Redis has carried out, also for scripts, since the count began; by name. */
const commandsDuring = async (work: () => Promise<unknown>): Promise<(name: string) => number> => {
  await redis.config('RESETSTAT');
  await work();
  const stats = await redis.info('commandstats');
  return (name) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
};

test('jobs are pushed in their order, in a few calls, each of which reads the queue once', async () => {
  const calls = await commandsDuring(() => pushJobs(redis, jobs));
  expect(await queued()).toEqual(jobs.map(jobEntry));
  expect(calls('eval')).toBe(4);
  // Looking for each entry by itself took 7 of the 8 s of a run of 30,000 jobs.
  expect(calls('lpos')).toBe(0);
  expect(calls('lrange')).toBeLessThanOrEqual(1 + 2 + 3 + 4);
});

test('what is pushed again, as a reply was lost, is there once; what others have pushed stays', async () => {
  await redis.lpush(keys.queue, '{"strategy_type": "rl", "symbol": "GOOG"}', jobEntry(jobs[7]!));
  await pushJobs(redis, jobs.slice(0, 2000));
  await pushJobs(redis, jobs);
  const entries = await queued();
  expect(entries).toHaveLength(jobs.length + 1);
  expect(new Set(entries).size).toBe(entries.length);
});

test('a push that is cut off is gone on with by the reconciler', async () => {
  const pusher = connectRedis(servers.redisUrl, { name: 'pusher', onError: () => undefined });
  await redisReady(pusher, 60_000);
  const id = await pusher.client('ID');
  const pushing = pushJobs(pusher, jobs).catch(() => 'cut off');
  await until(async () => (await redis.llen(keys.queue)) > 0, { what: 'the first batch', everyMs: 1 });
  await redis.client('KILL', 'ID', id);
  await pushing;
  pusher.disconnect();
  const { pushed } = await reconcile(sql, redis);
  const entries = await queued();
  expect(entries.toSorted()).toEqual(jobs.map(jobEntry).toSorted());
  expect(pushed).toBeLessThan(jobs.length);
});

test('a queue that is lost is rebuilt in its order, without the jobs that wait for their retry', async () => {
  await pushJobs(redis, jobs);
  await sql`
    UPDATE ml_training_jobs SET retry_at = now() + CASE WHEN symbol = 'S00001' THEN interval '1 hour'
      ELSE '-1 hour' END
    WHERE symbol IN ('S00001', 'S00002')`;
  // Older, and younger by less than a millisecond than what comes before it.
  await sql`UPDATE ml_training_jobs SET created_at = created_at - interval '1 hour' WHERE symbol = 'S03000'`;
  await sql`UPDATE ml_training_jobs SET created_at = created_at + interval '1 microsecond'
    WHERE symbol = 'S00003'`;
  await redis.flushall();
  const calls = await commandsDuring(async () => {
    expect(await reconcile(sql, redis)).toMatchObject({ pushed: jobs.length - 1 });
  });
  const bySymbol = (symbol: string) => jobEntry(jobs.find((job) => job.symbol === symbol)!);
  const moved = ['S00001', 'S00003', 'S03000'];
  const others = jobs.filter(({ symbol }) => !moved.includes(symbol)).map(jobEntry);
  expect(await queued()).toEqual([bySymbol('S03000'), ...others, bySymbol('S00003')]);
  expect(calls('eval')).toBeLessThanOrEqual(5);
  expect(await reconcile(sql, redis)).toMatchObject({ pushed: 0 });
});

test('a queue that is whole is only read, in pieces', async () => {
  await pushJobs(redis, jobs);
  const calls = await commandsDuring(async () => {
    expect(await reconcile(sql, redis)).toMatchObject({ pushed: 0 });
  });
  expect(calls('lrange')).toBe(4);
  expect(calls('lpush')).toBe(0);
});
