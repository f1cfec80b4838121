import { FleetError } from '@ml-training/core';
import {
  furthest,
  noYear,
  readStamp,
  shownOrder,
  unitOf,
  type DateOrder,
  type Stamp,
  type Unclear,
  type Unit,
} from './stamp.ts';
import type { Zone } from './zone.ts';

/** A cell of a time column: text, a number since the epoch, or what a typed column gives. */
export type TimeCell = string | number | bigint | Stamp;

/** What a file's times tell of themselves, as far as it was read. */
export interface Learned {
  readonly order: DateOrder | undefined;
  readonly units: readonly Unit[];
  readonly unclear: Unclear | null;
  /** An example of what is unclear, or of a time without a zone. */
  readonly example: string;
  /** Every time is a day: none has another time of day than midnight. */
  readonly daily: boolean;
  readonly zoned: boolean;
}

/** Reads on until nothing is unclear, and says what there is to know. */
export function createLearner(given: DateOrder | undefined): {
  see: (cell: TimeCell) => void;
  learned: () => Learned;
} {
  let order = given;
  const units = new Set<Unit>();
  const unclear = new Map<Unclear, string>();
  const dates = new Set<number>();
  let example = '';
  let unzonedExample: string | undefined;
  let [seen, clocks, walls, unzoned] = [0, 0, 0, 0];
  return {
    see: (cell) => {
      if (typeof cell !== 'object') {
        const text = String(cell);
        order ??= shownOrder(text);
        const unit = /^\d{9,}(\.\d+)?$/.test(text) ? unitOf(Number(text)) : undefined;
        if (unit !== undefined) units.add(unit);
      }
      const [unit] = units;
      const stamp = stampOf(cell, { order, unit });
      if (typeof stamp === 'string') return; // Named with its row later.
      if ('unclear' in stamp) {
        if (!unclear.has(stamp.unclear)) unclear.set(stamp.unclear, shownTime(cell));
        return;
      }
      seen++;
      if (stamp.clock) clocks++;
      if (stamp.wall !== 0) walls++;
      if (!stamp.zoned) unzoned++;
      if (!stamp.zoned && example === '') example = shownTime(cell);
      if (!stamp.zoned && stamp.clock) unzonedExample ??= shownTime(cell);
      if (dates.size < 2) dates.add(stamp.date);
    },
    learned: () => {
      if (order !== undefined) unclear.delete('day or month');
      if (units.size > 0) unclear.delete('unit');
      const [first] = unclear;
      return {
        order,
        units: [...units],
        unclear: first?.[0] ?? null,
        example: first?.[1] ?? unzonedExample ?? example,
        daily: seen > 0 && walls === 0 && (clocks === 0 || dates.size > 1),
        zoned: unzoned === 0,
      };
    },
  };
}

function stampOf(
  cell: TimeCell,
  knows: { order?: DateOrder | undefined; unit?: Unit | undefined },
): Stamp | { unclear: Unclear } | string {
  return typeof cell === 'object' ? cell : readStamp(typeof cell === 'string' ? cell : String(cell), knows);
}

export const shownTime = (cell: TimeCell): string =>
  typeof cell !== 'object'
    ? String(cell)
    : Math.abs(cell.ms) > furthest
      ? `${cell.ms} ms since 1970`
      : new Date(cell.ms)
          .toISOString()
          .replace(cell.zoned ? /$^/ : 'Z', '')
          .replace('.000', '');

export interface Times {
  /** In words: what the file's times are. */
  readonly words: string;
  /** @returns milliseconds since the epoch, or what is wrong */
  read(cell: TimeCell, previous: number | null): number | string;
}

/**
 * How a file's times are read.
 * @param zone of times that say none: the user's, or its vendor's, if known
 * @param hint what a user may need to know to answer for the zone
 * @throws FleetError BARS_INVALID asking for what can't be told
 */
export function decideTimes(
  file: string,
  learned: Learned,
  { zone, descending, hint }: { zone: Zone | null; descending: boolean; hint: string },
): Times {
  const { order, units, unclear, example, daily, zoned } = learned;
  if (unclear === 'day or month')
    throw new FleetError(
      'BARS_INVALID',
      `${file}: in ${example}, and in every other date of it, day and month could be either: say ` +
        '--dates day-first or --dates month-first',
    );
  if (unclear === 'unit')
    throw new FleetError(
      'BARS_INVALID',
      `${file}: the time ${example} is of no year from 2000 to 2100 in s, ms, µs or ns since 1970, and no other ` +
        'time of the file is: is it the right column? --columns time=NAME says which; times before 2000 can be ' +
        'written as dates',
    );
  if (!daily && !zoned && zone === null)
    throw new FleetError(
      'BARS_INVALID',
      `${file}: its times, such as ${example}, don't say of which zone they are: say --timezone, such as ` +
        `--timezone UTC or --timezone America/New_York.${hint === '' ? '' : ` ${hint}`}`,
    );
  const [unit] = units.length === 1 ? units : [];
  const knows = { order, unit };
  const words =
    units.length > 0
      ? `UTC (${units.join(' and ')} since 1970)`
      : daily
        ? 'none needed: days, stamped with midnight UTC'
        : zoned
          ? 'as the times say'
          : zone!.name;
  return {
    words: order === undefined ? words : `${words}; dates ${order}`,
    read: (cell, previous) => {
      const stamp = stampOf(cell, knows);
      if (typeof stamp === 'string') return stamp;
      if ('unclear' in stamp)
        return stamp.unclear === 'unit'
          ? 'is of no year from 2000 to 2100 in s, ms, µs or ns since 1970'
          : 'could be of either order: say --dates day-first or month-first';
      if (Math.abs(stamp.ms) > furthest) return noYear;
      if (stamp.ms % 1 !== 0) return 'is finer than a millisecond';
      if (daily)
        return stamp.wall === 0
          ? stamp.date
          : 'has a time of day, while the rows before are of days: import days and parts of days as files of their own';
      if (stamp.zoned) return stamp.ms;
      if (zone === null) return 'has no time zone, while others have: say --timezone';
      return zone.toUtc(stamp.ms, previous, descending);
    },
  };
}
