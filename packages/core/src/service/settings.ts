import { loadConfig, variablesOf, type Config } from '../config/index.ts';
import { withDeadline } from '../deadline.ts';
import { FleetError } from '../errors.ts';
import { connectRedis, redisReady, type Redis } from '../redis/connect.ts';
import { noteObstacle, type Troubled } from './obstacle.ts';

export const EXIT_CONFIG = 2;
/** A process that ends tells of it only where Redis answers soon. */
const tellMs = 1500;

/**
 * The settings; where one is wrong, ends the process with exit code 2 after saying which, also in the
 * heartbeat's key.
 */
export async function settingsOrExit(who: Troubled): Promise<Config> {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    process.stderr.write(`Wrong settings:\n${error.message}\n`);
    await tell(who, error.message).catch(() => undefined);
    process.exit(EXIT_CONFIG);
  }
}

/** Says the same of a setting that could be checked only once the servers were reached. */
export async function saySettings(redis: Redis, who: Troubled, problem: string): Promise<void> {
  process.stderr.write(`Wrong settings:\n${problem}\n`);
  const told = noteObstacle(redis, who, `wrong settings: ${problem}`);
  await withDeadline(told, tellMs, 'telling of it').catch(() => undefined);
}

/** @throws when Redis's own settings are wrong too, or it doesn't answer */
async function tell(who: Troubled, problem: string): Promise<void> {
  const alone = variablesOf(process.env, ['REDIS_URL', 'REDIS_HOST', 'REDIS_PASSWORD']);
  const redis = connectRedis(loadConfig(alone).REDIS_URL, {
    name: `${who} with wrong settings`,
    onError: () => undefined,
  });
  try {
    await redisReady(redis, tellMs);
    await withDeadline(noteObstacle(redis, who, `wrong settings: ${problem}`), tellMs, 'telling of it');
  } finally {
    redis.disconnect();
  }
}
