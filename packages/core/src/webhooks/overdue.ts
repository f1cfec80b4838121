import type { Database } from '../database/connect.ts';
import { newestDueTick, nextTick, type Schedule } from '../schedule/ticks.ts';
import { lastDays } from './again.ts';

/**
 * So long after a tick its run must have begun; no run is overdue sooner, however often the schedule fires.
 */
const graceMs = 600_000;

/**
 * When a run must be done: a whole period of the schedule after it began; null when the schedule knows no
 * period.
 */
export function runDueAt(
  schedule: Schedule,
  run: { readonly scheduled_for: Date | null; readonly requested_at: Date },
): Date | null {
  const within = run.scheduled_for ?? run.requested_at;
  const [from, to] = [newestDueTick(schedule, within), nextTick(schedule, within)];
  if (from === null || to === null) return null;
  return new Date(run.requested_at.getTime() + Math.max(to.getTime() - from.getTime(), graceMs));
}

/** The tick whose run must have begun by `now`, or that of a later one; null when none had to. */
export function tickToHaveRun(schedule: Schedule, now: Date): Date | null {
  return newestDueTick(schedule, new Date(now.getTime() - graceMs));
}

/**
 * Writes an event for each run that is overdue: a tick whose run had not begun ten minutes later, which may
 * have done so since, and a run that has open jobs a whole period after it began. Once each, however many
 * schedulers look; nothing of before webhooks were wanted, or the schedule held.
 */
export async function tellOverdue(sql: Database, schedule: Schedule): Promise<void> {
  const [state] = await sql<[{ now: Date; wanted_since: Date; held_since: Date }?]>`
    SELECT now() AS now, w.wanted_since, s.since AS held_since
    FROM ml_training_webhook_state w, ml_training_schedules s
    WHERE w.wanted AND s.cron = ${schedule.cron} AND s.timezone = ${schedule.timezone}`;
  if (state === undefined) return;
  await tellLateTick(sql, schedule, state);
  await tellLongRuns(sql, schedule, state);
}

async function tellLateTick(
  sql: Database,
  schedule: Schedule,
  { now, wanted_since, held_since }: { now: Date; wanted_since: Date; held_since: Date },
): Promise<void> {
  const tick = tickToHaveRun(schedule, now);
  if (tick === null || tick <= wanted_since || tick <= held_since) return;
  // A run of a later tick that began in time is that of a fleet which was away and back soon.
  await sql`
    INSERT INTO ml_training_webhooks (type, about, data)
    SELECT 'run.overdue', 'tick ' || extract(epoch FROM ${tick}::timestamptz)::bigint, json_build_object(
      'reason', format('the run due at %s had not begun %s minutes later', ${tick.toISOString()}::text,
        ${graceMs / 60_000}::int),
      'scheduled_for', ${tick}::timestamptz,
      'run_id', (SELECT run_id FROM ml_training_runs WHERE scheduled_for = ${tick}),
      'requested_at', (SELECT requested_at FROM ml_training_runs WHERE scheduled_for = ${tick}))
    WHERE NOT EXISTS (
      SELECT FROM ml_training_runs WHERE scheduled_for >= ${tick} AND scheduled_for <= now()
        AND requested_at <= ${tick}::timestamptz + make_interval(secs => ${graceMs / 1000}))
    ON CONFLICT (type, about) WHERE about IS NOT NULL DO NOTHING`;
}

async function tellLongRuns(
  sql: Database,
  schedule: Schedule,
  { now, wanted_since }: { now: Date; wanted_since: Date },
): Promise<void> {
  const runs = await sql<{ run_id: string; scheduled_for: Date | null; requested_at: Date }[]>`
    SELECT run_id, scheduled_for, requested_at FROM ml_training_runs WHERE finished_at IS NULL
      AND requested_at <= now() - make_interval(secs => ${graceMs / 1000})`;
  for (const run of runs) {
    const due = runDueAt(schedule, run);
    // Told of once while its row is kept; what was due before that is not told of again.
    if (due === null || due > now || due <= wanted_since || +due <= +now - lastDays * 86_400_000) continue;
    await sql`
      INSERT INTO ml_training_webhooks (type, about, data)
      SELECT 'run.overdue', 'run ' || r.run_id, json_build_object(
        'reason', format('%s of %s jobs are not done a whole period after the run began, at %s', j.open,
          j.all, ${due.toISOString()}::text),
        'scheduled_for', r.scheduled_for, 'run_id', r.run_id, 'requested_at', r.requested_at,
        'open_jobs', j.open, 'failed_jobs', j.failed, 'jobs', j.all)
      FROM ml_training_runs r, LATERAL (
        SELECT count(*) FILTER (WHERE status IN ('queued', 'running')) AS open, count(*)
          FILTER (WHERE status = 'failed') AS failed,
               count(*) AS all
        FROM ml_training_jobs WHERE run_id = r.run_id) j
      WHERE r.run_id = ${run.run_id} AND j.open > 0
      ON CONFLICT (type, about) WHERE about IS NOT NULL DO NOTHING`;
  }
}
