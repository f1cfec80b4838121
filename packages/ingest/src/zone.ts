import { FleetError } from '@ml-training/core';

/** From the time on a wall's clock to UTC. */
export interface Zone {
  /** As it was given. */
  readonly name: string;
  /**
   * @param wall the time on the wall, in milliseconds as if it were UTC
   * @param previous the time before in the file, in UTC: of the two times of an hour that clocks repeat, the
   *   one that goes on from it
   * @returns milliseconds since the epoch, or what is wrong
   */
  toUtc(wall: number, previous: number | null, descending: boolean): number | string;
}

const hour = 3_600_000;
const day = 24 * hour;

/**
 * A zone by its name: IANA's, such as America/New_York; UTC; hours ahead of UTC, such as +02:00; or hours
 * ahead of another, such as America/New_York+7, which is what most brokers of MetaTrader have.
 * @throws FleetError BARS_INVALID for what is none
 */
export function zoneOf(name: string): Zone {
  const fixed = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?$/.exec(name);
  if (fixed !== null) {
    const [, sign, hours, minutes = '0'] = fixed;
    const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
    if (Number(hours) > 14 || Number(minutes) > 59) throw noZone(name);
    return { name, toUtc: (wall) => wall - offset };
  }
  if (/^(utc|gmt|z|etc\/utc)$/i.test(name)) return { name: 'UTC', toUtc: (wall) => wall };
  const [, iana = name, ahead = '0'] =
    /^(.*[^+-])([+-]\d{1,2})$/.exec(name.startsWith('Etc/') ? '' : name) ?? [];
  const offsetAt = offsets(iana, name);
  const shift = Number(ahead) * hour;
  const days = new Map<number, { before: number; after: number }>();
  return { name, toUtc: (wall, previous, descending) => localToUtc(wall - shift, previous, descending) };

  function localToUtc(wall: number, previous: number | null, descending: boolean): number | string {
    const possible = candidates(wall, descending);
    const [first, second] = possible;
    if (first === undefined)
      return `does not exist in ${name}: the clocks were put forward over it. Is ${name} the right --timezone?`;
    if (second !== undefined) {
      const goesOn = previous === null || (descending ? first < previous : first > previous);
      return goesOn ? first : second;
    }
    if (previous !== null && isFirstOfTwo(previous, descending))
      return (
        `is next to an hour that the clocks of ${name} repeat, and that is there once: which of the two it is ` +
        "can't be told, so write the times in UTC where they come from"
      );
    return first;
  }

  /** One time in UTC, none in an hour that is left out, two in one that is repeated, in the file's order. */
  function candidates(wall: number, descending: boolean): readonly number[] {
    const { before, after } = around(wall);
    if (before === after) return [wall - before];
    // The clocks change nearby: an offset must be in force at the time that it leads to.
    const found = [...new Set([wall - before, wall - after])].filter((utc) => offsetAt(utc) === wall - utc);
    return descending ? found.reverse() : found;
  }

  function isFirstOfTwo(utc: number, descending: boolean): boolean {
    const { before, after } = around(utc);
    if (before === after) return false;
    return [before, after].some((offset) => {
      const [first, second] = candidates(utc + offset, descending);
      return second !== undefined && first === utc;
    });
  }

  /** Offsets a day before and after, looked up once a day: formatting a date takes microseconds. */
  function around(wall: number): { before: number; after: number } {
    const dayOf = Math.floor(wall / day);
    let found = days.get(dayOf);
    if (found === undefined) {
      found = { before: offsetAt((dayOf - 1) * day), after: offsetAt((dayOf + 2) * day) };
      if (days.size > 5000) days.clear();
      days.set(dayOf, found);
    }
    return found;
  }
}

function offsets(iana: string, name: string): (utc: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: iana,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw noZone(name);
  }
  return (utc) => {
    const parts = new Map(format.formatToParts(utc).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const wall = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return wall - Math.floor(utc / 1000) * 1000;
  };
}

const noZone = (name: string): FleetError =>
  new FleetError(
    'BARS_INVALID',
    `--timezone ${JSON.stringify(name)} is no time zone: give a name such as UTC, America/New_York or ` +
      'Europe/Berlin, hours ahead of UTC such as +02:00, or hours ahead of a zone such as America/New_York+7',
  );
