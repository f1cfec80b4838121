import path from 'node:path';
import { connectDatabase, connectRedis, migrate, redisReady } from '@ml-training/core';
import { spawnNode, startServers, type NodeProcess } from '@ml-training/testing';
import { parseMetrics, type Metrics } from './parse.ts';

export interface Exporter {
  readonly process: NodeProcess;
  readonly url: string;
  /** What /metrics says now. */
  readonly text: () => Promise<string>;
  readonly scrape: () => Promise<Metrics>;
}

/** Servers of one test file's own, migrated, and the exporter as real processes beside them. */
export async function startLab() {
  const servers = await startServers();
  const sql = connectDatabase(servers.databaseUrl, { applicationName: 'metrics test' });
  const redis = connectRedis(servers.redisUrl, { name: 'metrics test', onError: () => undefined });
  await redisReady(redis, 60_000);
  await migrate(sql);
  const running = new Set<NodeProcess>();

  return {
    servers,
    sql,
    redis,
    /** Settles when it answers. */
    start: async (env: Record<string, string> = {}): Promise<Exporter> => {
      const process = spawnNode(path.join(import.meta.dirname, '../src/main.ts'), {
        env: {
          REDIS_URL: servers.redisUrl,
          DATABASE_URL: servers.databaseUrl,
          HEALTH_PORT: '0',
          METRICS_PORT: '0',
          ...env,
        },
      });
      running.add(process);
      const { port } = JSON.parse(await process.waitForLine(/"msg":"exporting"/)) as { port: number };
      const url = `http://127.0.0.1:${port}`;
      const text = async (): Promise<string> => {
        const response = await fetch(`${url}/metrics`);
        if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
        return response.text();
      };
      return { process, url, text, scrape: async () => parseMetrics(await text()) };
    },
    reset: async (): Promise<void> => {
      await sql`
        TRUNCATE ml_training_runs, ml_training_jobs, ml_model_registry, ml_training_epochs,
          ml_training_metrics,
                 ml_training_recoveries CASCADE`;
      await sql`DELETE FROM ml_strategies WHERE strategy_type NOT IN ('ensemble', 'lstm', 'rl')`;
      await redis.flushall();
    },
    stopExporters: async (): Promise<void> => {
      const ends = [...running].map((process) => {
        process.kill('SIGKILL');
        return process.exited;
      });
      running.clear();
      await Promise.all(ends);
    },
    end: async (): Promise<void> => {
      redis.disconnect();
      await sql.end({ timeout: 1 });
      await servers.stop();
    },
  };
}
