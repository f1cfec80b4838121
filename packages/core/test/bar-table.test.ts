// Bars in a table or view of the user's own: found, read as if they were the fleet's, and never written.
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { explainingClient, startServers } from '@ml-training/testing';
import {
  barsSha256,
  checkBarTable,
  connectDatabase,
  importBars,
  listSymbolOverviews,
  listSymbols,
  loadConfig,
  migrate,
  newestBars,
  overviewsOf,
  quietSymbols,
  readBars,
  readBarsBetween,
  readCloses,
  withClosedInputs,
  type Database,
} from '../src/index.ts';
import { readBarsFrom } from '../src/database/connect.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'test', max: 1 });
const open: Database[] = [];
const settings = (given: Record<string, string> = {}) =>
  loadConfig({ MARKET_DATA_TABLE: 'bot.candles', ...given });
function reading(given: Record<string, string> = {}, url = servers.databaseUrl): Database {
  const client = connectDatabase(url, { applicationName: 'test', max: 1, bars: settings(given) });
  open.push(client);
  return client;
}
beforeAll(async () => {
  await migrate(sql);
  await sql`
    INSERT INTO market_data (time, symbol, open, high, low, close, volume)
    SELECT '2024-01-01T00:00:00Z'::timestamptz + i * interval '1 day', symbol, i + 10, i + 11, i + 9, i + 10, i
    FROM generate_series(1, 400) i, unnest(ARRAY['GOOG', 'BTC/USD']) symbol`;
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.end({ timeout: 1 })));
  await sql.unsafe('DROP SCHEMA IF EXISTS bot CASCADE');
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

/** The fleet's bars as a trading bot keeps them. */
const copy = (time: string, more = '') =>
  sql.unsafe(`CREATE SCHEMA bot;
    CREATE TABLE bot.candles AS SELECT ${time} AS ts, symbol::varchar(20) AS ticker, open::numeric AS o, high AS h,
      low::real AS l, close AS c, volume::bigint AS v ${more} FROM market_data;
    CREATE UNIQUE INDEX ON bot.candles (ticker, ts DESC); ANALYZE bot.candles`);

const number = (unit: number, type: string): string => `(extract(epoch FROM time) * ${unit})::${type}`;
const kinds: readonly (readonly [string, string, Record<string, string>])[] = [
  ['timestamptz', 'time', {}],
  ['timestamp', `time AT TIME ZONE 'America/New_York'`, { MARKET_DATA_TIMEZONE: 'America/New_York' }],
  ['date', `(time AT TIME ZONE 'UTC')::date`, {}],
  ['integer seconds', number(1, 'integer'), {}],
  ['bigint ms', number(1e3, 'bigint'), {}],
  ['numeric µs', number(1e6, 'numeric'), {}],
  ['bigint ns', number(1e9, 'bigint'), {}],
  ['double seconds', number(1, 'float8'), {}],
];

describe.each(kinds)('times as %s', (_, time, given) => {
  test("are read by every reader as the fleet's own are", async () => {
    await copy(time, ', open / 100 AS funding_rate');
    const theirs = reading(given);
    const own = await readBars(sql, 'GOOG', 50);
    const [from, to] = [own.time[5]!, own.time[20]!];
    const everything = async (client: Database) => ({
      newest: barsSha256(await readBars(client, 'GOOG', 50)),
      all: barsSha256(await readBars(client, 'GOOG', 1000)),
      between: barsSha256(await readBarsBetween(client, 'GOOG', from, to)),
      symbols: await listSymbols(client),
      few: await listSymbols(client, { upTo: 7, only: ['GOOG'] }),
      last: await newestBars(client, null),
      before: await newestBars(client, ['GOOG'], new Date(to)),
      overview: (await overviewsOf(client, settings(), ['GOOG'])).map((one) => ({ ...one, ageSeconds: 0 })),
      second: (await listSymbolOverviews(client, settings(), { limit: 1, after: 'BTC/USD' })).symbols.length,
      closes: await readCloses(client, 'GOOG', 30),
      inputs: (
        await withClosedInputs(client, [own], { NEGATIVE_PRICES: [] }, { symbols: ['BTC/USD'], columns: [] })
      )[0]!.inputs!.map((one) => barsSha256(one)),
    });
    expect(await everything(theirs)).toEqual(await everything(sql));
    const { columns } = await readBars(theirs, 'GOOG', 2, ['funding_rate']);
    expect(columns).toEqual({ funding_rate: Float64Array.of(4.09, 4.1) });
    expect(await checkBarTable(theirs)).toMatchObject({ warnings: [], row: { close: expect.any(Number) } });
  });

  test('the index of the table serves the newest bars and the list of symbols', async () => {
    await copy(time);
    const explaining = explainingClient(servers.databaseUrl);
    const client = readBarsFrom(explaining.sql, settings(given));
    try {
      await readBars(client, 'GOOG', 1);
      const ran = await explaining.during(async () => {
        await readBars(client, 'GOOG', 5);
        await readBarsBetween(client, 'GOOG', Date.parse('2025-01-20'), Date.parse('2025-01-24'));
        await newestBars(client, null);
        await listSymbols(client, { upTo: 3 });
        await readCloses(client, 'GOOG', 5);
      });
      const looked = ran.filter(({ query }) => query.includes('candles'));
      expect(looked.length).toBeGreaterThanOrEqual(5);
      for (const one of looked) expect([one.readWhole, one.rows < 60]).toEqual([[], true]);
    } finally {
      await explaining.sql.end({ timeout: 1 });
    }
  });
});

