import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  connectDatabase,
  connectRedis,
  createLog,
  loadConfig,
  migrate,
  redisReady,
  type Log,
} from '@ml-training/core';
import { startServers, until } from '@ml-training/testing';

/** Servers of one test file's own, migrated, and what a duty of the scheduler gets, its log to be read. */
export async function startLab() {
  const servers = await startServers();
  const sql = connectDatabase(servers.databaseUrl, { applicationName: 'scheduler test', max: 20 });
  const redis = connectRedis(servers.redisUrl, { name: 'scheduler test', onError: () => undefined });
  await redisReady(redis, 60_000);
  await migrate(sql);
  const modelDir = await mkdtemp(path.join(tmpdir(), 'models-'));
  const { log, lines } = readableLog();
  const context = (settings: Record<string, string> = {}) => ({
    config: loadConfig({ MODEL_DIR: modelDir, ...settings }),
    log,
    sql,
    redis,
  });
  return {
    servers,
    log,
    sql,
    redis,
    modelDir,
    context,
    /** What was logged since the last reset. */
    lines,
    reset: async (): Promise<void> => {
      // What a killed service has asked for goes on for a moment, and its locks with it.
      const underWay = () => sql`
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND backend_type = 'client backend' AND state <> 'idle'`;
      await until(async () => (await underWay()).length === 0, { what: 'other statements to end' });
      await sql`TRUNCATE market_data, ml_training_runs, ml_training_jobs, ml_model_registry,
        ml_training_epochs,
        ml_training_metrics, ml_training_recoveries, ml_training_orphans, ml_training_schedules,
          ml_training_webhooks CASCADE`;
      await redis.flushall();
      await rm(modelDir, { recursive: true, force: true });
      lines.length = 0;
    },
    /** Daily bars, so many a symbol: `{ GOOG: 120 }`. */
    addBars: async (counts: Record<string, number>): Promise<void> => {
      for (const [symbol, count] of Object.entries(counts))
        await sql`
          INSERT INTO market_data (time, symbol, open, high, low, close)
          SELECT '2023-01-01T00:00Z'::timestamptz + make_interval(days => day), ${symbol}, 10, 11, 9, 10
          FROM generate_series(1, ${count}) day`;
    },
    end: async (): Promise<void> => {
      redis.disconnect();
      await sql.end({ timeout: 1 });
      await servers.stop();
      await rm(modelDir, { recursive: true, force: true });
    },
  };
}

interface Line {
  readonly level: string;
  readonly message: string;
  readonly [fact: string]: unknown;
}

function readableLog(): { log: Log; lines: Line[] } {
  const log = createLog({ LOG_LEVEL: 'INFO', LOG_FORMAT: 'json' }, 'scheduler', 'test');
  for (const transport of log.transports) transport.silent = true;
  const lines: Line[] = [];
  log.on('data', (line: Line) => {
    if (log.isLevelEnabled(line.level)) lines.push(line);
  });
  return { log, lines };
}
