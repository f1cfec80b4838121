import { FleetError } from '@ml-training/core';
import { roles, type Role } from './options.ts';

/** Where each of a bar's values is in a row, from 0. */
export interface Places {
  readonly time: number;
  /** Of a file that has day and time of day apart: the day's. */
  readonly date: number | null;
  readonly symbol: number | null;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | null;
}

/**
 * As a format says which column is what: by name, by a pattern of which the first that fits is it, or by place
 * from 0; null: it has none, whatever is called so.
 */
export type ColumnOf = string | RegExp | number | null;

/** Names that files give the columns, in small letters and without < and >. */
const names: Readonly<Record<Role, readonly string[]>> = {
  time: [
    'time',
    'timestamp',
    'datetime',
    'date time',
    'date_time',
    'date/time',
    'open time',
    'open_time',
    'opentime',
    'ts',
    'unix',
    'unix timestamp',
    'window_start',
    'ts_event',
    'zeitpunkt',
    'datum/zeit',
    'zeit',
    'uhrzeit',
    'local time',
    'gmt time',
    'utc',
  ],
  // MetaStock's.
  date: ['date', 'dtyyyymmdd', 'datum', 'day', 'tag', 'trade_date', 'trade date'],
  symbol: ['symbol', 'ticker', 'pair', 'instrument', 'act_symbol', 'symbole'],
  open: ['open', 'o', 'open price', 'open_price', 'eröffnung', 'eröffnungskurs', 'erster', 'start'],
  high: ['high', 'h', 'high price', 'high_price', 'hoch', 'tageshoch', 'höchst', 'höchstkurs'],
  low: ['low', 'l', 'low price', 'low_price', 'tief', 'tagestief', 'tiefst', 'tiefstkurs'],
  close: ['close', 'c', 'close price', 'close_price', 'close/last', 'schluss', 'schlusskurs'],
  volume: ['volume', 'vol', 'v', 'vol.', 'volumen', 'stück', 'umsatz', 'base_volume'],
};

export const plainName = (name: string): string =>
  name
    .trim()
    .replace(/^<(.*)>$/, '$1')
    .toLowerCase();

/**
 * Finds the columns of a file by their names.
 * @param given what a format, or the user, says of some of them
 * @returns the places; or what is missing or ambiguous, in words
 */
export function findPlaces(
  header: readonly string[],
  given: Partial<Record<Role, ColumnOf>>,
): Places | string {
  const plain = header.map(plainName);
  const problems: string[] = [];
  const find = (role: Role): number | null => {
    const said = given[role];
    if (said === null) return null;
    if (typeof said === 'number') return said < header.length ? said : null;
    const fits = (name: string): boolean =>
      said === undefined
        ? names[role].includes(name)
        : typeof said === 'string'
          ? name === plainName(said)
          : said.test(name);
    const found = plain.flatMap((name, place) => (fits(name) ? [place] : []));
    if (found.length > 1 && !(said instanceof RegExp))
      problems.push(
        `${found.map((place) => JSON.stringify(header[place])).join(' and ')} could be its ${role}`,
      );
    return found[0] ?? null;
  };
  const found = Object.fromEntries(roles.map((role) => [role, find(role)])) as Record<Role, number | null>;
  // pandas writes its index without a name, or as "index" or "Unnamed: 0".
  const index = plain.findIndex((name, place) => place === 0 && ['', 'index', 'unnamed: 0'].includes(name));
  let { time, date } = found;
  if (time === null && date === null && index === 0) time = 0;
  // pandas, in Parquet and Feather.
  const unnamed = plain.indexOf('__index_level_0__');
  if (time === null && date === null && unnamed >= 0) time = unnamed;
  if (time === null) [time, date] = [date, null];
  const missing = (['open', 'high', 'low', 'close'] as const).filter((role) => found[role] === null);
  if (time === null) problems.unshift('no column is its time');
  if (missing.length > 0) problems.unshift(`no column is its ${missing.join(', its ')}`);
  if (problems.length > 0) return problems.join('; ');
  // Those that are missing were said above.
  return { ...found, time, date } as Places;
}

/**
 * What --columns says, as places or names.
 * @throws FleetError BARS_INVALID naming a column that the file doesn't have
 */
export function givenColumns(
  file: string,
  header: readonly string[] | null,
  count: number,
  columns: Partial<Record<Role, string>>,
): Partial<Record<Role, number>> {
  const place = (role: string, name: string): number => {
    const exact = header?.indexOf(name) ?? -1;
    if (exact >= 0) return exact;
    const alike = header?.findIndex((one) => plainName(one) === plainName(name)) ?? -1;
    if (alike >= 0) return alike;
    if (/^[1-9]\d*$/.test(name) && Number(name) <= count) return Number(name) - 1;
    const has =
      header === null
        ? `no names of columns, ${count} of them`
        : header.map((one) => JSON.stringify(one)).join(', ');
    throw new FleetError(
      'BARS_INVALID',
      `${file} has no column ${JSON.stringify(name)} that --columns names for ${role}: it has ${has.slice(0, 400)}`,
    );
  };
  return Object.fromEntries(Object.entries(columns).map(([role, name]) => [role, place(role, name)]));
}
