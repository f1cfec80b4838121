/** What a number's text, or value, is. */
export type ReadNumber = (cell: unknown) => number | undefined;

/** Decimal point. Decimal only: Number() also takes 0x10, '' and white space. */
const withPoint = (text: string): number | undefined => {
  const value = Number(text);
  return Number.isFinite(value) && /^[-+.\deE]+$/.test(text) ? value + 0 : undefined;
};

/** Decimal comma, with or without points between thousands: 1.234,56. */
const withComma = (text: string): number | undefined => {
  if (!text.includes('.'))
    return text.indexOf(',') === text.lastIndexOf(',') ? withPoint(text.replace(',', '.')) : undefined;
  if (!/^[-+]?\d{1,3}(\.\d{3})+(,\d+)?$/.test(text)) return undefined;
  return withPoint(text.replaceAll('.', '').replace(',', '.'));
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

/**
 * Which sign decimals of a file have, by some of its prices. Between commas only a point can be meant.
 * @returns null where it can't be told: 1.234 in a file that writes as Germans do
 */
export function decimalOf(delimiter: string, prices: readonly string[], german: boolean): '.' | ',' | null {
  if (prices.some((text) => /^[-+]?[\d.]*,\d+$/.test(text.trim()) && delimiter !== ',')) return ',';
  if (delimiter === ',' && prices.some((text) => /^[-+]?\d+,\d+$/.test(text))) return ',';
  const thousands = prices.filter((text) => text.includes('.'));
  const unclear = thousands.length > 0 && thousands.every((text) => /^\d{1,3}\.\d{3}$/.test(text));
  return german && unclear ? null : '.';
}
