import { setTimeout as sleep } from 'node:timers/promises';
import { checkBarTable, columnsInWords } from '../bars/check-table.ts';
import type { Database } from '../database/connect.ts';
import { lastingFault } from '../database/fault.ts';
import { migrate, newerThanFleet } from '../database/migrate.ts';
import { withDeadline } from '../deadline.ts';
import { FleetError } from '../errors.ts';
import { errorFacts, type Log } from '../log.ts';
import { redisReady, type Redis } from '../redis/connect.ts';
import { explainRedis } from '../redis/explain.ts';
import type { Role } from './beat.ts';
import { throttledWarning } from './throttled-warning.ts';
import { clusterTrouble, inWords } from './trouble.ts';
import { forgetObstacle, noteObstacle } from './obstacle.ts';

const againMs = 500;
/** A fault that somebody must mend is looked at less often, and said again once a minute. */
const faultAgainMs = 5000;

interface Waiting {
  readonly role: Role;
  readonly sql: Database;
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly log: Log;
  readonly stopping: AbortSignal;
  /** What Redis's connection failed with last. */
  readonly redisFailure: () => unknown;
  /** Hears what is waited for, for /readyz. */
  readonly onReason: (reason: string) => void;
}

/**
 * Waits for both servers and brings the schema up to date. What waiting can't mend (a wrong password, a
 * missing right, a table in the way) is an error that says what to do, in the log, on /readyz and in the
 * heartbeat, and is tried again all the same: it is often mended on the server's side.
 */
export async function connected(waiting: Waiting): Promise<void> {
  const { role, sql, redis, redisUrl, log, stopping, redisFailure, onReason } = waiting;
  const warn = throttledWarning(log, 'waiting for Redis and PostgreSQL');
  const fault = repeated(log);
  for (;;) {
    try {
      await redisReady(redis, 5000, stopping);
      const cluster = await clusterTrouble(redis);
      if (cluster !== null) throw new FleetError('REDIS_UNFIT', inWords(cluster));
      const applied = await withDeadline(migrate(sql), 60_000, 'migrating the database', stopping);
      if (applied.length > 0) log.info('migrated', { applied });
      await warnOfNewer(sql, log, stopping);
      await sayBarTable(sql, log, stopping);
      await forgetObstacle(redis, role).catch(() => undefined);
      return;
    } catch (error) {
      stopping.throwIfAborted();
      const reason =
        lastingFault(error) ??
        (redis.status === 'ready' ? null : (refusal(redisFailure()) ?? (await explainRedis(redisUrl))));
      onReason(reason ?? `waiting for Redis and PostgreSQL: ${errorFacts(error).error}`);
      if (reason === null) warn(error);
      else {
        fault(reason);
        // The heartbeat tells of the servers by itself.
        if (role !== 'heartbeat') await noteObstacle(redis, role, reason).catch(() => undefined);
      }
      await sleep(reason === null ? againMs : faultAgainMs, undefined, { signal: stopping });
    }
  }
}

/** Logs a fault at once, and again when it has changed or a minute is over. */
function repeated(log: Log): (reason: string) => void {
  let last = { reason: '', at: -Infinity };
  return (reason) => {
    if (reason === last.reason && performance.now() - last.at < 60_000) return;
    last = { reason, at: performance.now() };
    log.error('can not work before this is mended', { error: reason });
  };
}

/** Redis's word that it lets this client not in, with what to do; null for anything that may pass. */
export function refusal(error: unknown): string | null {
  const { error: message } = errorFacts(error);
  return /^(WRONGPASS|NOAUTH|NOPERM)\b/.test(message)
    ? `Redis refuses the password: correct REDIS_PASSWORD or REDIS_URL (${message})`
    : null;
}

/** Of bars in a table of the user's: which column was taken for what, and what makes it slow. */
async function sayBarTable(sql: Database, log: Log, stopping: AbortSignal): Promise<void> {
  const found = await withDeadline(checkBarTable(sql), 30_000, 'looking at MARKET_DATA_TABLE', stopping);
  if (found === null) return;
  log.info('bars are read from a table of yours', {
    table: found.table.name,
    columns: columnsInWords(found.table),
  });
  for (const warning of found.warnings) log.warn(warning, { setting: 'MARKET_DATA_TABLE' });
}

async function warnOfNewer(sql: Database, log: Log, stopping: AbortSignal): Promise<void> {
  const newer = await withDeadline(newerThanFleet(sql), 5000, 'looking at the schema', stopping);
  if (newer !== null)
    log.error('a newer fleet has set this database up: update this one, or name another database', {
      migration: newer,
    });
}
