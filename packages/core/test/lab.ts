import { afterAll } from '@jest/globals';
import { startServers, type TestServers } from '@ml-training/testing';
import { connectDatabase, connectRedis, migrate, redisReady, type Database } from '../src/index.ts';

/** Servers of one test file alone, with the fleet's tables, and a connection to each; all ends with the file. */
interface Lab {
  readonly servers: TestServers;
  readonly sql: Database;
  readonly redis: ReturnType<typeof connectRedis>;
}

interface Options {
  /** Connections to the database at most. */
  readonly max?: number;
}

export async function startLab(name: string, options?: Options): Promise<Lab> {
  const lab = await connectLab(name, options);
  const redis = connectRedis(lab.servers.redisUrl, { name, onError: () => undefined });
  afterAll(async () => {
    redis.disconnect();
    await lab.end();
  });
  await redisReady(redis, 60_000);
  return { ...lab, redis };
}

/** The same where a test asks nothing of Redis. */
export async function startDatabase(name: string, options?: Options): Promise<Omit<Lab, 'redis'>> {
  const lab = await connectLab(name, options);
  afterAll(lab.end);
  return lab;
}

async function connectLab(name: string, options: Options = {}) {
  const servers = await startServers();
  const sql = connectDatabase(servers.databaseUrl, { applicationName: name, ...options });
  const end = async (): Promise<void> => {
    await sql.end({ timeout: 1 });
    await servers.stop();
  };
  await migrate(sql);
  return { servers, sql, end };
}
