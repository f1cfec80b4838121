import path from 'node:path';
import { connectDatabase, migrate } from '@ml-training/core';
import { seedHistory, spawnNode, startPrivateServers, type History } from '@ml-training/testing';
import { root } from './paths.ts';

type Sql = ReturnType<typeof connectDatabase>;

/**
 * Gives `use` a database that has been in use for long and
 * the address of a dashboard over it; both end with it.
 */
export async function withLongUsed<T>(
  history: History,
  use: (url: string, sql: Sql) => Promise<T>,
  prepare: (sql: Sql) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  const servers = await startPrivateServers();
  const sql = connectDatabase(servers.postgres.url, {
    applicationName: 'bench',
    max: 2,
    silenceMs: 600_000,
  });
  try {
    await migrate(sql);
    await seedHistory(sql, history);
    await prepare(sql);
    await sql`VACUUM ANALYZE`;
    const dashboard = spawnNode(path.join(root, 'services/dashboard/src/main.ts'), {
      cwd: root,
      env: {
        REDIS_URL: servers.redis.url,
        DATABASE_URL: servers.postgres.url,
        HEALTH_PORT: '0',
        HTTP_PORT: '0',
      },
    });
    try {
      const { port } = JSON.parse(await dashboard.waitForLine(/"msg":"serving"/)) as { port: number };
      return await use(`http://127.0.0.1:${port}`, sql);
    } finally {
      dashboard.kill();
      await dashboard.exited;
    }
  } finally {
    await sql.end({ timeout: 1 });
    await servers.remove();
  }
}
