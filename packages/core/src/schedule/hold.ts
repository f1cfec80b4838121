import type { Database } from '../database/connect.ts';
import type { Schedule } from './ticks.ts';

/** What the database says when a scheduler looks for a due tick. */
export interface Held {
  /** By the database's clock, which decides what is due: those of many hosts differ. */
  readonly now: Date;
  /** Runs of ticks that are yet to come, and the last of these: a clock was ahead when they were made. */
  readonly ahead: { readonly runs: number; readonly until: Date } | null;
}

/**
 * Notes that a scheduler goes by this schedule, and since when it does. One that is new to the database holds
 * from now on, and so does one that comes back after another took its place; a restart with the same one
 * changes nothing, so that a tick missed in between is still due.
 * @param starting whether it is the first look of its process. Later ones don't ask whether another schedule
 *   took the place: two schedulers with different ones, as while they are restarted one after the other,
 *   would take turns.
 */
export async function holdSchedule(
  sql: Database,
  { cron, timezone }: Schedule,
  starting: boolean,
): Promise<Held> {
  // The very first one, of a fresh database or of one from before this table, holds from the last run on, or
  // from the set-up. A time beyond now() is of a clock that was ahead and says nothing.
  const [row] = await sql<[{ now: Date; runs: number; until: Date | null }]>`
    WITH held AS (
      INSERT INTO ml_training_schedules AS s (cron, timezone, since, looked_at)
      SELECT ${cron}, ${timezone},
             CASE WHEN EXISTS (SELECT FROM ml_training_schedules) THEN now()
                  ELSE least(now(), coalesce((SELECT max(scheduled_for) FROM ml_training_runs
                    WHERE scheduled_for <= now()),
                                             (SELECT min(applied_at) FROM ml_training_migrations))) END,
             now()
      ON CONFLICT (cron, timezone) DO UPDATE SET
        since = CASE
          WHEN s.since > now() THEN now()
          WHEN ${starting} AND EXISTS (
            SELECT FROM ml_training_schedules o
            WHERE (o.cron, o.timezone) <> (s.cron, s.timezone)
              AND o.looked_at > s.looked_at + interval '2 minutes' AND o.looked_at <= now()) THEN now()
          ELSE s.since END,
        looked_at = now()
      RETURNING 1)
    SELECT now() AS now, count(r.scheduled_for)::int AS runs, max(r.scheduled_for) AS until
    FROM held LEFT JOIN ml_training_runs r ON r.scheduled_for > now()`;
  const { now, runs, until } = row;
  return { now, ahead: until === null ? null : { runs, until } };
}

/**
 * The instant up to which every tick of a schedule is done with: that of the last run, and not before the
 * schedule held. A tick that is yet to come is no last one: a clock was ahead once, and would stop all
 * scheduling for as long.
 */
export async function lastTick(sql: Database, { cron, timezone }: Schedule): Promise<Date> {
  const [row] = await sql<[{ last: Date }]>`
    SELECT coalesce(
      greatest((SELECT max(scheduled_for) FROM ml_training_runs WHERE scheduled_for <= now()),
               (SELECT least(since, now()) FROM ml_training_schedules WHERE cron = ${cron}
                 AND timezone = ${timezone})),
      (SELECT min(applied_at) FROM ml_training_migrations)) AS last`;
  return row.last;
}
