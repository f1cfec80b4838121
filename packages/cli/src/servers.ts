import {
  connectDatabase,
  connectRedis,
  errorFacts,
  explainRedis,
  FleetError,
  migrate,
  redactUrl,
  withDeadline,
  type Config,
  type Database,
  type Redis,
} from '@ml-training/core';
import { commandConfig, isNamed, localFleet } from './settings.ts';

export interface Servers {
  readonly config: Config;
  readonly sql: Database;
  readonly redis: Redis;
}

const answerMs = 5000;

/** Runs a command with PostgreSQL, migrated, and closes the connection after it. */
export async function withDatabase<T>(work: (sql: Database, config: Config) => Promise<T>): Promise<T> {
  const config = commandConfig();
  const sql = connectDatabase(config.DATABASE_URL, { applicationName: 'ml', bars: config });
  try {
    await withDeadline(migrate(sql), 60_000, 'migrating').catch((error: unknown) => {
      throw notReached('PostgreSQL', 'DATABASE_URL', config, error);
    });
    return await work(sql, config);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Runs a command with both servers. */
export async function withServers<T>(work: (servers: Servers) => Promise<T>): Promise<T> {
  return withDatabase(async (sql, config) => {
    const redis = await openRedis(config.REDIS_URL, 'ml').catch((error: unknown) => {
      throw notReached('Redis', 'REDIS_URL', config, error);
    });
    try {
      return await work({ config, sql, redis });
    } finally {
      redis.disconnect();
    }
  });
}

/**
 * A connection that can be used.
 * @throws Error with the first thing that went wrong: a command doesn't wait for better times
 */
export async function openRedis(url: string, name: string): Promise<Redis> {
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const redis = connectRedis(url, { name, onError: reject });
  redis.once('ready', resolve);
  try {
    await withDeadline(ready, answerMs, 'connecting to Redis');
    return redis;
  } catch (error) {
    redis.disconnect();
    const why = await explainRedis(url);
    // Without what failed first: that only says that nothing came of it.
    throw why === null ? error : new FleetError('REDIS_UNFIT', why);
  }
}

function notReached(
  server: string,
  variable: 'REDIS_URL' | 'DATABASE_URL',
  config: Config,
  error: unknown,
): Error {
  const nobodySaidWhere = !isNamed(variable === 'REDIS_URL' ? 'REDIS' : 'POSTGRES') && localFleet() === null;
  const hint = nobodySaidWhere
    ? `\n${variable} is not set, and no fleet runs in this checkout: "npm start" starts one with servers of its own.`
    : '';
  const where = `${redactUrl(config[variable])} (${variable})`;
  return new Error(`${server} can not be used at ${where}: ${errorFacts(error).error}${hint}`);
}
