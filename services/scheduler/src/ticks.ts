import { Cron } from 'croner';

/** A cron schedule of five fields and the IANA zone it is meant in. */
export interface Schedule {
  readonly cron: string;
  readonly timezone: string;
}

const timer = ({ cron, timezone }: Schedule): Cron => new Cron(cron, { timezone, paused: true });

/** The newest instant, up to and with `now`, at which the schedule fires; null when it never did. */
export function newestDueTick(schedule: Schedule, now: Date): Date | null {
  // previousRuns leaves out its reference instant.
  const [tick] = timer(schedule).previousRuns(1, new Date(now.getTime() + 1000));
  if (tick === undefined) return null;
  if (tick.getTime() <= now.getTime()) return tick;
  return timer(schedule).previousRuns(1, now)[0] ?? null;
}

/** The first instant after `now` at which the schedule fires; null when it never will. */
export function nextTick(schedule: Schedule, now: Date): Date | null {
  return timer(schedule).nextRun(now);
}