test('a view serves as well, over more than one table', async () => {
  await copy('time');
  await sql.unsafe(`
    CREATE TABLE bot.instruments AS SELECT DISTINCT ticker, 'x' AS venue FROM bot.candles;
    CREATE VIEW bot.bars AS SELECT c.ts AS "Time", i.ticker AS "Symbol", o AS "Open", h AS "High", l AS "Low",
      c AS "Close" FROM bot.candles c JOIN bot.instruments i USING (ticker)`);
  const theirs = reading({ MARKET_DATA_TABLE: 'bot.bars' });
  const read = await readBars(theirs, 'GOOG', 1000);
  expect(read.close).toEqual((await readBars(sql, 'GOOG', 1000)).close);
  expect(read.volume.every(Number.isNaN)).toBe(true);
  expect(await checkBarTable(theirs)).toMatchObject({ table: { kind: 'view' }, warnings: [] });
});

test('which symbols are quiet is asked of that table alone', async () => {
  await copy('time');
  await sql`UPDATE bot.candles SET ticker = 'THEIRS' WHERE ticker = 'GOOG'`;
  const quiet = await quietSymbols(reading(), ['GOOG', 'THEIRS']);
  expect([...quiet]).toEqual([['THEIRS', { last: new Date('2025-02-04'), longestPause: 86_400 }]]);
});

test('rows that lack a price, a time or a symbol are no bars', async () => {
  await copy('time');
  await sql`INSERT INTO bot.candles (ts, ticker, o, h, l, c) VALUES
    ('2025-03-01Z', 'GOOG', 1, 1, 1, NULL), (NULL, 'GOOG', 1, 1, 1, 1), ('2025-03-01Z', NULL, 1, 1, 1, 1)`;
  const read = await readBars(reading(), 'GOOG', 1000);
  expect(barsSha256(read)).toBe(barsSha256(await readBars(sql, 'GOOG', 1000)));
});

test('a table without an index is read, and the statement that makes one is said', async () => {
  await copy('time');
  await sql.unsafe('DROP INDEX bot.candles_ticker_ts_idx; CREATE INDEX ON bot.candles (ts)');
  const check = await checkBarTable(reading());
  expect(check?.warnings).toEqual([
    expect.stringContaining('CREATE INDEX ON bot.candles ("ticker", "ts" DESC)'),
    expect.stringContaining('CREATE UNIQUE INDEX ON bot.candles ("ticker", "ts" DESC)'),
  ]);
});

test('of a view over a large table without an index too', async () => {
  await sql.unsafe(`CREATE SCHEMA bot;
    CREATE TABLE bot.ticks AS SELECT now() - i * interval '1 minute' AS ts, 'A'::text AS symbol, 1.0 AS open,
      1.0 AS high, 1.0 AS low, 1.0 AS close FROM generate_series(1, 20000) i;
    ANALYZE bot.ticks; CREATE VIEW bot.candles AS SELECT * FROM bot.ticks`);
  expect((await checkBarTable(reading()))?.warnings).toEqual([
    expect.stringMatching(/view bot.candles has no index below it .*ticks is read each time/),
  ]);
});

describe('no bars can be read, in words, from', () => {
  test.each<[string, () => Promise<unknown>, Record<string, string>, RegExp]>([
    [
      'a table that is not there',
      () => sql`SELECT 1`,
      {},
      /MARKET_DATA_TABLE is bot\.candles.*there is no "bot"/,
    ],
    [
      'one of another schema, which is named',
      () => copy('time'),
      { MARKET_DATA_TABLE: 'Candles' },
      /there is no "Candles" in this database \(there is bot\.candles\)/,
    ],
    ['times without a zone', () => copy('time::timestamp'), {}, /set MARKET_DATA_TIMEZONE/],
    [
      'numbers that are no times',
      () => copy(`(time::date - '1970-01-01'::date)::bigint`),
      {},
      /column ts is bigint, and .* are no times .* one of s, ms, us, ns, with MARKET_DATA_COLUMNS=time=ts:ms/,
    ],
    [
      'a table of one symbol',
      () => copy('time').then(() => sql`ALTER TABLE bot.candles DROP COLUMN ticker`),
      {},
      /make a view with 'BTC\/USDT'::text AS symbol/,
    ],
  ])('%s', async (_, make, given, words) => {
    await make();
    await expect(checkBarTable(reading(given))).rejects.toMatchObject({
      code: 'DATABASE_UNFIT',
      message: expect.stringMatching(words),
    });
  });

  test('a table that this user may not read; once it may, the same client reads it', async () => {
    await copy('time');
    await sql.unsafe(`CREATE ROLE no_reader LOGIN PASSWORD 'x'`);
    const url = new URL(servers.databaseUrl);
    url.username = 'no_reader';
    url.password = 'x';
    const theirs = reading({}, url.href);
    try {
      await expect(checkBarTable(theirs)).rejects.toThrow(
        /GRANT USAGE ON SCHEMA bot TO no_reader; GRANT SELECT ON bot\.candles TO no_reader/,
      );
      await sql.unsafe('GRANT USAGE ON SCHEMA bot TO no_reader; GRANT SELECT ON bot.candles TO no_reader');
      expect(await checkBarTable(theirs)).toMatchObject({ row: { symbol: expect.any(String) } });
    } finally {
      await theirs.end({ timeout: 1 });
      await sql.unsafe('DROP OWNED BY no_reader; DROP ROLE no_reader');
    }
  });
});

test('nothing is imported where bars are the user’s own', async () => {
  await copy('time');
  const file = path.resolve(import.meta.dirname, '../../../infra/sample-data/GOOG.csv');
  await expect(importBars(reading(), file)).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    message: expect.stringMatching(/MARKET_DATA_TABLE names bot\.candles.*only read/),
  });
  expect(await sql`SELECT count(*)::int AS rows FROM bot.candles`).toEqual([{ rows: 800 }]);
});
