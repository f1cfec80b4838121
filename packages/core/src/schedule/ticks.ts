import { Cron } from 'croner';
import { calendarZone, newestEdge, nextEdge, parseEdges } from '../calendar/calendar.ts';

/**
 * A cron schedule of five fields and the IANA zone it is meant in; or, in the place of the fields, events of
 * exchanges' calendars, such as `NYSE:open-30m`, and the zone of the first.
 */
export interface Schedule {
  readonly cron: string;
  readonly timezone: string;
}

/** What settings say of when runs start: the calendar, where one is named, else the cron. */
export function scheduleOf(settings: {
  readonly TRAINING_CALENDAR: string;
  readonly TRAINING_CRON_SCHEDULE: string;
  readonly TRAINING_TIMEZONE: string;
}): Schedule {
  const { TRAINING_CALENDAR: calendar } = settings;
  const edges = edgesOf(calendar);
  return edges === null
    ? { cron: settings.TRAINING_CRON_SCHEDULE, timezone: settings.TRAINING_TIMEZONE }
    : { cron: calendar, timezone: calendarZone(edges[0]!.calendar) };
}

/** Events of calendars; null where it is a cron's fields. */
export function edgesOf(cron: string) {
  if (!/^[A-Z]+:/.test(cron)) return null;
  const edges = parseEdges(cron);
  if (typeof edges === 'string') throw new RangeError(`${cron}: ${edges}`);
  return edges;
}

// When the clocks change, as in Vixie cron: hours that are named, as in `0 2,14,22 * * *`, fire once each; in
// a repeated hour the first time, and when they are skipped at the end of the gap. A wildcard or step in
// minute or hour, as in `0 */2 * * *`, goes by the clock on the wall alone: an hour that comes twice fires
// twice, a skipped one does not fire. croner's own default takes a list of hours for a wildcard: in Berlin
// the guide's schedule would fire twice one night in October, and not at 2 one night in March.
const fixedTimeRule = 'no-wildcard';

/** The newest instant, up to and with `now`, at which the schedule fires; null when it never did. */
export function newestDueTick({ cron, timezone }: Schedule, now: Date): Date | null {
  const edges = edgesOf(cron);
  if (edges !== null) return newestEdge(edges, now);
  const timer = new Cron(cron, { timezone, fixedTimeRule, paused: true });
  // previousRuns leaves out its reference instant.
  return timer.previousRuns(1, new Date(now.getTime() + 1))[0] ?? null;
}

/** The first instant after `now` at which the schedule fires; null when it never will. */
export function nextTick({ cron, timezone }: Schedule, now: Date): Date | null {
  const edges = edgesOf(cron);
  if (edges !== null) return nextEdge(edges, now);
  return new Cron(cron, { timezone, fixedTimeRule, paused: true }).nextRun(now);
}

/** The first `count` instants after `now` at which the schedule fires; fewer when it never fires again. */
export function nextTicks({ cron, timezone }: Schedule, now: Date, count: number): Date[] {
  const edges = edgesOf(cron);
  if (edges !== null) {
    const ticks: Date[] = [];
    for (let at = nextEdge(edges, now); at !== null && ticks.length < count; at = nextEdge(edges, at))
      ticks.push(at);
    return ticks;
  }
  return new Cron(cron, { timezone, fixedTimeRule, paused: true }).nextRuns(count, now);
}
