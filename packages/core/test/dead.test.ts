// Dead entries against a real Redis: what goes back into the queue, and how often.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { startServers } from '@ml-training/testing';
import { connectRedis, deadEntries, keys, redisReady, requeueDead } from '../src/index.ts';

const servers = await startServers();
const redis = connectRedis(servers.redisUrl, { name: 'dead test', onError: () => undefined });
await redisReady(redis, 60_000);
afterAll(async () => {
  redis.disconnect();
  await servers.stop();
});
beforeEach(() => redis.flushall());

const wish = '{"strategy_type": "lstm",   "symbol": "GOOG"}';
const record = (payload: string, reason = 'r') =>
  JSON.stringify({ at: '2026-01-01T00:00:00.000Z', reason, payload });
const none = () => Promise.resolve(new Set<string>());

test('an entry goes back once, byte for byte, however many ask for it at once', async () => {
  await redis.lpush(keys.dead, record(wish), record('other'));
  const { entries } = await deadEntries(redis, none, 10);
  const { id } = entries.find(({ payload }) => payload === wish)!;
  // Of one connection: all have read the list before the first of them changes it.
  const asked = await Promise.all(Array.from({ length: 10 }, () => requeueDead(redis, none, id)));
  expect(asked.filter(({ requeued }) => requeued.length === 1)).toHaveLength(1);
  expect(await redis.lrange(keys.queue, 0, -1)).toEqual([wish]);
  expect(await redis.llen(keys.dead)).toBe(1);
});

test('all go back in the order in which they came, save those that no trainer could use', async () => {
  const job = crypto.randomUUID();
  const gone = crypto.randomUUID();
  const known = () => Promise.resolve(new Set([job]));
  const other = '{"strategy_type":"rl","symbol":"SP500"}';
  await redis.lpush(
    keys.dead,
    record(wish),
    record('x'),
    record(`{"job_id":"${job}"}`),
    record(`{"job_id":"${gone}"}`),
    record(other),
  );
  const { requeued, refused } = await requeueDead(redis, known, null);
  expect(requeued).toHaveLength(3);
  expect(refused.map(({ reason }) => reason)).toEqual([
    'no job can be made of it: not JSON',
    'no job has its job_id',
  ]);
  // Taken from the right.
  expect(await redis.lrange(keys.queue, 0, -1)).toEqual([other, `{"job_id":"${job}"}`, wish]);
  expect(await redis.llen(keys.dead)).toBe(2);
});

test('what was cut when it was kept is not put back', async () => {
  await redis.lpush(
    keys.dead,
    record(`{"strategy_type":"lstm","symbol":"GOOG","more":"${'x'.repeat(2000)}`.slice(0, 1000)),
  );
  expect(await requeueDead(redis, none, null)).toMatchObject({
    requeued: [],
    refused: [{ reason: expect.stringMatching(/not JSON/) }],
  });
});
