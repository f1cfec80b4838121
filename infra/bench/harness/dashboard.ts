import path from 'node:path';
import { spawnNode, type PrivateServers } from '@ml-training/testing';
import { root } from './paths.ts';

/** Gives `use` the address of a dashboard over these servers, which ends with it. */
export async function withDashboard<T>(
  servers: PrivateServers,
  use: (url: string) => Promise<T>,
): Promise<T> {
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
    return await use(`http://127.0.0.1:${port}`);
  } finally {
    dashboard.kill();
    await dashboard.exited;
  }
}
