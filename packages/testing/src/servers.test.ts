import { existsSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { startPrivateServers, startServers } from './index.ts';

const mine = await startServers();
const theirs = await startServers();
afterAll(() => Promise.all([mine.stop(), theirs.stop()]));

const opened: Redis[] = [];
const bases: postgres.Sql[] = [];
afterEach(async () => {
  for (const redis of opened.splice(0)) if (redis.status !== 'end') redis.disconnect();
  await Promise.all(bases.splice(0).map((sql) => sql.end({ timeout: 0 })));
});

async function redisAt(url: string): Promise<Redis> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null });
  let reason: Error | undefined;
  redis.on('error', (error: Error) => (reason = error));
  opened.push(redis);
  await redis.connect().catch((error: unknown) => {
    throw reason ?? error;
  });
  return redis;
}

function database(url: string): postgres.Sql {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  bases.push(sql);
  return sql;
}

test('two files have two databases', async () => {
  await database(mine.databaseUrl)`CREATE TABLE bars (n int)`;
  await expect(database(theirs.databaseUrl)`SELECT * FROM bars`).rejects.toThrow(/"bars" does not exist/);
});

test('two files have two Redis servers: FLUSHALL and channels of one do not reach the other', async () => {
  const [a, b] = [await redisAt(mine.redisUrl), await redisAt(theirs.redisUrl)];
  await a.lpush('ml_training_queue', 'job');
  await b.flushall();
  expect(await a.llen('ml_training_queue')).toBe(1);
  await a.subscribe('ml_training_models');
  expect(await b.publish('ml_training_models', 'model')).toBe(0);
});

test('hasTimescale says whether the extension can be created', async () => {
  const available = await database(
    mine.databaseUrl,
  )`SELECT FROM pg_available_extensions WHERE name = 'timescaledb'`;
  expect(available.length === 1).toBe(mine.hasTimescale);
  if (mine.hasTimescale) await database(mine.databaseUrl)`CREATE EXTENSION timescaledb`;
});

test('after stop() the database is gone, and what still knows the Redis URL is locked out of its next use', async () => {
  const first = await startServers();
  const leftOpen = await redisAt(first.redisUrl);
  await leftOpen.set('left', 'behind');
  await first.stop();
  await expect(database(first.databaseUrl)`SELECT 1`).rejects.toThrow(/does not exist/);

  const second = await startServers();
  expect(new URL(second.redisUrl).port).toBe(new URL(first.redisUrl).port);
  await expect(leftOpen.get('left')).rejects.toThrow(/closed|ECONNRESET|EPIPE/);
  await expect(redisAt(first.redisUrl)).rejects.toThrow(/WRONGPASS/);
  expect(await (await redisAt(second.redisUrl)).dbsize()).toBe(0);
  await second.stop();
});

test('private servers are nobody else’s, and leave nothing behind', async () => {
  const servers = await startPrivateServers();
  const sql = database(servers.postgres.url);
  const [setting] = await sql<{ folder: string }[]>`SELECT current_setting('data_directory') AS folder`;
  expect(existsSync(setting?.folder ?? '')).toBe(true);
  expect(await (await redisAt(servers.redis.url)).dbsize()).toBe(0);
  await servers.remove();
  expect(existsSync(setting?.folder ?? '')).toBe(false);
  await expect(redisAt(servers.redis.url)).rejects.toThrow(/ECONNREFUSED/);
});
