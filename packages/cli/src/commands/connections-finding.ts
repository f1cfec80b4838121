import { withDeadline, type Config, type Database } from '@ml-training/core';
import { wrong, type Finding } from './finding.ts';

/** As `npm run simulate -- --measure connections` found them: the most of a trainer and its training, and of all else. */
export const connectionsWanted = (trainers: number): number => 10 + 5 * trainers;

/** Where PostgreSQL lets this user have fewer connections than all trainers and services may want. */
export async function connectionsFinding(
  sql: Database,
  config: Config,
  answerMs: number,
): Promise<Finding[]> {
  const needed = connectionsWanted(config.MAX_CONCURRENT_TRAINING_JOBS);
  // Reserved ones are an ordinary user's last; -1 is no limit.
  const [{ most }] = await withDeadline(
    sql<[{ most: number }]>`
      SELECT least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
          - coalesce(current_setting('reserved_connections', true)::int, 0),
        (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
        (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())) AS most`,
    answerMs,
    'SELECT',
  );
  if (most >= needed) return [];
  return [
    wrong(
      'connections',
      `PostgreSQL gives this user ${most}; with ${config.MAX_CONCURRENT_TRAINING_JOBS} trainers (MAX_CONCURRENT_TRAINING_JOBS) the fleet may want ${needed}`,
      'raise max_connections, or the limit of this user or database (compose: TIMESCALEDB_CONNECTIONS), or put PgBouncer in between',
    ),
  ];
}
