// Redis at its maxmemory, where every command that may take more is refused: what waits is still taken, and
// whoever lives still seen to live.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { startServers } from '@ml-training/testing';
import {
  acknowledge,
  bury,
  connectDatabase,
  connectRedis,
  exchange,
  requeue,
  keys,
  liveInstances,
  migrate,
  publishHeartbeat,
  push,
  queueLength,
  reconcile,
  redisReady,
  returnAll,
  take,
} from '../src/index.ts';
import { beat, lastBeat } from '../src/service/beat.ts';

const servers = await startServers();
const redis = connectRedis(servers.redisUrl, { name: 'full test', onError: () => undefined });
await redisReady(redis, 60_000);
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'full test', max: 1 });
const fill = (bytes: '1' | '0') => redis.config('SET', 'maxmemory', bytes);
beforeEach(async () => {
  await fill('0');
  await redis.flushall();
});
afterAll(async () => {
  await fill('0');
  redis.disconnect();
  await sql.end({ timeout: 1 });
  await servers.stop();
});

test('the queue drains: taken, given back, buried, returned, forgotten', async () => {
  const garbage = Buffer.from([0xff, 0x00, 0xfe]);
  for (const entry of ['a', 'b', 'c']) await push(redis, [entry]);
  await redis.rpush(keys.queue, garbage);
  await fill('1');
  await expect(redis.rpush('anything', 'more')).rejects.toThrow('OOM');
  await expect(push(redis, ['d'])).rejects.toThrow('OOM');

  const first = await take(redis, 't1', 1);
  expect(first).toEqual(garbage);
  await bury(redis, 't1', first!, 'no job');
  expect(await redis.llen(keys.dead)).toBe(1);

  const second = await take(redis, 't1', 1);
  expect(String(second)).toBe('a');
  // Taken again, as one whose reply got lost.
  expect(await take(redis, 't1', 1)).toEqual(second);
  expect(await exchange(redis, 't1', second!, Buffer.from('a longer one'))).toBe(true);
  expect(await exchange(redis, 't1', Buffer.from('a longer one'), second!)).toBe(true);
  await requeue(redis, 't1', second!);
  expect(await queueLength(redis)).toBe(3);
  expect(await take(redis, 't1', 1)).toEqual(second);
  expect(await returnAll(redis, 't1')).toBe(1);

  const drained: string[] = [];
  for (let entry = await take(redis, 't2', 1); entry !== null; entry = await take(redis, 't2', 0.01)) {
    drained.push(String(entry));
    await acknowledge(redis, 't2', entry);
  }
  expect(drained).toEqual(['a', 'b', 'c']);
  expect(await redis.keys('ml_training_processing:*')).toEqual([]);
});

test('a trainer with nothing to take asks once in the time that it would have waited', async () => {
  await fill('1');
  const began = performance.now();
  expect(await take(redis, 't1', 0.5)).toBeNull();
  expect(performance.now() - began).toBeGreaterThanOrEqual(490);
  // A stop ends the wait.
  const stop = new AbortController();
  const taken = take(redis, 't1', 60, stop.signal);
  stop.abort();
  expect(await taken).toBeNull();
});

test('beats and the heartbeat go on', async () => {
  await fill('1');
  await beat(redis, 'trainer', 't1');
  await beat(redis, 'trainer', 't1');
  expect(await liveInstances(redis)).toMatchObject([{ role: 'trainer', instance: 't1' }]);
  await lastBeat(redis, 'trainer', 't1');
  expect(await liveInstances(redis)).toEqual([]);
  await publishHeartbeat(redis, '{"status":"degraded"}', 90);
  expect(await redis.get(keys.heartbeat)).toBe('{"status":"degraded"}');
  expect(await redis.ttl(keys.heartbeat)).toBeGreaterThan(80);
});

test('a job that can not be pushed keeps no other duty of the reconciler', async () => {
  await migrate(sql);
  await sql`INSERT INTO ml_training_runs (trigger) VALUES ('manual')`;
  await sql`INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts) VALUES ('lstm', 'A',
    'manual', 1)`;
  await push(redis, ['an entry']);
  await take(redis, 'gone', 1);
  await fill('1');
  await expect(reconcile(sql, redis)).rejects.toThrow('OOM');
  expect(await queueLength(redis)).toBe(1);
  expect(await sql`SELECT finished_at IS NOT NULL AS finished FROM ml_training_runs`).toEqual([
    { finished: true },
  ]);
  expect(await sql`SELECT reason, count::int FROM ml_training_recoveries`).toEqual([
    { reason: 'trainer_gone', count: 1 },
  ]);
});
