// The text of a time, as files write it: what it says by itself, before a zone or the order of day and month
// is known.

/** A time that was read. */
export interface Stamp {
  /** Milliseconds since the epoch: UTC where `zoned`, else of the clock on the wall as if it were UTC. */
  readonly ms: number;
  readonly zoned: boolean;
  /** Whether the text has a time of day. */
  readonly clock: boolean;
  /** The time of day on the wall, in milliseconds since midnight; null where none is meant (epochs). */
  readonly wall: number | null;
  /** Its day on the wall, at midnight UTC, which is how daily bars are stamped. */
  readonly date: number;
}

export const isStamp = (cell: object): cell is Stamp => 'ms' in cell && 'zoned' in cell && 'wall' in cell;

export type DateOrder = 'day-first' | 'month-first';

/** What a text can't tell by itself. */
export type Unclear = 'day or month' | 'unit';

const second = 1000;
const day = 86_400_000;

const units = [
  { name: 's', perMs: 1 / 1000 },
  { name: 'ms', perMs: 1 },
  { name: 'µs', perMs: 1000 },
  { name: 'ns', perMs: 1_000_000 },
] as const;
export type Unit = (typeof units)[number]['name'];

const from = Date.UTC(2000, 0, 1);
const until = Date.UTC(2100, 0, 1);

/** The unit in which a number is a time of the years 2000 to 2100: never of two. */
export function unitOf(value: number): Unit | undefined {
  return units.find(({ perMs }) => value >= from * perMs && value < until * perMs)?.name;
}

/** What JavaScript's dates can hold, in ms since 1970. */
export const furthest = 8.64e15;
export const noYear = 'is of no year that a calendar has';

/** @returns milliseconds, or what is wrong */
function epochStamp(value: number | bigint, unit: Unit): Stamp | string {
  const { perMs } = units.find(({ name }) => name === unit)!;
  const number = Number(value);
  const ms = number / perMs;
  if (Math.abs(ms) > furthest) return noYear;
  // A double of seconds is good to some 200 ns, and one of ns past 2^53 as well: a bigint is exact.
  const finer =
    typeof value === 'bigint'
      ? value % BigInt(Math.max(1, perMs)) !== 0n
      : Math.abs(ms - Math.round(ms)) > 0.001;
  if (finer) return 'is finer than a millisecond';
  return { ms: Math.round(ms), zoned: true, clock: true, wall: null, date: Math.floor(ms / day) * day };
}

const epoch = /^-?\d{5,19}(\.\d+)?$/;
const compact = /^(\d{4})(\d\d)(\d\d)(?:[ T]?(\d\d):?(\d\d)(?::?(\d\d))?(?:\.(\d+))?)?(Z|[+-]\d\d:?\d\d)?$/;
const clockPart =
  '(?:(?:[T ]|, ?| +)(\\d{1,2}):(\\d\\d)(?::(\\d\\d)(?:[.,](\\d+))?)?(?: ?([AaPp])\\.?[Mm]\\.?)?)?';
const zonePart = '(?: ?(Z|UTC|GMT|(?:UTC|GMT)?[+-]\\d\\d(?::?\\d\\d)?))?';
const yearFirst = new RegExp(`^(\\d{4})([-./])(\\d{1,2})\\2(\\d{1,2})${clockPart}${zonePart}$`);
const yearLast = new RegExp(`^(\\d{1,2})([-./])(\\d{1,2})\\2(\\d{4})${clockPart}${zonePart}$`);
const named = new RegExp(
  `^(?:(\\d{1,2})[- .]+([A-Za-z]{3,9})[- .,]+(\\d{4})|([A-Za-z]{3,9})[. ]+(\\d{1,2}),? (\\d{4}))${clockPart}${zonePart}$`,
);
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A time that a typed column gives: UTC, or without a zone. */
export function typedStamp(ms: number, zoned: boolean, clock: boolean): Stamp {
  const date = Math.floor(ms / day) * day;
  return { ms, zoned, clock, wall: ms - date, date };
}

/** Dates that are both: 20240131 as a number is no time in seconds. */
const isCompactDate = (text: string): boolean => /^(19|20)\d{6}$|^(19|20)\d{10}$|^(19|20)\d{12}$/.test(text);

/**
 * Reads a time.
 * @param knows what the file's other rows have told: the order of day and month, the unit of numbers
 * @returns the time; what the text leaves unclear; or what is wrong with it, in words
 */
