import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isGiven, loadConfig, readEnvFile, type Config } from '@ml-training/core';
import { isAlive } from '@ml-training/native';
import { inRoot, root, runtimeDir } from './paths.ts';

/** Where a fleet that `npm start` runs notes its servers, so that other commands find them. */
export const fleetFile = path.join(runtimeDir, 'fleet.json');

export interface LocalFleet {
  readonly pid: number;
  /** Not there while the servers start. */
  readonly REDIS_URL?: string;
  readonly DATABASE_URL?: string;
}

type Environment = Record<string, string | undefined>;

/** The environment over .env; MODEL_DIR and STRATEGIES_DIR lie in the checkout wherever a command is called from. */
export function givenEnvironment(): Environment {
  const given: Environment = { ...readEnvFile(inRoot('.env')), ...process.env };
  const folder = (name: string, fallback: string): string =>
    path.resolve(root, given[name]?.trim() || fallback);
  return {
    ...given,
    MODEL_DIR: folder('MODEL_DIR', 'models'),
    STRATEGIES_DIR: folder('STRATEGIES_DIR', 'strategies'),
  };
}

/** The fleet that `npm start` runs in this checkout now; null when none does. */
export function localFleet(file = fleetFile): LocalFleet | null {
  if (!existsSync(file)) return null;
  // Written by `up`, readable by its user only.
  const fleet = JSON.parse(readFileSync(file, 'utf8')) as LocalFleet;
  return isUp(fleet.pid) ? fleet : null;
}

/** Whether an `up` has this process id: after a reboot it may be anybody's. */
function isUp(pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return /\0up\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    // It has ended since.
    return false;
  }
}

/** Whether somebody said where a server is: in one, or in parts. */
export function isNamed(server: 'REDIS' | 'POSTGRES', given: Environment = givenEnvironment()): boolean {
  const url = server === 'REDIS' ? 'REDIS_URL' : 'DATABASE_URL';
  return isGiven(given, url) || isGiven(given, `${server}_HOST`);
}

/** The servers that somebody named; undefined for those of one's own. */
export const namedServers = (config: Config): Record<'REDIS_URL' | 'DATABASE_URL', string | undefined> => ({
  REDIS_URL: isNamed('REDIS') ? config.REDIS_URL : undefined,
  DATABASE_URL: isNamed('POSTGRES') ? config.DATABASE_URL : undefined,
});

/** Settings of a command: the environment and .env, and for the servers' addresses a local fleet's. */
export function commandConfig(): Config {
  const given = givenEnvironment();
  const fleet = localFleet();
  return loadConfig({
    ...given,
    ...(isNamed('REDIS', given) ? {} : { REDIS_URL: fleet?.REDIS_URL }),
    ...(isNamed('POSTGRES', given) ? {} : { DATABASE_URL: fleet?.DATABASE_URL }),
  });
}
