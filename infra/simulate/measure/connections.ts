import path from 'node:path';
import { connectDatabase, pause, type Database } from '@ml-training/core';
import { spawnNode } from '@ml-training/testing';
import { root } from '../../bench/harness/paths.ts';
import { jobsOf, startJobLab } from './jobs.ts';

const others = ['scheduler', 'heartbeat', 'metrics', 'dashboard'] as const;
const lookEveryMs = 100;

/** The most connections that each kind of process has at a time, while one trainer trains. */
export async function measureConnections(folder: string): Promise<Readonly<Record<string, number>>> {
  const lab = await startJobLab(folder, 3);
  const sql = connectDatabase(lab.urls.database, { applicationName: 'simulate', max: 1 });
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
    await Promise.all(services.map((service) => service.waitForLine(/"ready"/)));
    const most: Record<string, number> = {};
    const trained = new AbortController();
    const watching = (async () => {
      while (!trained.signal.aborted) {
        for (const [role, count] of await countNow(sql)) most[role] = Math.max(most[role] ?? 0, count);
        await pause(lookEveryMs, trained.signal);
      }
    })();
    await lab.train(jobsOf('lstm', 3), { trainers: 1, env: { TRAINING_THREADS: '1' } });
    trained.abort();
    await watching;
    return most;
  } finally {
    for (const service of services) service.kill('SIGKILL');
    await Promise.all(services.map((service) => service.exited));
    await sql.end({ timeout: 1 });
    await lab.end();
  }
}

/**
 * Whose a connection is PostgreSQL knows by the name that it was given, `ml_training trainer HOST-…`. That of a
 * duty's own says the duty instead.
 */
async function countNow(sql: Database): Promise<Map<string, number>> {
  const rows = await sql<{ name: string }[]>`
    SELECT application_name AS name FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()`;
  const counts = new Map<string, number>();
  for (const { name } of rows) counts.set(roleOf(name), 1 + (counts.get(roleOf(name)) ?? 0));
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
