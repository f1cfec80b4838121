import {
  claimJob,
  connectDatabase,
  connectRedis,
  hasRoom,
  jobsOfRun,
  listModels,
  listSymbols,
  migrate,
  modelsByPrefix,
  newestActiveModel,
  readBars,
  reconcile,
  redisReady,
  runProgress,
  searchJobs,
  trainingsSinceFullFit,
  trialsOf,
  type Database,
  type Redis,
} from '@ml-training/core';
import { seedHistory, startPrivateServers, type PrivateServers } from '@ml-training/testing';
import { readFacts } from '../../../services/metrics/src/facts.ts';
import { rollUp } from '../../../services/metrics/src/roll-up.ts';
import type { Part, PartContext } from '../harness/part.ts';
import type { Row, Section } from '../harness/result.ts';
import { measure } from '../harness/run.ts';
import { spreadOf } from '../harness/statistics.ts';

const history = { jobs: 1_000_000, models: 100_000, symbols: 500, barsASymbol: 10_000 };
const symbols = 15_000;

export const sizePart: Part = {
  name: 'size',
  title: 'A long history, and many jobs at once',
  about:
    'What the fleet asks of PostgreSQL with a million job rows of some 3 kB, 100,000 models and 5 million bars of 500 symbols, as a ' +
    'client sees it, in milliseconds: the answer read and decoded. Then one tick of 30,000 jobs (LSTM and RL for 15,000 symbols more) from ' +
    'the plan to the last entry in the queue, the rebuild of that queue after FLUSHALL, and a look at it that finds nothing to do; the memory is ' +
    'what comes on top of the idle process. Servers without sync to disk, on the same machine.',
  run: async (context) => {
    const servers = await startPrivateServers();
    // A statement makes a million rows, with every index.
    const sql = connectDatabase(servers.postgres.url, {
      applicationName: 'bench',
      max: 10,
      silenceMs: 600_000,
    });
    const redis = connectRedis(servers.redis.url, { name: 'bench', onError: () => undefined });
    try {
      await redisReady(redis, 5000);
      await migrate(sql);
      context.say('making a million jobs and 5 million bars');
      await seedHistory(sql, history);
      await sql`VACUUM ANALYZE`;
      return {
        sections: [await askAll(sql, redis, context), await fanOut(sql, redis, servers, context)],
        versions: {},
      };
    } finally {
      redis.disconnect();
      await sql.end({ timeout: 1 });
      await servers.remove();
    }
  },
};

async function askAll(sql: Database, redis: Redis, { turns, say }: PartContext): Promise<Section> {
  const all = (await listSymbols(sql, { upTo: 1 })).map(({ symbol }) => symbol);
  const [one] = all as [string];
  const [queued] = (await searchJobs(sql, { status: ['queued'] }, { limit: 1 })).jobs;
  const [newest] = await listModels(sql, { active: false, limit: 1 });
  const runId = queued!.run_id!;
  const claim = {
    jobId: queued!.job_id,
    trainerId: 'bench',
    maxRunning: 1,
    leaseSeconds: 30,
    token: crypto.randomUUID(),
  };
  const asks: readonly (readonly [what: string, ask: () => Promise<unknown>])[] = [
    ['claiming a job', () => claimJob(sql, claim)],
    ['looking for room', () => hasRoom(sql, 3)],
    ['a reconciliation, 590 jobs waiting', () => reconcile(sql, redis)],
    ['everything for /metrics', () => readFacts(sql)],
    ['the roll-up', () => rollUp(sql)],
    ['trials of a pair', () => trialsOf(sql, { strategyType: 'lstm', symbol: one })],
    ['trainings since the last full fit, 500 symbols', () => trainingsSinceFullFit(sql, 'ensemble', all)],
    ['the newest model in use, 500 symbols', () => newestActiveModel(sql, 'ensemble', all)],
    ['symbols with 100 bars', () => listSymbols(sql, { upTo: 100 })],
    ["a symbol's bars, up to 100", () => listSymbols(sql, { upTo: 100, only: [one] })],
    ['the newest 1,000 bars', () => readBars(sql, one, 1000)],
    ['ml jobs', () => searchJobs(sql, {}, { limit: 20 })],
    ['ml jobs --status cancelled', () => searchJobs(sql, { status: ['cancelled'] }, { limit: 20 })],
    ['ml models', () => listModels(sql, { active: true, limit: 100 })],
    ['ml models --all', () => listModels(sql, { active: false, limit: 100 })],
    ['a model by the start of its id', () => modelsByPrefix(sql, newest!.model_id.slice(0, 8))],
    ['a run of 1,500 jobs followed', () => runProgress(sql, runId)],
    ['its jobs', () => jobsOfRun(sql, runId)],
  ];
  const rows: Row[] = [];
  for (const [what, ask] of asks) {
    await ask();
    const took: number[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      const began = performance.now();
      await ask();
      took.push(performance.now() - began);
    }
    rows.push({ what, unit: 'ms', digits: 1, ours: spreadOf(took), target: { of: 'value', atMost: 50 } });
    say(`${what}: ${took.map((ms) => ms.toFixed(1)).join(', ')} ms`);
  }
  return { title: 'A million jobs, 100,000 models, 5 million bars', rows };
}

async function fanOut(
  sql: Database,
  redis: Redis,
  servers: PrivateServers,
  { turns, folder, say }: PartContext,
): Promise<Section> {
  const urls = { databaseUrl: servers.postgres.url, redisUrl: servers.redis.url };
  const asked = [
    { what: 'tick', name: 'a tick of 30,000 jobs' },
    { what: 'rebuild', name: 'the queue rebuilt' },
    { what: 'whole', name: 'nothing to put right' },
  ] as const;
  const found = asked.map(() => ({ seconds: [] as number[], megabytes: [] as number[] }));
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const [i, { what, name }] of asked.entries()) {
      if (what === 'rebuild') await redis.flushall();
      const one = await measure('contenders/fan-out.ts', { ...urls, symbols, what }, { folder, threads: 1 });
      found[i]!.seconds.push(one.seconds);
      found[i]!.megabytes.push(one.figures!['aboveBase']!);
      say(
        `${name}, turn ${turn} of ${turns}: ${one.seconds.toFixed(2)} s, ${one.figures!['aboveBase']!.toFixed(0)} MB`,
      );
    }
    await sql`DELETE FROM ml_training_jobs WHERE symbol LIKE 'N%'`;
    await redis.flushall();
  }
  const rows = asked.flatMap(({ name }, i): Row[] => [
    {
      what: name,
      unit: 's',
      digits: 2,
      ours: spreadOf(found[i]!.seconds),
      target: { of: 'value', atMost: 5 },
    },
    {
      what: `${name}: memory`,
      unit: 'MB',
      digits: 0,
      ours: spreadOf(found[i]!.megabytes),
      target: { of: 'value', atMost: 100 },
    },
  ]);
  return { title: '30,000 jobs at once', rows };
}
