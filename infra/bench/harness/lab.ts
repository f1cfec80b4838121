import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  connectDatabase,
  connectRedis,
  createRun,
  importBars,
  migrate,
  pushJobs,
  redisReady,
  type Job,
  type Pair,
} from '@ml-training/core';
import type { Bars } from '@ml-training/strategies';
import { spawnNode, startPrivateServers, until } from '@ml-training/testing';
import { root } from './paths.ts';

/** A finished job with what the trainer stored of it. */
export interface FinishedJob extends Pair {
  readonly run_id: string;
  readonly started_at: Date;
  readonly completed_at: Date;
  readonly peak_memory_mb: number;
  /** Of its models' files; the ensemble's are one a symbol, alike but for the symbol's scores. */
  readonly size_bytes: number;
}

export interface Lab {
  /**
   * Has so many trainers do these jobs, from an empty queue and registry.
   * @throws Error naming the first job that failed, and why
   */
  train(
    pairs: readonly Pair[],
    options: {
      readonly trainers: number;
      readonly env: Readonly<Record<string, string>>;
      /** Called when all trainers are ready and no job is there, and when the last has ended. */
      readonly around?: () => Promise<void>;
      /** How often all pairs are trained, one run after the other has ended (1). */
      readonly runs?: number;
    },
  ): Promise<readonly FinishedJob[]>;
  readonly urls: { readonly database: string; readonly redis: string };
  end(): Promise<void>;
}

const LIMIT_MS = 15 * 60_000;

/** Real servers with these bars in, and trainers as real processes beside them. */
export async function startLab(bars: readonly Bars[], folder: string): Promise<Lab> {
  const modelDir = path.join(folder, 'models');
  await mkdir(modelDir, { recursive: true });
  const servers = await startPrivateServers();
  const sql = connectDatabase(servers.postgres.url, { applicationName: 'bench' });
  const redis = connectRedis(servers.redis.url, { name: 'bench', onError: () => undefined });
  const end = async (): Promise<void> => {
    redis.disconnect();
    await sql.end({ timeout: 1 });
    await servers.remove();
  };
  try {
    await redisReady(redis, 5000);
    await migrate(sql);
    for (const one of bars) {
      const file = path.join(folder, 'bars.csv');
      await writeFile(file, csv(one));
      await importBars(sql, file);
      await rm(file);
    }
  } catch (error) {
    await end();
    throw error;
  }

  const train: Lab['train'] = async (pairs, { trainers, env, runs = 1, around }) => {
    await sql`TRUNCATE ml_training_runs, ml_training_jobs, ml_model_registry, ml_training_epochs CASCADE`;
    await redis.flushall();
    const services = Array.from({ length: trainers }, () =>
      spawnNode(path.join(root, 'services/trainer/src/main.ts'), {
        cwd: root,
        env: {
          REDIS_URL: servers.redis.url,
          DATABASE_URL: servers.postgres.url,
          MODEL_DIR: modelDir,
          HEALTH_PORT: '0',
          MAX_CONCURRENT_TRAINING_JOBS: String(trainers),
          ...env,
        },
      }),
    );
    try {
      await Promise.all(services.map((service) => service.waitForLine(/"ready"/, 60_000)));
      await around?.();
      const request = { trigger: 'manual', pairs: [...pairs], skipped: [], maxAttempts: 1 } as const;
      for (let nth = 0; nth < runs; nth++) {
        const run = await createRun(sql, request);
        await pushJobs(redis, run?.jobs ?? []);
        await until(() => ended(), { what: 'every job to end', timeoutMs: LIMIT_MS, everyMs: 500 });
      }
      await around?.();
    } finally {
      for (const service of services) service.kill('SIGTERM');
      await Promise.all(services.map((service) => service.exited));
    }
    const [failed] = await sql<Job[]>`SELECT * FROM ml_training_jobs WHERE status <> 'completed'`;
    if (failed !== undefined)
      throw new Error(
        `${failed.strategy_type} ${failed.symbol} ${failed.status}: ${failed.error_message ?? ''}`,
      );
    return sql<FinishedJob[]>`
      SELECT run_id, strategy_type, symbol, started_at, completed_at, (result->>'peak_memory_mb')::float8 AS peak_memory_mb,
        (SELECT avg(size_bytes)::float8 FROM ml_model_registry m WHERE m.job_id = j.job_id) AS size_bytes
      FROM ml_training_jobs j ORDER BY strategy_type, symbol`;
  };
  const ended = async (): Promise<boolean> => {
    const open = await sql`SELECT 1 FROM ml_training_jobs WHERE status IN ('queued', 'running') LIMIT 1`;
    return open.length === 0;
  };
  return { train, end, urls: { database: servers.postgres.url, redis: servers.redis.url } };
}

/** From the first claim of a run to its last completion; what lies between two runs doesn't count. */
export function jobsPerMinute(jobs: readonly FinishedJob[]): number {
  const minutes = [...Map.groupBy(jobs, ({ run_id }) => run_id).values()].map((run) => {
    const first = Math.min(...run.map(({ started_at }) => started_at.getTime()));
    const last = Math.max(...run.map(({ completed_at }) => completed_at.getTime()));
    return (last - first) / 60_000;
  });
  return jobs.length / minutes.reduce((sum, one) => sum + one, 0);
}

function csv({ symbol, time, open, high, low, close, volume }: Bars): string {
  const lines = Array.from(time, (t, i) =>
    [
      new Date(t).toISOString(),
      symbol,
      open[i],
      high[i],
      low[i],
      close[i],
      Number.isNaN(volume[i]) ? '' : volume[i],
    ].join(','),
  );
  return `time,symbol,open,high,low,close,volume\n${lines.join('\n')}\n`;
}
