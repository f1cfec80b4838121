// When exchanges are open. Only those whose rules are few and known: of others a schedule is a cron with a zone.
import { wallTime } from '../schedule/wall.ts';
import {
  plusDays,
  usClosed,
  usClosesEarly,
  usKnownSince,
  usRestOfBonds,
  usRestOfToronto,
} from './us-equities.ts';

interface Calendar {
  readonly timezone: string;
  /** Minutes of the zone's day. */
  readonly open: number;
  readonly close: number;
  readonly earlyClose: number;
  readonly closed: (date: string) => string | null;
  readonly closesEarly: (date: string) => boolean;
  /** Whether it trades while a market that otherwise rests with it does not. */
  readonly tradesAlone: (date: string) => boolean;
  /** The first day of which its trading days are known. */
  readonly knownSince: string;
}

const newYork: Calendar = {
  timezone: 'America/New_York',
  open: 9 * 60 + 30,
  close: 16 * 60,
  earlyClose: 13 * 60,
  closed: usClosed,
  closesEarly: usClosesEarly,
  tradesAlone: (date) => usRestOfBonds(date) || usRestOfToronto(date),
  knownSince: usKnownSince,
};
const calendars = { NYSE: newYork, NASDAQ: newYork } satisfies Record<string, Calendar>;
export type CalendarName = keyof typeof calendars;
export const calendarNames = Object.keys(calendars) as CalendarName[]; // Its own keys.

export const calendarZone = (name: CalendarName): string => calendars[name].timezone;

/** When an exchange opens and closes on a day of its zone, and whether that is earlier than usual; null where it doesn't. */
export function sessionOf(
  name: CalendarName,
  date: string,
): { open: Date; close: Date; early: boolean } | null {
  const calendar: Calendar = calendars[name];
  if (calendar.closed(date) !== null) return null;
  const early = calendar.closesEarly(date);
  return {
    open: instantOf(date, calendar.open, calendar.timezone),
    close: instantOf(date, early ? calendar.earlyClose : calendar.close, calendar.timezone),
    early,
  };
}

/** The rules of an exchange by the minutes and dates of its zone. */
export const calendarRules = (name: CalendarName): Calendar => calendars[name];

/**
 * Whether an exchange has no regular trading at an instant; its opening counts as open, its close as closed.
 * A daily bar, stamped at a midnight, is none of a moment: `closedDay` says whether there was trading on it.
 */
export function isClosed(name: CalendarName, at: Date): boolean {
  const session = sessionOf(name, wallTime(at, calendars[name].timezone).date);
  return session === null || at < session.open || at >= session.close;
}

/** Why there is no trading on a day, `2026-11-26` in the exchange's zone: a weekend, a holiday; null when there is. */
export const closedDay = (name: CalendarName, date: string): string | null => calendars[name].closed(date);

/** The instant at which a zone's clocks show a time that exists on that day, once. */
function instantOf(date: string, minutes: number, timezone: string): Date {
  const asUtc = Date.parse(`${date}T00:00Z`) + minutes * 60_000;
  const shows = (at: number): number => {
    const wall = wallTime(new Date(at), timezone);
    return Date.parse(`${wall.date}T00:00Z`) + (wall.hour * 60 + wall.minute) * 60_000;
  };
  // Once more, as a change of the clocks may lie between the guess and the instant.
  const guess = asUtc - (shows(asUtc) - asUtc);
  return new Date(guess - (shows(guess) - asUtc));
}

/** An event of a calendar, and so many minutes from it on: `NYSE:open-30m`. */
interface Edge {
  readonly calendar: CalendarName;
  readonly edge: 'open' | 'close';
  readonly minutes: number;
}

const longestMinutes = 12 * 60;

/** @returns the events of `NYSE:open-30m,NYSE:close+15m`, or in words what is wrong with it */
export function parseEdges(text: string): Edge[] | string {
  const edges: Edge[] = [];
  for (const part of text.split(',')) {
    const match = /^([A-Z]+):(open|close)(?:([+-])(\d{1,3})(m|h))?$/.exec(part.trim());
    if (match === null) return `${JSON.stringify(part.trim())} is none`;
    const [, calendar, edge, sign = '+', count = '0', unit] = match;
    const known = calendarNames.find((name) => name === calendar);
    if (known === undefined) return `there is no calendar ${calendar!}`;
    const minutes = Number(count) * (unit === 'h' ? 60 : 1) * (sign === '-' ? -1 : 1);
    if (Math.abs(minutes) > longestMinutes) return `${part.trim()} is more than 12 hours away`;
    edges.push({ calendar: known, edge: edge as 'open' | 'close', minutes });
  }
  return edges;
}

/** No exchange is closed for longer: five days without trading were the most since 1933. */
const mostDays = 12;

/** The event nearest to a time in a direction, of those that `counts` lets through. */
function nearest(
  edges: readonly Edge[],
  from: Date,
  direction: 1 | -1,
  counts: (at: number) => boolean,
): Date | null {
  let best: number | null = null;
  for (const { calendar, edge, minutes } of edges) {
    const today = wallTime(from, calendars[calendar].timezone).date;
    // By its minutes an event of tomorrow may lie before now, and one of yesterday after it.
    for (let day = -1; day <= mostDays; day++) {
      const session = sessionOf(calendar, plusDays(today, direction * day));
      const at = session === null ? null : session[edge].getTime() + minutes * 60_000;
      if (at === null || !counts(at)) continue;
      if (best === null || direction * (best - at) > 0) best = at;
      break;
    }
  }
  return best === null ? null : new Date(best);
}

/** The first event after `now`. */
export const nextEdge = (edges: readonly Edge[], now: Date): Date | null =>
  nearest(edges, now, 1, (at) => at > now.getTime());

/** The newest event up to and with `now`. */
export const newestEdge = (edges: readonly Edge[], now: Date): Date | null =>
  nearest(edges, now, -1, (at) => at <= now.getTime());

/** `30 minutes before NYSE opens, on its trading days`. */
export function edgesInWords(edges: readonly Edge[]): string {
  const words = edges.map(({ calendar, edge, minutes }) => {
    const away = Math.abs(minutes);
    const long = away % 60 === 0 ? `${away / 60} hour${away === 60 ? '' : 's'}` : `${away} minutes`;
    const when = minutes === 0 ? 'When' : `${long} ${minutes < 0 ? 'before' : 'after'}`;
    return `${when} ${calendar} ${edge}s`;
  });
  return `${words.join(' and ')}, on its trading days`;
}
