import type { Backend } from './backend.ts';
import { startPrivatePostgres, startPrivateRedis } from './private-servers.ts';

export async function embeddedBackend(): Promise<Backend> {
  const postgres = await startPrivatePostgres();
  const servers = [postgres];
  const postgresUrl = new URL(postgres.url);
  postgresUrl.pathname = '/postgres';
  return {
    kind: 'embedded',
    hasTimescale: false,
    postgresUrl: postgresUrl.href,
    startRedis: async () => {
      const redis = await startPrivateRedis();
      servers.push(redis);
      return redis;
    },
    stop: async () => {
      await Promise.all(servers.map((server) => server.remove()));
    },
  };
}
