import type { Database } from '../database/connect.ts';

/** Of the newest scheduled run, what was expected of it when it began. */
export interface ExpectedRun {
  readonly scheduled_for: Date;
  /** When the last of its jobs ends at the earliest, and when the next run is due; null: not known. */
  readonly expected_end: Date | null;
  readonly next_tick: Date | null;
  /** Pairs that it had no time for. */
  readonly left_out: number;
}

/** Null before the first. */
export async function lastScheduledRun(sql: Database): Promise<ExpectedRun | null> {
  const [run] = await sql<ExpectedRun[]>`
    SELECT scheduled_for, expected_end, next_tick,
           (SELECT count(*) FROM jsonb_array_elements(skipped) pair WHERE pair ? 'times')::int AS left_out
    FROM ml_training_runs WHERE scheduled_for <= now() ORDER BY scheduled_for DESC LIMIT 1`;
  return run ?? null;
}

/** Whether a run does not end before the next one, or had no time for some of its pairs. */
export const isTooLong = ({ expected_end, next_tick, left_out }: ExpectedRun): boolean =>
  left_out > 0 || (expected_end !== null && next_tick !== null && expected_end > next_tick);

/** In words that a run is too long, and what was done about it; null when it is not. */
export function tooLongWords(run: ExpectedRun): string | null {
  if (!isTooLong(run)) return null;
  const at = (time: Date | null): string =>
    `${time?.toISOString().slice(0, 16).replace('T', ' ') ?? '?'} UTC`;
  const { scheduled_for, expected_end, next_tick, left_out } = run;
  if (left_out > 0)
    return (
      `the run of ${at(scheduled_for)} had no time for ${left_out} ${left_out === 1 ? 'pair' : 'pairs'} before the ` +
      `next one, due at ${at(next_tick)}, in which they come first (RUN_TOO_LONG=stalest)`
    );
  return (
    `the run of ${at(scheduled_for)} takes until ${at(expected_end)} or longer, by the last trainings; the next one ` +
    `is due at ${at(next_tick)}`
  );
}
