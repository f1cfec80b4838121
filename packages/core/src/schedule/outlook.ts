import { edgesInWords } from '../calendar/calendar.ts';
import type { Database } from '../database/connect.ts';
import { edgesOf, nextTick, nextTicks, scheduleOf, type Schedule } from './ticks.ts';
import { lastScheduledRun, tooLongWords } from './too-long.ts';
import { wallTime } from './wall.ts';

/** A schedule in words: `At 02:00, 14:00 and 22:00, every day`. The zone is not in them. */
export async function scheduleInWords({ cron }: Pick<Schedule, 'cron'>): Promise<string> {
  const edges = edgesOf(cron);
  if (edges !== null) return edgesInWords(edges);
  // Only who shows a schedule to people loads the words.
  const { default: cronstrue } = await import('cronstrue');
  return cronstrue.toString(cron, {
    use24HourTimeFormat: true,
    verbose: true,
    dayOfWeekStartIndexZero: true,
  });
}

/** One day of the zone's wall clock: how often the schedule fires in each of its hours. */
export interface DayOfTicks {
  /** `2026-11-26` */
  readonly date: string;
  /** 24 numbers. In an hour that the clocks skip there is none; of one that comes twice both are added up. */
  readonly hours: readonly number[];
}

/**
 * When a schedule fires in the seven days that begin today, by the zone's own days and hours. An hour is
 * looked at once, not each tick of it: a schedule of every minute takes some 30 ms.
 */
export function weekOfTicks(schedule: Schedule, now: Date): DayOfTicks[] {
  const { timezone } = schedule;
  const today = wallTime(now, timezone).date;
  const days = new Map(daysFrom(today, 7).map((date) => [date, new Array<number>(24).fill(0)]));
  const sameEveryHour = edgesOf(schedule.cron) === null;
  let anHour: number | null = null;
  let tick = nextTick(schedule, new Date(startOfDay(now, timezone).getTime() - 1));
  while (tick !== null) {
    const { date, hour, minute } = wallTime(tick, timezone);
    const hours = days.get(date);
    if (hours === undefined) break;
    // A cron's minutes don't depend on the hour, so every hour that has ticks has as many.
    if (anHour === null || !sameEveryHour) anHour = ticksInHour(schedule, tick, minute);
    hours[hour] = hours[hour]! + anHour;
    tick = nextTick(schedule, new Date(tick.getTime() + (60 - minute) * 60_000 - 1));
  }
  return [...days].map(([date, hours]) => ({ date, hours }));
}

function ticksInHour(schedule: Schedule, first: Date, minute: number): number {
  const end = first.getTime() + (60 - minute) * 60_000;
  return 1 + nextTicks(schedule, first, 59).filter((tick) => tick.getTime() < end).length;
}

const daysFrom = (date: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) =>
    new Date(Date.parse(`${date}T00:00Z`) + i * 86_400_000).toISOString().slice(0, 10),
  );

/** The first instant of the zone's day. A day whose midnight is skipped begins at 1. */
function startOfDay(now: Date, timezone: string): Date {
  const { date, hour, minute } = wallTime(now, timezone);
  const guess = Math.floor(now.getTime() / 60_000) * 60_000 - (hour * 60 + minute) * 60_000;
  // Clocks that changed since midnight put the guess an hour, or less, beside it.
  for (const minutes of [-120, -60, -30, 0, 30, 60, 120]) {
    const at = new Date(guess + minutes * 60_000);
    if (
      wallTime(at, timezone).date === date &&
      wallTime(new Date(at.getTime() - 60_000), timezone).date < date
    )
      return at;
  }
  return new Date(guess);
}

/** A schedule that a scheduler goes by. */
export interface HeldSchedule extends Schedule {
  readonly since: Date;
  readonly lookedAt: Date;
}

/**
 * Schedules that schedulers go by now, whatever one's own settings say, the last that was looked at first;
 * and the time by the database's clock, by which runs are due.
 */
