const iso8601 =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})(\d*))?)?(?:(Z)|([+-])(\d\d)(?::?(\d\d))?)?)?$/;

/**
 * Reads the time of a bar: ISO 8601 with `Z` or an offset, `T` or a space between date and time (as pandas
 * writes it), seconds and their fraction optional. A date alone is midnight UTC, which is how daily bars are
 * stamped; a time of day without a zone is refused, since an hour's error would let a model look into the
 * future.
 * @returns milliseconds since the epoch, or what is wrong with the text
 */
export function parseBarTime(text: string): number | string {
  const match = iso8601.exec(text);
  if (match === null) return 'is not ISO 8601, like 2024-01-31T09:30:00Z';
  const [
    ,
    year,
    month,
    day,
    hour,
    minute = 0,
    second = 0,
    fraction = '',
    finer = '',
    zulu,
    sign,
    zoneHour = 0,
    zoneMinute = 0,
  ] = match;
  if (hour !== undefined && zulu === undefined && sign === undefined)
    return 'has no time zone: add Z for UTC, or an offset like +01:00';
  if (/[1-9]/.test(finer)) return 'is finer than a millisecond';
  if (Number(hour ?? 0) > 23 || Number(minute) > 59 || Number(second) > 59)
    return 'has a time of day that does not exist';
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return 'has an offset that does not exist';
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  // Date.UTC takes 31 February for 2 March, and the year 24 for 1924.
  if (
    date.getUTCDate() !== Number(day) ||
    date.getUTCMonth() + 1 !== Number(month) ||
    date.getUTCFullYear() !== Number(year)
  )
    return 'has a date that does not exist';
  const seconds = (Number(hour ?? 0) * 60 + Number(minute)) * 60 + Number(second);
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60 * (sign === '-' ? -1 : 1);
  return date.getTime() + 1000 * (seconds - offset) + Number(fraction.padEnd(3, '0'));
}
