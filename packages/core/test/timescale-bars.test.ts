// Bars of the user's own in a hypertable of TimescaleDB, and in a view of hours over it, which has the shape of a
// continuous aggregate. (TimescaleDB under the Apache licence, as Debian has it, knows no continuous ones.)
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { explainingClient, startServers } from '@ml-training/testing';
import {
  checkBarTable,
  connectDatabase,
  listSymbolOverviews,
  listSymbols,
  loadConfig,
  migrate,
  newestBars,
  quietSymbols,
  readBars,
  readBarsBetween,
  readCloses,
  type Database,
} from '../src/index.ts';
import { readBarsFrom } from '../src/database/connect.ts';

const servers = await startServers();
const skipped = servers.hasTimescale ? '' : ' (skipped: these servers have no TimescaleDB)';
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'test', max: 1 });
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

const hour = 3_600_000;
const from = Date.UTC(2026, 0, 5);
const hours = 24 * 60;

(servers.hasTimescale ? describe : describe.skip)(`TimescaleDB${skipped}`, () => {
  beforeAll(async () => {
    await migrate(sql);
    await sql.unsafe(`
      CREATE SCHEMA bot;
      CREATE TABLE bot.candles (time timestamptz NOT NULL, symbol text NOT NULL, open float8, high float8, low float8,
        close float8, volume float8);
      SELECT create_hypertable('bot.candles', 'time', chunk_time_interval => interval '7 days');
      CREATE UNIQUE INDEX ON bot.candles (symbol, time DESC);
      INSERT INTO bot.candles
      SELECT '2026-01-05Z'::timestamptz + i * interval '15 minutes', s, 100 + i, 102 + i, 99 + i, 101 + i, 1
      FROM generate_series(0, ${4 * hours - 1}) i, unnest(ARRAY['AAA', 'BBB']) s`);
    // As a continuous aggregate that is gathered up to a time: what is kept, and the newer ones as they are asked for.
    const hoursOf = (where: string): string => `
      SELECT time_bucket('1 hour', time) AS bucket, symbol, first(open, time) AS open, max(high) AS high, min(low) AS low,
        last(close, time) AS close, sum(volume) AS volume
      FROM bot.candles WHERE ${where} GROUP BY 1, 2`;
    const gathered = `'2026-02-20Z'::timestamptz`;
    await sql.unsafe(`
      CREATE TABLE bot.gathered AS ${hoursOf(`time < ${gathered}`)};
      SELECT create_hypertable('bot.gathered', 'bucket', migrate_data => true);
      CREATE INDEX ON bot.gathered (symbol, bucket DESC);
      CREATE VIEW bot.hours AS SELECT * FROM bot.gathered UNION ALL ${hoursOf(`time >= ${gathered}`)}`);
    await sql.unsafe('ANALYZE');
  });

  const settings = (table: string) => loadConfig({ MARKET_DATA_TABLE: table });
  const reading = async <T>(table: string, use: (client: Database) => Promise<T>): Promise<T> => {
    const bars = settings(table);
    const client = connectDatabase(servers.databaseUrl, { applicationName: 'test', max: 2, bars });
    try {
      return await use(client);
    } finally {
      await client.end({ timeout: 1 });
    }
  };
  const everything = (client: Database) =>
    Promise.all([
      readBars(client, 'AAA', 5000),
      readBarsBetween(client, 'AAA', from + 4 * hour, from + 40 * hour),
      listSymbols(client, { upTo: 7 }),
      newestBars(client, null),
      readCloses(client, 'BBB', 10),
      quietSymbols(client, ['AAA', 'BBB']),
      listSymbolOverviews(client, settings('market_data'), { limit: 10 }),
    ]);

  test('a hypertable is read by every reader', async () => {
    await reading('bot.candles', async (client) => {
      const [all, between, symbols, newest, closes, quiet, { symbols: shown }] = await everything(client);
      expect([all.time.length, all.time[0], all.close[0], all.close.at(-1)]).toEqual([
        5000,
        from + (4 * hours - 5000) * (hour / 4),
        101 + 4 * hours - 5000,
        100 + 4 * hours,
      ]);
      expect([between.time.length, between.close[0]]).toEqual([4 * 36 + 1, 117]);
      expect(symbols).toMatchObject([
        { symbol: 'AAA', bars: 7, from: new Date(from) },
        { symbol: 'BBB', bars: 7 },
      ]);
      expect(newest.get('BBB')).toEqual(new Date(from + hours * hour - hour / 4));
      expect(closes.close).toHaveLength(10);
      expect([...quiet.keys()].sort()).toEqual(['AAA', 'BBB']);
      expect(shown.map((one) => [one.symbol, one.bars, one.step, one.gaps])).toEqual([
        ['AAA', 4 * hours, hour / 4, []],
        ['BBB', 4 * hours, hour / 4, []],
      ]);
      expect(await checkBarTable(client)).toMatchObject({ table: { kind: 'table' }, warnings: [] });
    });
  });

  test('a view of hours, kept up to a time and gathered from there on, is read as its bars', async () => {
    await reading('bot.hours', async (client) => {
      const [all, between, symbols, newest, , , { symbols: shown }] = await everything(client);
      expect(all.time).toEqual(Float64Array.from({ length: hours }, (_, i) => from + i * hour));
      expect([all.open[1], all.high[1], all.low[1], all.close[1], all.volume[1]]).toEqual([
        104, 109, 103, 108, 4,
      ]);
      expect(between.time).toHaveLength(37);
      expect(symbols.map(({ symbol, bars }) => [symbol, bars])).toEqual([
        ['AAA', 7],
        ['BBB', 7],
      ]);
      expect(newest.get('AAA')).toEqual(new Date(from + (hours - 1) * hour));
      expect(shown[0]).toMatchObject({ step: hour, bars: hours, gaps: [] });
      expect(await checkBarTable(client)).toMatchObject({
        table: { kind: 'view', columns: { time: 'bucket' } },
        row: { symbol: expect.any(String) },
      });
    });
  });

  test('the newest bars are found by an index of the chunks', async () => {
    const explaining = explainingClient(servers.databaseUrl);
    const client = readBarsFrom(explaining.sql, settings('bot.candles'));
    try {
      await readBars(client, 'AAA', 1);
      const ran = await explaining.during(async () => {
        await readBars(client, 'AAA', 5);
        await newestBars(client, ['AAA']);
      });
      const looked = ran.filter(({ query }) => query.includes('candles'));
      expect(looked.length).toBeGreaterThanOrEqual(2);
      for (const one of looked) expect([one.query, one.rows < 60]).toEqual([one.query, true]);
    } finally {
      await explaining.sql.end({ timeout: 1 });
    }
  });
});
