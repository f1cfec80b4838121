// What the simulation decides where the fleet's decision is SQL or Lua is what those decide: side by side, on real
// servers.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import {
  claimJob,
  connectDatabase,
  connectRedis,
  jobEntry,
  keys,
  migrate,
  putInOrder,
  redisReady,
  take,
} from '@ml-training/core';
import { startServers } from '@ml-training/testing';
import { createRandom } from '../../../packages/strategies/src/random.ts';
import { claimOutcome, type ClaimedRow } from '../model/claim.ts';
import { WaitingList } from '../model/waiting.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'simulate test' });
const redis = connectRedis(servers.redisUrl, { name: 'simulate test', onError: () => undefined });
await redisReady(redis, 60_000);
await migrate(sql);
afterAll(async () => {
  redis.disconnect();
  await sql.end({ timeout: 1 });
  await servers.stop();
});
beforeEach(async () => {
  await sql`TRUNCATE ml_training_runs, ml_training_jobs CASCADE`;
  await redis.flushall();
});

const statuses = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;

test('a claim is answered as ml_training_claim answers it', async () => {
  const rows = statuses.flatMap((status) =>
    [null, -60, 3600].map((retryAt): ClaimedRow => ({
      status,
      retryAt: status === 'queued' ? retryAt : null,
    })),
  );
  for (const others of [0, 2]) {
    await sql`TRUNCATE ml_training_jobs CASCADE`;
    for (let i = 0; i < others; i++) await insert(`other ${i}`, { status: 'running', retryAt: null });
    for (const [i, row] of rows.entries()) {
      const jobId = await insert(`S${i}`, row);
      const running = others + (row.status === 'running' ? 1 : 0);
      const request = { jobId, trainerId: 't', maxRunning: 2, leaseSeconds: 60, token: randomUUID() };
      const { outcome } = await claimJob(sql, request);
      expect([row, outcome]).toEqual([row, claimOutcome(row, { now: 0, running, maxRunning: 2 })]);
      await sql`DELETE FROM ml_training_jobs WHERE job_id = ${jobId}`;
    }
  }
  const request = {
    jobId: randomUUID(),
    trainerId: 't',
    maxRunning: 9,
    leaseSeconds: 60,
    token: randomUUID(),
  };
  expect((await claimJob(sql, request)).outcome).toBe(
    claimOutcome(undefined, { now: 0, running: 0, maxRunning: 9 }),
  );
});

/** retryAt in seconds from now. */
async function insert(symbol: string, { status, retryAt }: ClaimedRow): Promise<string> {
  const [row] = await sql<[{ job_id: string }]>`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, retry_at, lease_token, lease_expires_at)
    VALUES ('lstm', ${symbol}, ${status}, 'tick', 4,
      ${retryAt === null ? null : sql`now() + make_interval(secs => ${retryAt})`},
      ${status === 'running' ? randomUUID() : null}, ${status === 'running' ? sql`now() + interval '1 hour'` : null})
    RETURNING job_id`;
  return row.job_id;
}

test('entries are taken in the order in which the queue’s scripts have them taken', async () => {
  const random = createRandom(7);
  const list = new WaitingList();
  const triggers = ['schedule', 'manual', 'tick'] as const;
  for (let step = 0; step < 300; step++) {
    if (random.next() < 0.6) {
      const trigger = triggers[Math.floor(3 * random.next())]!;
      const entry = jobEntry({ job_id: randomUUID(), strategy_type: 'lstm', symbol: `S${step}`, trigger });
      list.push(entry);
      await redis.lpush(keys.queue, entry);
      await putInOrder(redis);
    } else {
      const expected = list.take();
      if (expected === undefined) continue;
      const taken = await take(redis, 'one', 1);
      expect(taken?.toString()).toBe(expected);
      if (random.next() < 0.3) {
        list.putBack(expected);
        await redis.lpop(keys.processing('one'));
        await redis.rpush(keys.queue, expected);
      } else await redis.del(keys.processing('one'));
    }
    expect(await redis.llen(keys.queue)).toBe(list.length);
  }
});