export function readStamp(
  text: string,
  knows: { readonly order?: DateOrder | undefined; readonly unit?: Unit | undefined },
): Stamp | { readonly unclear: Unclear } | string {
  if (isCompactDate(text) && unitOf(Number(text)) === undefined) {
    const [, y, m, d, hh, mm, ss] = compact.exec(text)!;
    return stamp(y!, m!, d!, { hh, mm, ss });
  }
  if (epoch.test(text)) {
    const value = /^-?\d+$/.test(text) && text.length > 15 ? BigInt(text) : Number(text);
    const unit = unitOf(Number(value)) ?? knows.unit;
    return unit === undefined ? { unclear: 'unit' } : epochStamp(value, unit);
  }
  let match = yearFirst.exec(text);
  if (match !== null) {
    const [, y, , m, d, hh, mm, ss, fraction, half, zone] = match;
    return stamp(y!, m!, d!, { hh, mm, ss, fraction, half, zone });
  }
  match = compact.exec(text);
  if (match !== null) {
    const [, y, m, d, hh, mm, ss, fraction, zone] = match;
    return stamp(y!, m!, d!, { hh, mm, ss, fraction, zone });
  }
  match = yearLast.exec(text);
  if (match !== null) {
    const [, a, sign, b, y, hh, mm, ss, fraction, half, zone] = match;
    // Whoever writes dots writes the day first.
    const order = sign === '.' ? 'day-first' : (knows.order ?? orderOf(Number(a), Number(b)));
    if (order === undefined) return { unclear: 'day or month' };
    const [d, m] = order === 'day-first' ? [a, b] : [b, a];
    return stamp(y!, m!, d!, { hh, mm, ss, fraction, half, zone });
  }
  match = named.exec(text);
  if (match !== null) {
    const [, d1, name1, y1, name2, d2, y2, hh, mm, ss, fraction, half, zone] = match;
    const month = months.indexOf((name1 ?? name2)!.slice(0, 3).toLowerCase()) + 1;
    if (month > 0)
      return stamp((y1 ?? y2)!, String(month), (d1 ?? d2)!, { hh, mm, ss, fraction, half, zone });
  }
  if (/^\d{1,2}[-./]\d{1,2}[-./]\d{2}\b/.test(text))
    return 'has a year of two digits, which could be a day as well: write it with four';
  return 'is no time that is known, like 2024-01-31 09:30, 31.01.2024, 1706693400 or 2024-01-31T09:30:00Z';
}

/** Which of two numbers is the day, when only one can be. */
function orderOf(first: number, second: number): DateOrder | undefined {
  if (first > 12 && second <= 12) return 'day-first';
  if (second > 12 && first <= 12) return 'month-first';
  return undefined;
}

/** The order that a text alone shows; undefined where it shows none. */
export function shownOrder(text: string): DateOrder | undefined {
  const match = /^(\d{1,2})[-/](\d{1,2})[-/]\d{4}/.exec(text);
  return match === null ? undefined : orderOf(Number(match[1]), Number(match[2]));
}

interface Clock {
  readonly hh?: string | undefined;
  readonly mm?: string | undefined;
  readonly ss?: string | undefined;
  readonly fraction?: string | undefined;
  readonly half?: string | undefined;
  readonly zone?: string | undefined;
}

function stamp(y: string, m: string, d: string, { hh, mm, ss, fraction, half, zone }: Clock): Stamp | string {
  const date = Date.UTC(Number(y), Number(m) - 1, Number(d));
  const check = new Date(date);
  if (check.getUTCMonth() + 1 !== Number(m) || check.getUTCDate() !== Number(d) || Number(y) < 1000)
    return 'has a date that does not exist';
  if (fraction !== undefined && /[1-9]/.test(fraction.slice(3))) return 'is finer than a millisecond';
  let hour = Number(hh ?? 0);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return 'has a time of day that does not exist';
    hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  }
  if (hour > 23 || Number(mm ?? 0) > 59 || Number(ss ?? 0) > 59)
    return 'has a time of day that does not exist';
  const wall =
    ((hour * 60 + Number(mm ?? 0)) * 60 + Number(ss ?? 0)) * second +
    Number((fraction ?? '').slice(0, 3).padEnd(3, '0'));
  const offset = zone === undefined ? 0 : offsetOf(zone);
  if (typeof offset === 'string') return offset;
  return { ms: date + wall - offset, zoned: zone !== undefined, clock: hh !== undefined, wall, date };
}

/** Milliseconds that a zone's clocks are ahead of UTC. */
function offsetOf(zone: string): number | string {
  const match = /^(?:UTC|GMT)?([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (match === null) return 0;
  const [, sign, hours, minutes = '0'] = match;
  if (Number(hours) > 23 || Number(minutes) > 59) return 'has an offset that does not exist';
  return (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
}
