import path from 'node:path';
import { connectDatabase, connectRedis, redisReady, type Database, type Redis } from '@ml-training/core';
import { spawnNode } from '@ml-training/testing';
import { root } from '../../bench/harness/paths.ts';
import type { Connections } from '../facts.ts';
import { jobsOf, startJobLab } from './jobs.ts';

const others = ['scheduler', 'heartbeat', 'metrics', 'dashboard'] as const;
const lookEveryMs = 100;

/** The most connections that each kind of process has at a time, while one trainer trains. */
export async function measureConnections(folder: string): Promise<Readonly<Record<string, Connections>>> {
  const lab = await startJobLab(folder, 3);
  const sql = connectDatabase(lab.urls.database, { applicationName: 'simulate', max: 1 });
  const redis = connectRedis(lab.urls.redis, { name: 'simulate', onError: () => undefined });
  const services = others.map((role) =>
    spawnNode(path.join(root, `services/${role}/src/main.ts`), {
      cwd: root,
      env: {
        REDIS_URL: lab.urls.redis,
        DATABASE_URL: lab.urls.database,
        HEALTH_PORT: '0',
        HTTP_PORT: '0',
        METRICS_PORT: '0',
      },
    }),
  );
  try {
    await redisReady(redis, 5000);
    await Promise.all(services.map((service) => service.waitForLine(/"ready"/)));
    const most: Record<string, { postgres: number; redis: number }> = {};
    const trained = new AbortController();
    const watching = (async () => {
      while (!trained.signal.aborted) {
        for (const [role, { postgres, redis: ofRedis }] of await countNow(sql, redis)) {
          const before = most[role] ?? { postgres: 0, redis: 0 };
          most[role] = {
            postgres: Math.max(before.postgres, postgres),
            redis: Math.max(before.redis, ofRedis),
          };
        }
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      }
    })();
    await lab.train(jobsOf('lstm', 3), { trainers: 1, env: { TRAINING_THREADS: '1' } });
    trained.abort();
    await watching;
    return most;
  } finally {
    for (const service of services) service.kill('SIGKILL');
    await Promise.all(services.map((service) => service.exited));
    redis.disconnect();
    await sql.end({ timeout: 1 });
    await lab.end();
  }
}

/**
 * Whose connection one is PostgreSQL and Redis know by the name that it was given: `trainer HOST-…`,
 * `training JOB`. What has none of a service is of a duty's own, which says so instead.
 */
async function countNow(sql: Database, redis: Redis): Promise<Map<string, Connections>> {
  const rows = await sql<{ name: string }[]>`
    SELECT application_name AS name FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()`;
  const clients = String(await redis.client('LIST')).split('\n');
  const names = clients.flatMap((line) => / name=(\S+)/.exec(line)?.[1] ?? []);
  const counts = new Map<string, { postgres: number; redis: number }>();
  const add = (role: string, server: 'postgres' | 'redis'): void => {
    const count = counts.get(role) ?? { postgres: 0, redis: 0 };
    count[server]++;
    counts.set(role, count);
  };
  for (const { name } of rows) add(roleOf(name), 'postgres');
  for (const name of names) add(roleOf(name), 'redis');
  return counts;
}

/** Duties with connections of their own, by the words that boundedDatabase is given. */
const duties: readonly (readonly [role: string, words: RegExp])[] = [
  ['scheduler', /reconciling|cleaning up|starting a due run|webhooks/],
  ['metrics', /collecting the metrics|rolling the metrics up/],
  ['heartbeat', /looking at the last trainings/],
  ['trainer', /live scores|tuning/],
];

const roleOf = (name: string): string =>
  /^ml_training[ :](scheduler|heartbeat|metrics|dashboard|trainer|training)\b/.exec(name)?.[1] ??
  duties.find(([, words]) => words.test(name))?.[0] ??
  'other';
