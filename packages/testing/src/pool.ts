import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { Redis } from 'ioredis';
import { startBackend, type Backend, type RedisServer } from './backend.ts';
import type { TestServers } from './servers.ts';

export type Lease = Omit<TestServers, 'stop'> & { readonly id: string };

/** One PostgreSQL server with a database a lease, and as many Redis servers as there are leases at a time. */
export interface Pool {
  take(): Promise<Lease>;
  giveBack(id: string): Promise<void>;
  close(): Promise<void>;
}

interface Started {
  readonly backend: Backend;
  readonly sql: postgres.Sql;
}

/** Starts nothing before the first take(). */
export function openPool(): Pool {
  let starting: Promise<Started> | undefined;
  const start = async (): Promise<Started> => {
    const backend = await startBackend();
    const sql = postgres(backend.postgresUrl, { max: 1, onnotice: () => undefined });
    return { backend, sql };
  };
  const idle: RedisServer[] = [];
  const taken = new Map<string, RedisServer>();

  return {
    take: async () => {
      const { backend, sql } = await (starting ??= start());
      const id = `test_${randomUUID().replaceAll('-', '')}`;
      const [redis] = await Promise.all([
        freshRedis(idle.pop() ?? (await backend.startRedis())),
        // template0: TimescaleDB's workers keep other templates busy.
        sql`CREATE DATABASE ${sql(id)} TEMPLATE template0`,
      ]);
      taken.set(id, redis);
      const databaseUrl = new URL(backend.postgresUrl);
      databaseUrl.pathname = `/${id}`;
      const { kind, hasTimescale } = backend;
      return { id, kind, hasTimescale, databaseUrl: databaseUrl.href, redisUrl: redis.url };
    },
    giveBack: async (id) => {
      const redis = taken.get(id);
      if (!redis || !starting) return;
      taken.delete(id);
      idle.push(redis);
      const { sql } = await starting;
      await sql`DROP DATABASE ${sql(id)} WITH (FORCE)`;
    },
    close: async () => {
      const started = await starting?.catch(() => undefined); // Whoever asked has been told why.
      if (!started) return;
      const { backend, sql } = started;
      await sql.end({ timeout: 1 });
      await backend.stop();
    },
  };
}

/**
 * Empties the server and locks out whatever the lease before
 * has left running: it would take jobs off this one's queue.
 */
async function freshRedis({ url }: RedisServer): Promise<RedisServer> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null });
  await redis.connect();
  const password = randomUUID();
  await redis.config('SET', 'requirepass', password);
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await redis.flushall();
  redis.disconnect();
  const fresh = new URL(url);
  fresh.password = password;
  return { url: fresh.href };
}
