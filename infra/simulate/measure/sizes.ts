import {
  connectDatabase,
  connectRedis,
  createLog,
  keys,
  loadConfig,
  migrate,
  nextEntries,
  nextTick,
  reconcile,
  redisReady,
  requeue,
  scheduleOf,
  take,
  type Database,
  type Redis,
} from '@ml-training/core';
import { startPrivateServers, type PrivateServers } from '@ml-training/testing';
import { readLastTrainings } from '../../../services/heartbeat/src/last-trainings.ts';
import { createExporter } from '../../../services/metrics/src/prometheus.ts';
import { rollUp } from '../../../services/metrics/src/roll-up.ts';
import { enqueueDueRun } from '../../../services/scheduler/src/enqueue-run.ts';
import { withDashboard } from '../../bench/harness/dashboard.ts';
import type { AtSize, Took } from '../facts.ts';
import { seedPairs } from './pairs.ts';
import { secondsOfChildren } from './processor.ts';
import type { Trained } from './trained-model.ts';

const patienceMs = 60_000;
/** What a screen of the dashboard waits for. */
const answers = [
  'outlook',
  'queue',
  'jobs',
  'champions',
  'models/pairs',
  'symbols',
  'runs',
  'attention',
] as const;

/** What the services' duties take once there are so many pairs, and a run of all of them has been started. */
export async function measureSize(
  pairs: number,
  trained: Trained,
  say: (line: string) => void,
): Promise<AtSize> {
  const servers = await startPrivateServers();
  const options = { applicationName: 'simulate', max: 4, silenceMs: 600_000 };
  const sql = connectDatabase(servers.postgres.url, options);
  const redis = connectRedis(servers.redis.url, { name: 'simulate', onError: () => undefined });
  try {
    await redisReady(redis, 5000);
    await migrate(sql);
    await seedPairs(sql, pairs, trained);
    const took: Record<string, Took | null> = {};
    const figures: Record<string, number> = {};
    const clock = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      const one = await timed(work);
      took[what] = one;
      const words = one === null ? 'failed' : `${one.ms.toFixed(1)} ms, processor ${one.cpuMs.toFixed(0)} ms`;
      say(`${pairs} pairs: ${what}: ${words}`);
    };
    await duties({ sql, redis }, clock, figures);
    await screens(servers, clock);
    return { pairs, took, figures };
  } finally {
    redis.disconnect();
    await sql.end({ timeout: 1 });
    await servers.remove();
  }
}

type Clock = (what: string, work: () => Promise<unknown>) => Promise<void>;

async function duties(
  { sql, redis }: { sql: Database; redis: Redis },
  clock: Clock,
  figures: Record<string, number>,
): Promise<void> {
  const config = loadConfig({ TRAINING_CRON_SCHEDULE: '0 * * * *', TRAINING_STRATEGIES: 'lstm,rl' });
  const log = createLog({ LOG_LEVEL: 'ERROR', LOG_FORMAT: 'json' }, 'scheduler', 'simulate');
  const context = { config, log, sql, redis };
  const schedule = scheduleOf(config);
  await clock('starting a run', () => enqueueDueRun(context, schedule, nextTick(schedule, new Date())!));
  figures['entries of the queue'] = await redis.llen(keys.queue);
  figures['bytes of the queue'] = Number(await redis.memory('USAGE', keys.queue, 'SAMPLES', 0));
  await clock('a reconciliation', () => reconcile(sql, redis));
  await clock('the queue rebuilt', async () => {
    await redis.del(keys.queue);
    await reconcile(sql, redis);
  });
  await clock('taking an entry and putting it back', async () => {
    const entry = await take(redis, 'simulate', 1);
    await requeue(redis, 'simulate', entry!);
  });
  await clock('the next 20 entries', () => nextEntries(sql, redis, 20));
  const exporter = createExporter({ config, redis } as Parameters<typeof createExporter>[0]);
  await clock('a scrape', async () => {
    figures['bytes of a scrape'] = Buffer.byteLength(await exporter.render(sql));
  });
  await clock('a roll-up', async () => {
    figures['rows of a roll-up'] = await rollUp(sql);
  });
  await clock('the heartbeat’s look', () => readLastTrainings(sql));
}

const screens = (servers: PrivateServers, clock: Clock): Promise<void> =>
  withDashboard(servers, async (url) => {
    for (const answer of answers)
      await clock(`/api/${answer}`, async () => {
        const response = await fetch(`${url}/api/${answer}`);
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`${answer} answered ${response.status}`);
      });
  });

/** Of the quickest of three times; null where one fails or takes longer than a minute. */
async function timed(work: () => Promise<unknown>): Promise<Took | null> {
  let least: Took | null = null;
  for (let turn = 0; turn < 3; turn++) {
    const before = await processorSeconds();
    const began = performance.now();
    const late = new Promise<'late'>((resolve) => void setTimeout(() => resolve('late'), patienceMs).unref());
    const ended = await Promise.race([work(), late]).catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      return 'late';
    });
    if (ended === 'late') return null;
    const ms = performance.now() - began;
    const cpuMs = 1000 * ((await processorSeconds()) - before);
    if (least === null || ms < least.ms) least = { ms, cpuMs };
    if (ms > patienceMs / 6) break;
  }
  return least;
}

/** Of this process, which does a service's work here, and of the servers. */
async function processorSeconds(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + (await secondsOfChildren());
}
