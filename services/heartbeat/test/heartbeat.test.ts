// The heartbeat as an operator sees it: the key in Redis and the health port, of real processes.
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connectDatabase, connectRedis, keys, redisReady } from '@ml-training/core';
import { spawnNode, startPrivateServers, until, type NodeProcess } from '@ml-training/testing';
import type { Heartbeat } from '../src/status.ts';

const servers = await startPrivateServers();
const redis = connectRedis(servers.redis.url, { name: 'heartbeat test', onError: () => undefined });
await redisReady(redis, 60_000);
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await servers.remove();
});

const running = new Set<NodeProcess>();
afterEach(async () => {
  for (const service of running) service.kill('SIGKILL');
  await Promise.all([...running].map((service) => service.exited));
  running.clear();
});

type Service = 'scheduler' | 'trainer' | 'heartbeat' | 'metrics';

function start(service: Service, settings: Record<string, string> = {}): NodeProcess {
  const file = path.join(import.meta.dirname, '../../', service, 'src/main.ts');
  const started = spawnNode(file, {
    env: {
      REDIS_URL: servers.redis.url,
      DATABASE_URL: servers.postgres.url,
      MODEL_DIR: '/nowhere',
      HEALTH_PORT: '0',
      METRICS_PORT: '0',
      ...settings,
    },
  });
  running.add(started);
  return started;
}

const read = async (): Promise<Heartbeat | null> => {
  const text = await redis.get(keys.heartbeat);
  // Written by the service under test; what it holds is what the tests look at.
  return text === null ? null : (JSON.parse(text) as Heartbeat);
};
const heartbeatThat = (what: string, is: (heartbeat: Heartbeat) => boolean) =>
  until(
    async () => {
      const heartbeat = await read();
      return heartbeat !== null && is(heartbeat) && heartbeat;
    },
    { what: `a heartbeat that ${what}` },
  );

