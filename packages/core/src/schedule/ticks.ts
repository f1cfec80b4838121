import { Cron } from 'croner';

/** A cron schedule of five fields and the IANA zone it is meant in. */
export interface Schedule {
  readonly cron: string;
  readonly timezone: string;
}

// When the clocks change, as in Vixie cron: hours that are named, as in `0 2,14,22 * * *`, fire once each; in
// a repeated hour the first time, and when they are skipped at the end of the gap. A wildcard or step in
// minute or hour, as in `0 */2 * * *`, goes by the clock on the wall alone: an hour that comes twice fires
// twice, a skipped one does not fire. croner's own default takes a list of hours for a wildcard: in Berlin
// the guide's schedule would fire twice one night in October, and not at 2 one night in March.
const fixedTimeRule = 'no-wildcard';

/** The newest instant, up to and with `now`, at which the schedule fires; null when it never did. */
export function newestDueTick({ cron, timezone }: Schedule, now: Date): Date | null {
  const timer = new Cron(cron, { timezone, fixedTimeRule, paused: true });
  // previousRuns leaves out its reference instant.
  return timer.previousRuns(1, new Date(now.getTime() + 1))[0] ?? null;
}

/** The first instant after `now` at which the schedule fires; null when it never will. */
export function nextTick({ cron, timezone }: Schedule, now: Date): Date | null {
  return new Cron(cron, { timezone, fixedTimeRule, paused: true }).nextRun(now);
}

/** The first `count` instants after `now` at which the schedule fires; fewer when it never fires again. */
export function nextTicks({ cron, timezone }: Schedule, now: Date, count: number): Date[] {
  return new Cron(cron, { timezone, fixedTimeRule, paused: true }).nextRuns(count, now);
}
