/** What a number's text, or value, is. */
export type ReadNumber = (cell: unknown) => number | undefined;

/** Decimal point. Decimal only: Number() also takes 0x10, '' and white space. */
const plain = (text: string): number | undefined => {
  const value = Number(text);
  return Number.isFinite(value) && /^[-+.\deE]+$/.test(text) ? value + 0 : undefined;
};

/** Decimal point, with or without commas between thousands: 1,234.56. */
const withPoint = (text: string): number | undefined =>
  plain(text) ?? (/^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? plain(text.replaceAll(',', '')) : undefined);

/** Decimal comma, with or without points between thousands: 1.234,56. */
const withComma = (text: string): number | undefined => {
  if (!text.includes('.'))
    return text.indexOf(',') === text.lastIndexOf(',') ? plain(text.replace(',', '.')) : undefined;
  if (!/^[-+]?\d{1,3}(\.\d{3})+(,\d+)?$/.test(text)) return undefined;
  return plain(text.replaceAll('.', '').replace(',', '.'));
};

/** Of files in which numbers are typed, and of texts by the decimal sign. */
export function numberReader(decimal: '.' | ','): ReadNumber {
  const read = decimal === '.' ? withPoint : withComma;
  return (cell) => {
    if (typeof cell === 'string') {
      const quick = read(cell);
      // Some write white space around, or a currency before.
      return quick ?? read(cell.trim().replace(/^[$€£]/, ''));
    }
    if (typeof cell === 'number') return Number.isFinite(cell) ? cell + 0 : undefined;
    return typeof cell === 'bigint' ? Number(cell) : undefined;
  };
}

/** Integers of a billionth: 1234500000 is 1.2345. */
export const billionths: ReadNumber = (cell) =>
  typeof cell === 'string' && /^-?\d{1,19}$/.test(cell) && cell !== '9223372036854775807'
    ? Number(cell) / 1e9
    : undefined;

/** What stands for a volume that there is none of. */
export const noVolume = (cell: unknown): boolean =>
  cell === null ||
  cell === undefined ||
  (typeof cell === 'number' && Number.isNaN(cell)) ||
  (typeof cell === 'string' && /^\s*(|nan|null|none|n\/a|-)\s*$/i.test(cell));

const magnitudes: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9 };

/** Volumes as people read them: 94.21M. */
export const withMagnitude =
  (read: ReadNumber): ReadNumber =>
  (cell) => {
    const match = typeof cell === 'string' ? /^\s*(.*\d)([KMB])\s*$/.exec(cell) : null;
    if (match === null) return read(cell);
    const value = read(match[1]);
    // Rounded, as 94.21 times a million is none of whole shares.
    return value === undefined ? undefined : Math.round(value * magnitudes[match[2]!]! * 1e6) / 1e6;
  };

/**
 * Which sign decimals of a file have, by some of its prices.
 * @param german whether dates or names say that whoever wrote it writes as Germans do
 * @returns null where it can't be told: 1.234 in German, "1,234" between commas
 */
export function decimalOf(delimiter: string, prices: readonly string[], german: boolean): '.' | ',' | null {
  const texts = prices.map((text) => text.trim()).filter((text) => /[.,]/.test(text));
  if (texts.some((text) => /,\d*\.|^\d*\.\d+$/.test(text) && !/^\d{1,3}\.\d{3}$/.test(text))) return '.';
  if (texts.some((text) => /\.\d*,/.test(text) || /^\D?\d*,(\d{1,2}|\d{4,})$/.test(text))) return ',';
  // Semicolons stand between fields because commas are in them.
  if (texts.some((text) => text.includes(','))) return delimiter === ',' ? null : ',';
  return german && texts.length > 0 ? null : '.';
}