describe('GET service:ml_training:heartbeat', () => {
  test('is JSON that expires within 90 seconds, and says what is missing', async () => {
    start('heartbeat');
    const heartbeat = await heartbeatThat('knows itself', ({ roles }) => roles.heartbeat.instances === 1);
    expect(heartbeat).toMatchObject({
      status: 'down',
      problems: ['no scheduler is running', 'no trainer is running', 'no metrics is running'],
      roles: { trainer: { instances: 0, last_beat: null } },
    });
    expect(Math.abs(Date.now() - Date.parse(heartbeat.timestamp))).toBeLessThan(60_000);
    expect(Date.parse(heartbeat.roles.heartbeat.last_beat ?? '')).not.toBeNaN();
    const seconds = await redis.ttl(keys.heartbeat);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(90);
  });

  test('is written again within 30 seconds although nothing changed', async () => {
    start('heartbeat');
    const { timestamp } = await heartbeatThat('knows itself', ({ roles }) => roles.heartbeat.instances === 1);
    const later = await until(
      async () => {
        const heartbeat = await read();
        return heartbeat !== null && heartbeat.timestamp !== timestamp && heartbeat;
      },
      { what: 'a newer heartbeat' },
    );
    expect(Date.parse(later.timestamp) - Date.parse(timestamp)).toBeLessThan(35_000);
    expect(later.problems).toHaveLength(3);
  }, 60_000);

  test('turns healthy when all four run, and down when the last trainer stops', async () => {
    const [, , , trainer] = [start('heartbeat'), start('scheduler'), start('metrics'), start('trainer')];
    const healthy = await heartbeatThat('is healthy', ({ status }) => status === 'healthy');
    expect(healthy.problems).toEqual([]);
    // The page is nothing that training needs.
    expect(Object.values(healthy.roles).map(({ instances }) => instances)).toEqual([1, 1, 1, 1, 0]);
    trainer.kill('SIGTERM');
    await trainer.exited;
    const down = await heartbeatThat('is down', ({ status }) => status === 'down');
    expect(down.problems).toEqual(['no trainer is running']);
    expect(Date.parse(down.roles.trainer.last_beat ?? '')).not.toBeNaN();
  }, 60_000);

  test('is written on while PostgreSQL hangs, and says so', async () => {
    start('heartbeat');
    await heartbeatThat('is there', () => true);
    servers.postgres.pause();
    try {
      const { status } = await heartbeatThat('misses PostgreSQL', ({ problems }) =>
        problems.includes('PostgreSQL does not answer'),
      );
      expect(status).toBe('down');
    } finally {
      servers.postgres.resume();
    }
    await heartbeatThat(
      'has PostgreSQL back',
      ({ problems }) => !problems.includes('PostgreSQL does not answer'),
    );
  }, 60_000);

  test('says which server takes no writes, and is healthy again when it does', async () => {
    const sql = connectDatabase(servers.postgres.url, { applicationName: 'heartbeat test', max: 1 });
    start('heartbeat');
    await heartbeatThat('is there', () => true);
    try {
      // As after a failover: the sessions of this while stay read-only for good.
      await sql`ALTER DATABASE tradebot SET default_transaction_read_only = on`;
      await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'tradebot'
        AND pid <> pg_backend_pid()`;
      const { status, problems } = await heartbeatThat('misses writes', (it) =>
        it.problems.some((problem) => problem.startsWith('PostgreSQL takes no writes')),
      );
      expect(status).toBe('down');
      expect(problems[0]).toMatch(/default_transaction_read_only is on/);
      await sql`ALTER DATABASE tradebot RESET default_transaction_read_only`;
      await heartbeatThat(
        'has writes back',
        (it) => !it.problems.some((problem) => /PostgreSQL/.test(problem)),
      );

      await redis.config('SET', 'maxmemory', '1');
      const full = await heartbeatThat('misses room in Redis', (it) =>
        it.problems.some((problem) => problem.startsWith('Redis is at its maxmemory')),
      );
      expect(full.roles.heartbeat.instances).toBe(1);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
      await sql`ALTER DATABASE tradebot RESET default_transaction_read_only`;
      await sql.end({ timeout: 1 });
    }
    await heartbeatThat('has room back', (it) => !it.problems.some((problem) => /Redis/.test(problem)));
  }, 60_000);

  test('is down, with the remedy, where PostgreSQL refuses the heartbeat and the others', async () => {
    const DATABASE_URL = servers.postgres.url.replace(/:[^:@]*@/, ':wrong@');
    expect(DATABASE_URL).not.toBe(servers.postgres.url);
    start('heartbeat', { DATABASE_URL });
    start('trainer', { DATABASE_URL });
    const heartbeat = await heartbeatThat('tells of both', ({ problems }) =>
      ['PostgreSQL refuses writes', 'trainer can not start'].every((words) =>
        problems.some((problem) => problem.startsWith(words)),
      ),
    );
    expect(heartbeat).toMatchObject({
      status: 'down',
      problems: expect.arrayContaining([
        expect.stringMatching(
          /^PostgreSQL refuses writes: password authentication failed.*correct POSTGRES_USER/,
        ),
        'no trainer is running',
        expect.stringMatching(
          /^trainer can not start: password authentication failed.*correct POSTGRES_USER/,
        ),
      ]),
    });
  }, 60_000);

  test('does not go on saying healthy once the heartbeat service has stopped', async () => {
    const [heartbeat] = [start('heartbeat'), start('scheduler'), start('metrics'), start('trainer')];
    await heartbeatThat('is healthy', ({ status }) => status === 'healthy');
    heartbeat.kill('SIGTERM');
    expect(await heartbeat.exited).toEqual({ code: 0, signal: null });
    expect(await read()).toMatchObject({ status: 'degraded', problems: ['no heartbeat is running'] });
  }, 60_000);

  test('is left to another heartbeat service when one of two stops', async () => {
    const [first] = [start('heartbeat'), start('heartbeat')];
    await heartbeatThat('knows both', ({ roles }) => roles.heartbeat.instances === 2);
    first.kill('SIGTERM');
    await first.exited;
    const heartbeat = await heartbeatThat('knows one', ({ roles }) => roles.heartbeat.instances === 1);
    expect(heartbeat.problems).not.toContain('no heartbeat is running');
  }, 60_000);

  test('comes back after Redis was killed and lost everything', async () => {
    start('heartbeat');
    await heartbeatThat('is there', () => true);
    await servers.redis.kill();
    await servers.redis.restart();
    await redisReady(redis, 60_000);
    await redis.flushall();
    await heartbeatThat('is there again', () => true);
  }, 60_000);
});

test('the health port: alive always, ready while both servers answer', async () => {
  const service = start('heartbeat');
  const { health_port: port } = JSON.parse(await service.waitForLine(/"msg":"starting"/)) as {
    health_port: number;
  };
  const status = async (what: 'livez' | 'readyz'): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/${what}`)).status;
  const ready = (code: number) =>
    until(async () => (await status('readyz')) === code, { what: `/readyz to answer ${code}` });

  expect(await status('livez')).toBe(200);
  await ready(200);
  for (const server of [servers.redis, servers.postgres]) {
    server.pause();
    try {
      await ready(503);
      const reason = await (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
      expect(reason).toMatch(
        server === servers.redis ? /^Redis does not answer/ : /^PostgreSQL does not answer/,
      );
      expect(await status('livez')).toBe(200);
    } finally {
      server.resume();
    }
    await ready(200);
  }
  // One that answers, but takes no writes.
  const reason = () =>
    until(
      async () => {
        const response = await fetch(`http://127.0.0.1:${port}/readyz`);
        return response.status === 503 && (await response.text());
      },
      { what: 'not to be ready' },
    );
  await redis.replicaof('127.0.0.1', 1);
  try {
    expect(await reason()).toBe('Redis takes no writes: it is a replica; REDIS_URL must name the master\n');
  } finally {
    await redis.replicaof('NO', 'ONE');
  }
  await ready(200);
}, 60_000);
