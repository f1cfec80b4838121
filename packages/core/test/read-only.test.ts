// Servers that answer and yet are of no use: read-only, a replica, a part of a cluster, without the fleet's
// tables.
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { startPrivateRedis, startProxy, startServers, until } from '@ml-training/testing';
import {
  connectDatabase,
  connectProbe,
  connectRedis,
  databaseTrouble,
  keys,
  migrate,
  push,
  queueLength,
  redisReady,
  redisTrouble,
  type Database,
  type Redis,
} from '../src/index.ts';
import { ownConnection } from '../src/database/connect.ts';

const servers = await startServers();
const admin = connectDatabase(servers.databaseUrl, { applicationName: 'admin', max: 1 });
const database = new URL(servers.databaseUrl).pathname.slice(1);
/**
 * Sessions that begin meanwhile stay read-only for good, as those that a failover has left on the old
 * primary.
 */
const newSessions = (kind: 'read-only' | 'as ever') =>
  kind === 'read-only'
    ? admin`ALTER DATABASE ${admin(database)} SET default_transaction_read_only = on`
    : admin`ALTER DATABASE ${admin(database)} RESET default_transaction_read_only`;
await admin`SELECT 1`;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await admin.end({ timeout: 1 });
  await servers.stop();
});

describe('a PostgreSQL session that is read-only for good', () => {
  const pool = (max: number): Database => {
    const sql = connectDatabase(servers.databaseUrl, { applicationName: 'read-only test', max });
    closing.push(() => sql.end({ timeout: 0 }));
    return sql;
  };
  test.each([
    ['of a pool', () => pool(1)],
    [
      'of a connection of its own',
      () => {
        const own = ownConnection(pool(1));
        closing.push(() => own.end({ timeout: 0 }));
        return own;
      },
    ],
  ])('%s is given up by the first write, and the next one has another', async (_, open) => {
    const sql = open();
    await newSessions('read-only');
    try {
      await sql`SELECT 1`;
    } finally {
      await newSessions('as ever');
    }
    const write = () => sql`CREATE TABLE IF NOT EXISTS written (at timestamptz)`;
    await expect(write()).rejects.toMatchObject({ code: '25006' });
    await write();
  });

  test('is left as soon as its queries are answered, none of them lost', async () => {
    const sql = pool(1);
    await newSessions('read-only');
    try {
      await sql`SELECT 1`;
    } finally {
      await newSessions('as ever');
    }
    const results = await Promise.allSettled([
      sql`CREATE TABLE IF NOT EXISTS written (at timestamptz)`,
      sql`SELECT 2 AS two`,
      sql`SELECT 3 AS three`,
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });
});

const open = async (url: string): Promise<Redis> => {
  const redis = connectRedis(url, { name: 'read-only test', onError: () => undefined });
  closing.push(() => redis.disconnect());
  await redisReady(redis, 60_000);
  return redis;
};
const startRedis = async (settings: readonly string[] = []) => {
  const server = await startPrivateRedis({ appendOnly: false, settings });
  closing.push(() => server.remove());
  return server;
};

test('after a failover that keeps connections, Redis commands go to the new master, none twice', async () => {
  const [before, after] = [await startRedis(), await startRedis()];
  const [old, master] = [await open(before.url), await open(after.url)];
  // One address and one password for both, as fleets have.
  const { password } = new URL(before.url);
  await master.config('SET', 'requirepass', password);
  const proxy = await startProxy(before.port);
  closing.push(() => proxy.stop());
  const redis = await open(proxy.via(before.url));
  expect(await push(redis, ['a'])).toBe(1);

  await old.config('SET', 'masterauth', password);
  await old.replicaof('127.0.0.1', after.port);
  proxy.leadTo(after.port);
  await expect(push(redis, ['b'])).rejects.toThrow('READONLY');
  await until(() => push(redis, ['c']), { what: 'a push to the new master' });
  expect(await master.lrange(keys.queue, 0, -1)).toEqual(['c']);
  expect(await queueLength(redis)).toBe(1);
});

describe('what is wrong is said, and what to do', () => {
  test('of PostgreSQL', async () => {
    const sql = connectProbe(servers.databaseUrl, 'read-only test');
    closing.push(() => sql.end({ timeout: 0 }));
    expect(await databaseTrouble(sql, 'test')).toMatchObject({
      kind: 'useless',
      what: 'PostgreSQL lacks tables of the fleet',
    });
    await migrate(admin);
    expect(await databaseTrouble(sql, 'test')).toBeNull();
    await newSessions('read-only');
    try {
      const fresh = connectProbe(servers.databaseUrl, 'read-only test');
      closing.push(() => fresh.end({ timeout: 0 }));
      expect(await databaseTrouble(fresh, 'test')).toEqual({
        server: 'PostgreSQL',
        kind: 'useless',
        what: 'PostgreSQL takes no writes',
        more: 'default_transaction_read_only is on for this server, database or user; set it off there',
      });
    } finally {
      await newSessions('as ever');
    }
    // However often it is looked, by however many, there is one row a name.
    await Promise.all([databaseTrouble(sql, 'test'), databaseTrouble(admin, 'test')]);
    expect(await admin`SELECT name FROM ml_training_probes`).toEqual([{ name: 'test' }]);
  });

  test('of Redis', async () => {
    const server = await startRedis();
    const redis = await open(server.url);
    expect(await redisTrouble(redis, 'test')).toBeNull();
    expect(await redis.ttl(keys.probe('test'))).toBeGreaterThan(0);

    await redis.config('SET', 'maxmemory', '1');
    expect(await redisTrouble(redis, 'test')).toMatchObject({
      kind: 'full',
      what: 'Redis is at its maxmemory',
    });
    await redis.config('SET', 'maxmemory', '0');

    await redis.replicaof('127.0.0.1', 1);
    const replica = {
      kind: 'useless',
      what: 'Redis takes no writes',
      more: 'it is a replica; REDIS_URL must name the master',
    };
    expect(await redisTrouble(redis, 'test')).toMatchObject(replica);
    await redis.config('SET', 'replica-read-only', 'no');
    expect(await redisTrouble(redis, 'test')).toMatchObject(replica);

    await server.kill();
    expect(await redisTrouble(redis, 'test')).toMatchObject({
      kind: 'silent',
      what: 'Redis does not answer',
    });
  });

  test('of a Redis that is a cluster', async () => {
    const redis = await open((await startRedis(['cluster-enabled yes'])).url);
    expect(await redisTrouble(redis, 'test')).toMatchObject({ kind: 'useless', what: 'Redis is a cluster' });
  });
});