export async function heldSchedules(sql: Database): Promise<{ now: Date; held: HeldSchedule[] }> {
  // A scheduler looks every minute or more often (services/scheduler/src/ticking.ts). One that has given way
  // to another has not looked since the other holds.
  const rows = await sql<(HeldSchedule & { now: Date })[]>`
    WITH lately AS (
      SELECT cron, timezone, since, looked_at FROM ml_training_schedules
      WHERE looked_at > now() - interval '3 minutes' ORDER BY looked_at DESC, cron, timezone),
    newest AS (SELECT since FROM lately LIMIT 1)
    SELECT t.now, cron, timezone, since, looked_at AS "lookedAt"
    FROM (SELECT now() AS now) t LEFT JOIN lately ON looked_at >= (SELECT since FROM newest)
    ORDER BY looked_at DESC NULLS LAST, cron, timezone`;
  return {
    now: rows[0]!.now,
    // Without one there is a row of nulls.
    held: rows.flatMap(({ now: _, ...row }) => ((row.cron as string | null) === null ? [] : [row])),
  };
}

/**
 * What is odd about who goes by which schedule, and what to do about it; null when schedulers go by the one
 * of these settings.
 * @param own of the settings of whoever asks
 */
export function scheduleProblem(own: Schedule, held: readonly Schedule[]): string | null {
  const shown = ({ cron, timezone }: Schedule): string => `"${cron}" in ${timezone}`;
  const [first] = held;
  if (first === undefined) return 'no scheduler is running: no run starts by itself until one does';
  if (held.length > 1)
    return (
      `schedulers go by different schedules (${held.map(shown).join(', ')}): restart them with the ` +
      'same settings'
    );
  if (first.cron === own.cron && first.timezone === own.timezone) return null;
  return (
    `the scheduler goes by ${shown(first)}, the settings here say ${shown(own)}: restart the scheduler ` +
    'for it to go by them'
  );
}

/** When runs start, as it is shown to people. */
export interface ShownSchedule {
  readonly schedule: Schedule;
  readonly inWords: string;
  /** Those that schedulers go by; without one `schedule` is that of the settings. */
  readonly held: readonly HeldSchedule[];
  /** Of whoever asks. */
  readonly settings: Schedule;
  /** As `scheduleProblem`. */
  readonly problem: string | null;
  /** That the last scheduled run has not the time for all of its pairs, in words; null when it has. */
  readonly tooLong: string | null;
  /** By the database's clock. */
  readonly now: Date;
  /** The next ticks, with what the clocks of the schedule's zone show then. */
  readonly next: readonly { readonly at: Date; readonly local: string }[];
}

/**
 * What a scheduler goes by, or, as none is running, what the settings say, with its next ticks.
 * @param count of ticks
 */
export async function readSchedule(
  sql: Database,
  config: Parameters<typeof scheduleOf>[0],
  count: number,
): Promise<ShownSchedule> {
  const settings = scheduleOf(config);
  const [{ now, held }, last] = await Promise.all([heldSchedules(sql), lastScheduledRun(sql)]);
  const { cron, timezone } = held[0] ?? settings;
  const schedule = { cron, timezone };
  return {
    schedule,
    inWords: await scheduleInWords(schedule),
    held,
    settings,
    problem: scheduleProblem(settings, held),
    tooLong: last === null ? null : tooLongWords(last),
    now,
    next: nextTicks(schedule, now, count).map((at) => ({ at, local: wallTime(at, timezone).iso })),
  };
}

/** As the API and `ml schedule --json` show it. */
export const scheduleJson = ({
  schedule,
  inWords,
  held,
  settings,
  problem,
  tooLong,
  now,
  next,
}: ShownSchedule) => ({
  ...schedule,
  in_words: inWords,
  of: held.length > 0 ? ('scheduler' as const) : ('settings' as const),
  settings,
  problem,
  too_long: tooLong,
  time: now.toISOString(),
  next: next.map(({ at, local }) => ({ at: at.toISOString(), local })),
});
