import {
  connectDatabase,
  connectRedis,
  migrate,
  redactUrl,
  redisReady,
  withDeadline,
  type Config,
  type Database,
  type Redis,
} from '@ml-training/core';
import { commandConfig, localFleet } from './settings.ts';

export interface Servers {
  readonly config: Config;
  readonly sql: Database;
  readonly redis: Redis;
}

const answerMs = 5000;

/** Runs a command with PostgreSQL, migrated, and closes the connection after it. */
export async function withDatabase<T>(work: (sql: Database, config: Config) => Promise<T>): Promise<T> {
  const config = commandConfig();
  const sql = connectDatabase(config.DATABASE_URL, { applicationName: 'ml' });
  try {
    await withDeadline(migrate(sql), 60_000, 'migrating').catch((error: unknown) => {
      throw notReached('PostgreSQL', 'DATABASE_URL', config.DATABASE_URL, error);
    });
    return await work(sql, config);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Runs a command with both servers. */
export async function withServers<T>(work: (servers: Servers) => Promise<T>): Promise<T> {
  return withDatabase(async (sql, config) => {
    const redis = connectRedis(config.REDIS_URL, { name: 'ml', onError: () => undefined });
    try {
      await redisReady(redis, answerMs).catch((error: unknown) => {
        throw notReached('Redis', 'REDIS_URL', config.REDIS_URL, error);
      });
      return await work({ config, sql, redis });
    } finally {
      redis.disconnect();
    }
  });
}

function notReached(server: string, variable: string, url: string, cause: unknown): Error {
  const local =
    localFleet() === null
      ? ' No fleet runs in this checkout: "npm start" starts one with servers of its own.'
      : '';
  return new Error(`${server} can not be used at ${redactUrl(url)} (${variable}).${local}`, { cause });
}
