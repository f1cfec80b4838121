/** What clocks on the wall of a zone show at an instant. */
export interface WallTime {
  /** `2026-11-26` */
  readonly date: string;
  readonly hour: number;
  readonly minute: number;
  /** ISO 8601 with the zone's offset at that instant: `2026-11-26T14:00:00+01:00`. */
  readonly iso: string;
}

/** Making one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** @param timezone an IANA zone @throws RangeError for what is none */
export function wallTime(at: Date, timezone: string): WallTime {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
    });
    formats.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const date = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
  const offset = part('timeZoneName').replace(/^GMT$/, '+00:00').replace('GMT', '');
  return {
    date,
    hour: Number(part('hour')),
    minute: Number(part('minute')),
    iso: `${date}T${part('hour')}:${part('minute')}:${part('second')}${offset}`,
  };
}
