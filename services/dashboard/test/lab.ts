import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectDatabase, connectRedis, importBars, migrate, redisReady, type Role } from '@ml-training/core';
import { spawnNode, startServers, type NodeProcess, type TestServers } from '@ml-training/testing';

const root = path.resolve(import.meta.dirname, '../../..');
const main = (role: string): string => path.join(root, 'services', role, 'src/main.ts');

/**
 * Servers of one test file's own, the dashboard as a real process at `url`, and other services when a test
 * starts them.
 * @param options.bars symbols of the sample bars to import
 */
export async function startLab({
  bars = [],
  env: common = {},
  servers: own,
}: {
  bars?: readonly string[];
  env?: Record<string, string>;
  /** Of a test that stops them. */
  servers?: Pick<TestServers, 'redisUrl' | 'databaseUrl' | 'stop'>;
} = {}) {
  const servers = own ?? (await startServers());
  const modelDir = await mkdtemp(path.join(tmpdir(), 'models-'));
  const sql = connectDatabase(servers.databaseUrl, { applicationName: 'dashboard test' });
  const redis = connectRedis(servers.redisUrl, { name: 'dashboard test', onError: () => undefined });
  await redisReady(redis, 60_000);
  await migrate(sql);
  for (const symbol of bars) await importBars(sql, path.join(root, `infra/sample-data/${symbol}.csv`));
  const running = new Set<NodeProcess>();

  const start = (role: Role, env: Record<string, string> = {}): NodeProcess => {
    const service = spawnNode(main(role), {
      cwd: root,
      env: {
        REDIS_URL: servers.redisUrl,
        DATABASE_URL: servers.databaseUrl,
        MODEL_DIR: modelDir,
        HEALTH_PORT: '0',
        HTTP_PORT: '0',
        METRICS_PORT: '0',
        TRAINING_BATCH_SIZE: '300',
        MAX_CONCURRENT_TRAINING_JOBS: '2',
        TRAINING_LEASE_SECONDS: '120',
        TRAINING_RECONCILE_SECONDS: '1',
        // No tick comes in between.
        TRAINING_CRON_SCHEDULE: '0 0 29 2 *',
        ...common,
        ...env,
      },
    });
    running.add(service);
    void service.exited.then(() => running.delete(service));
    return service;
  };
  const startDashboard = async (env: Record<string, string> = {}): Promise<string> => {
    const line = await start('dashboard', env).waitForLine(/"msg":"serving"/);
    return `http://localhost:${(JSON.parse(line) as { port: number }).port}`;
  };
  const stopServices = async (): Promise<void> => {
    const ends = [...running].map((service) => {
      service.kill('SIGTERM');
      return service.exited;
    });
    await Promise.all(ends);
  };

  return {
    servers,
    sql,
    redis,
    modelDir,
    start,
    startDashboard,
    stopServices,
    url: await startDashboard(),
    end: async (): Promise<void> => {
      await stopServices();
      redis.disconnect();
      await sql.end({ timeout: 1 });
      await servers.stop();
      await rm(modelDir, { recursive: true });
    },
  };
}

/** Asks the API. */
export async function ask(
  url: string,
  init: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; type: string; body: Record<string, unknown> }> {
  const { method = 'GET', body, headers = {} } = init;
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: (await response.json()) as Record<string, unknown>,
  };
}
