import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  connectDatabase,
  connectRedis,
  createRun,
  importBars,
  keys,
  migrate,
  pushJobs,
  redisReady,
  storeAt,
  type Database,
  type Job,
  type ModelsPlace,
  type Pair,
  type Redis,
} from '@ml-training/core';
import { spawnNode, startPrivateServers, until, type NodeProcess } from '@ml-training/testing';

const root = path.resolve(import.meta.dirname, '../../..');
const main = (role: string): string => path.join(root, 'services', role, 'src/main.ts');

/**
 * Servers of one test file's own with the GOOG and SP500 bars in, and services as real processes beside them.
 */
export async function startLab() {
  const servers = await startPrivateServers();
  const modelDir = await mkdtemp(path.join(tmpdir(), 'models-'));
  const strategiesDir = await mkdtemp(path.join(tmpdir(), 'strategies-'));
  const sql = connectDatabase(servers.postgres.url, { applicationName: 'faults test' });
  const redis = connectRedis(servers.redis.url, { name: 'faults test', onError: () => undefined });
  await redisReady(redis, 60_000);
  await migrate(sql);
  for (const symbol of ['GOOG', 'SP500'])
    await importBars(sql, path.join(root, `infra/sample-data/${symbol}.csv`));
  const running = new Set<NodeProcess>();

  const start = (
    role: 'scheduler' | 'trainer' | 'dashboard' | 'heartbeat',
    env: Record<string, string> = {},
    within: readonly string[] = [],
  ): NodeProcess => {
    const service = spawnNode(main(role), {
      cwd: root,
      within,
      env: {
        REDIS_URL: servers.redis.url,
        DATABASE_URL: servers.postgres.url,
        MODEL_DIR: modelDir,
        HEALTH_PORT: '0',
        TRAINING_BATCH_SIZE: '300',
        MAX_CONCURRENT_TRAINING_JOBS: '2',
        // However busy the machine is, it is renewed in time; who must not wait for its end calls endLeases.
        TRAINING_LEASE_SECONDS: '120',
        TRAINING_RECONCILE_SECONDS: '1',
        // No tick comes in between: the next one is a year away at worst, and never in a test.
        TRAINING_CRON_SCHEDULE: '0 0 29 2 *',
        ...env,
      },
    });
    running.add(service);
    void service.exited.then(() => running.delete(service));
    return service;
  };

  const jobs = () => sql<Job[]>`SELECT * FROM ml_training_jobs ORDER BY strategy_type, symbol`;

  return {
    servers,
    modelDir,
    strategiesDir,
    sql,
    redis,
    start,
    jobs,
    request: async (...pairs: Pair[]): Promise<void> => {
      const run = await createRun(sql, { trigger: 'manual', pairs, skipped: [], maxAttempts: 4 });
      await pushJobs(redis, run?.jobs ?? []);
    },
    /** A strategy of the user's own; trainers find it where STRATEGIES_DIR is `strategiesDir`. */
    writeStrategy: async (name: string, code: string): Promise<void> => {
      await mkdir(path.join(strategiesDir, name), { recursive: true });
      await writeFile(path.join(strategiesDir, name, 'strategy.ts'), code);
    },
    /** A job whose training has begun. */
    runningJob: () =>
      until(async () => (await jobs()).find((job) => job.status === 'running' && job.stage !== null), {
        what: 'a job in training',
      }),
    allEnded: () =>
      until(async () => (await jobs()).every((job) => !['queued', 'running'].includes(job.status)), {
        what: 'every job to end',
      }),
    /** What time does to the lease of a trainer that is gone. */
    endLeases: async (): Promise<void> => {
      await sql`UPDATE ml_training_jobs SET lease_expires_at = now() - interval '1 second'
        WHERE status = 'running'`;
    },
    stopServices: async (): Promise<void> => {
      const ends = [...running].map((service) => {
        service.kill('SIGTERM');
        return service.exited;
      });
      await Promise.all(ends);
    },
    reset: async (): Promise<void> => {
      await sql`TRUNCATE ml_training_runs, ml_training_jobs, ml_model_registry, ml_training_epochs,
        ml_training_recoveries CASCADE`;
      await redis.flushall();
    },
    end: async (): Promise<void> => {
      redis.disconnect();
      await sql.end({ timeout: 1 });
      await servers.remove();
      await rm(modelDir, { recursive: true });
      await rm(strategiesDir, { recursive: true });
    },
  };
}

/** The process that a trainer trains in, or keeps for its next job; null where there is none. */
export function trainingProcess(trainer: NodeProcess): number | null {
  const main = 'trainer/src/training/main.ts';
  if (process.platform !== 'linux')
    return (
      Number(spawnSync('pgrep', ['-P', `${trainer.pid}`, '-f', main], { encoding: 'utf8' }).stdout) || null
    );
  const children = read(`/proc/${trainer.pid}/task/${trainer.pid}/children`).trim().split(/\s+/);
  return Number(children.find((pid) => read(`/proc/${pid}/cmdline`).includes(main)) ?? 0) || null;
}

/** Of a process that may end meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

export type Lab = Awaited<ReturnType<typeof startLab>>;

/** A fleet whose jobs are over. */
interface Drained {
  readonly sql: Database;
  readonly redis: Redis;
  readonly jobs: () => PromiseLike<readonly Job[]>;
  readonly modelDir: string;
}

/** What breaks the invariants of the protocol, in words; empty when they hold after the drain. */
export async function brokenInvariants(
  { sql, redis, jobs, modelDir }: Drained,
  place: ModelsPlace = modelDir,
): Promise<string[]> {
  const broken: string[] = [];
  for (const job of await jobs()) {
    const name = `${job.strategy_type} ${job.symbol}`;
    if (job.status !== 'completed') broken.push(`${name} is ${job.status}: ${job.error_message ?? ''}`);
    const models = await sql<{ file_path: string; sha256: string }[]>`
      SELECT file_path, sha256 FROM ml_model_registry WHERE job_id = ${job.job_id}`;
    const expected = job.symbol === '@ALL' ? 2 : 1;
    if (models.length !== expected) broken.push(`${name} has ${models.length} models, not ${expected}`);
    for (const model of models) {
      const bytes = await (await storeAt(place)).read(model.file_path);
      if (bytes === null || createHash('sha256').update(bytes).digest('hex') !== model.sha256)
        broken.push(`${model.file_path} is not what was registered`);
    }
  }
  const doubled = await sql`
    SELECT strategy_type, symbol FROM ml_model_registry WHERE is_active GROUP BY 1, 2 HAVING count(*) > 1`;
  if (doubled.length > 0) broken.push(`several active models: ${JSON.stringify(doubled)}`);
  const left = [...(await redis.keys(keys.processing('*'))), ...(await redis.keys(keys.queue))];
  if (left.length > 0) broken.push(`lists are not empty: ${left.join(', ')}`);
  return broken;
}
