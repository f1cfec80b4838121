import { expect, test } from '@jest/globals';
import { loadConfig } from '../config/index.ts';
import { isForeign, mapColumns, tableParts } from './bar-table.ts';

const settings = (MARKET_DATA_COLUMNS = '', MARKET_DATA_TIMEZONE = '') =>
  loadConfig({ MARKET_DATA_TABLE: 'bot.candles', MARKET_DATA_COLUMNS, MARKET_DATA_TIMEZONE });
/** `name type`, a column each; a double when no type is given. */
const columns = (...list: string[]) =>
  list.map((one) => {
    const [, name = '', type = 'double precision'] = /^("[^"]+"|\S+)(?: (.+))?$/.exec(one) ?? [];
    return { name: name.replaceAll('"', ''), type, readable: true };
  });
const ts = 'ts timestamp with time zone';

test.each([
  ['short names', columns(ts, 'ticker text', 'o', 'h', 'l', 'c', 'v'), 'ts ticker o h l c v'],
  [
    'names in capitals, as pandas writes a frame',
    columns('Date date', 'Symbol text', 'Open', 'High', 'Low', 'Close', '"Adj Close"', 'Volume bigint'),
    'Date Symbol Open High Low Close Volume',
  ],
  [
    "Binance's names",
    columns('open_time bigint', 'pair text', 'open numeric(18,8)', 'high', 'low', 'close', 'volume'),
    'open_time pair open high low close volume',
  ],
  [
    'only an adjusted close',
    columns(ts, 'symbol text', 'open', 'high', 'low', '"adj close"'),
    'ts symbol open high low adj close ',
  ],
  [
    'the exact name before one that is alike',
    columns('Time text', 'time timestamp with time zone', 'symbol text', 'open', 'high', 'low', 'close'),
    'time symbol open high low close ',
  ],
])('columns are found by %s', (_, given, expected) => {
  const { problems, found } = mapColumns(given, settings());
  expect(problems).toEqual([]);
  const roles = ['time', 'symbol', 'open', 'high', 'low', 'close', 'volume'] as const;
  expect(roles.map((role) => found.get(role) ?? '').join(' ')).toBe(expected);
});

test('MARKET_DATA_COLUMNS says it where names do not, a unit and further columns too', () => {
  const given = columns(
    'at bigint',
    'isin text',
    'o',
    'h',
    'l',
    'px',
    'FundingRate',
    'note text',
    'trades integer',
  );
  const found = mapColumns(given, settings('time=at:us,symbol=isin,close=px,funding_rate=FundingRate'));
  expect(found).toMatchObject({ problems: [], unit: 'us' });
  expect(Object.fromEntries(found.found)).toMatchObject({ time: 'at', symbol: 'isin', close: 'px' });
  expect(found.further).toEqual([
    { name: 'funding_rate', column: 'FundingRate' },
    { name: 'trades', column: 'trades' },
  ]);
});

test.each([
  [
    'no symbol',
    columns(ts, 'open', 'high', 'low', 'close'),
    '',
    /symbol=COLUMN, or, where all bars are of one/,
  ],
  [
    'no close',
    columns(ts, 'symbol text', 'open', 'high', 'low', 'px'),
    '',
    /close by its name .*close=COLUMN/,
  ],
  [
    'a column that is not there',
    columns(ts, 'symbol text'),
    'close=px_last',
    /no column px_last, which MARKET/,
  ],
  [
    'prices as text',
    columns(ts, 'symbol text', 'open text', 'high', 'low', 'close'),
    '',
    /column open is text, not a number: make a view/,
  ],
  [
    'a number of the instrument',
    columns(ts, 'symbol integer'),
    '',
    /symbol is integer, but symbols must be text/,
  ],
  ['times as text', columns('ts text', 'symbol text'), '', /ts is text, but times must be timestamptz/],
  [
    'times without a zone',
    columns('ts timestamp without time zone', 'symbol text'),
    '',
    /set MARKET_DATA_TIMEZONE .* so it is not guessed/,
  ],
])('%s is a problem in words', (_, given, named, words) => {
  expect(mapColumns(given, settings(named)).problems.join('\n')).toMatch(words);
});

test.each([
  ['candles', ['candles']],
  ['bot.candles', ['bot', 'candles']],
  ['bot."Candles 1h"', ['bot', 'Candles 1h']],
  ['"a.b"."c""d"', ['a.b', 'c"d']],
])('%s is taken apart', (name, parts) => {
  expect(loadConfig({ MARKET_DATA_TABLE: name }).MARKET_DATA_TABLE).toBe(name);
  expect(tableParts(name)).toEqual(parts);
});

test('columns that this user may not read are named, of those that are used', () => {
  const closed = (...names: string[]) =>
    columns(ts, 'symbol text', 'open', 'high', 'low', 'close', 'note text').map((one) => ({
      ...one,
      readable: !names.includes(one.name),
    }));
  const problems = (...names: string[]) => mapColumns(closed(...names), settings()).problems;
  expect(problems('close')).toEqual(['this user may not read its column close']);
  expect(problems('ts', 'close')).toEqual(['this user may not read its columns ts, close']);
  expect(problems('note')).toEqual([]);
});

test('a further column must be of numbers where it is named, and is left out where it is not', () => {
  const given = columns(
    ts,
    'symbol text',
    'open',
    'high',
    'low',
    'close',
    'note text',
    '"Funding Rate" real',
    'Ünits',
  );
  expect(mapColumns(given, settings()).further).toEqual([{ name: 'funding_rate', column: 'Funding Rate' }]);
  expect(mapColumns(given, settings('words=note')).problems).toEqual([
    'its column note, which MARKET_DATA_COLUMNS names, is not of numbers',
  ]);
});

test('a name in other letters is taken where only one column has it', () => {
  const given = columns(ts, 'symbol text', 'open', 'high', 'low', '"Last Price"', 'PX', 'Px');
  const closeOf = (named: string) => mapColumns(given, settings(`close=${named}`)).found.get('close');
  expect(closeOf('last_price')).toBe('Last Price');
  expect(closeOf('Px')).toBe('Px');
  expect(closeOf('px')).toBeUndefined();
});

test.each(['interval', 'xdate', 'timestamp with time zone[]', 'bigint[]'])(
  'times of type %s are a problem',
  (type) => {
    const given = columns(`ts ${type}`, 'symbol text', 'open', 'high', 'low', 'close');
    expect(mapColumns(given, settings()).problems.join()).toContain(`is ${type}, but times must be`);
  },
);
test.each(['text[]', 'xtext', 'integer'])('symbols of type %s are a problem', (type) => {
  const given = columns(ts, `symbol ${type}`, 'open', 'high', 'low', 'close');
  expect(mapColumns(given, settings()).problems.join()).toContain(`is ${type}, but symbols must be text`);
});

test('bars are of somebody else where a setting names a table, or columns of one', () => {
  const given = { MARKET_DATA_TABLE: 'market_data', MARKET_DATA_COLUMNS: [], MARKET_DATA_TIMEZONE: '' };
  expect(isForeign(given)).toBe(false);
  expect(isForeign({ ...given, MARKET_DATA_TABLE: 'candles' })).toBe(true);
  expect(isForeign({ ...given, MARKET_DATA_COLUMNS: ['close=px'] })).toBe(true);
});
