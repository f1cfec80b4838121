import { execFile } from 'node:child_process';
import path from 'node:path';
import { connectDatabase, connectRedis, migrate, redisReady } from '@ml-training/core';
import { startServers } from '@ml-training/testing';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const main = path.join(import.meta.dirname, '../src/main.ts');

/** Servers of one test file's own, migrated, and the ml command as a process beside them. */
export async function startLab() {
  const servers = await startServers();
  const sql = connectDatabase(servers.databaseUrl, { applicationName: 'cli test' });
  const redis = connectRedis(servers.redisUrl, { name: 'cli test', onError: () => undefined });
  await redisReady(redis, 60_000);
  await migrate(sql);
  // Whatever a developer's .env says about it, the environment comes first; empty means the default.
  const env = {
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: path.join(import.meta.dirname, '../../../.runtime/compile-cache'),
    REDIS_URL: servers.redisUrl,
    DATABASE_URL: servers.databaseUrl,
    TRAINING_STRATEGIES: '',
    TRAINING_SYMBOLS: '',
    TRAINING_BATCH_SIZE: '',
    TRAINING_RETRY_ATTEMPTS: '',
    MIN_TRAINING_DATA_POINTS: '',
    MODEL_DIR: import.meta.dirname,
  };

  /** Runs `ml` with these arguments to its end. */
  const ml = (args: readonly string[], settings: Record<string, string> = {}): Promise<Outcome> => {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    execFile(process.execPath, [main, ...args], { env: { ...env, ...settings } }, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, out, err });
      else reject(error ?? new Error('ml has no exit code'));
    });
    return promise;
  };

  return {
    redisUrl: servers.redisUrl,
    databaseUrl: servers.databaseUrl,
    sql,
    redis,
    ml,
    reset: async (): Promise<void> => {
      await sql`TRUNCATE market_data, ml_training_runs, ml_training_jobs, ml_model_registry, ml_training_epochs CASCADE`;
      await redis.flushall();
    },
    addBars: async (symbol: string, count: number): Promise<void> => {
      await sql`
        INSERT INTO market_data (time, symbol, open, high, low, close)
        SELECT '2023-01-01T00:00Z'::timestamptz + make_interval(days => day), ${symbol}, 10, 11, 9, 10
        FROM generate_series(1, ${count}) day`;
    },
    end: async (): Promise<void> => {
      redis.disconnect();
      await sql.end({ timeout: 1 });
      await servers.stop();
    },
  };
}
