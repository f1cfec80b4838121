// The very bars that a training was given, found again.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startServers } from '@ml-training/testing';
import { barsSha256, connectDatabase, migrate, readBars, readBarsBetween } from '../src/index.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'bars test' });
beforeAll(() => migrate(sql));
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

/** Bars a minute and a microsecond apart, so that their times are no whole milliseconds. */
const add = (symbol: string, from: number, to: number) => sql`
  INSERT INTO market_data (time, symbol, open, high, low, close, volume)
  SELECT '2024-01-01T00:00:00.000001Z'::timestamptz + i * interval '1 minute 1 microsecond', ${symbol}, i,
    i + 1, i - 1, i,
         CASE WHEN i % 3 > 0 THEN i END
  FROM generate_series(${from}::int, ${to}::int) i`;

test('the bars between the first and the last that were read are the same, whatever newer ones came', async () => {
  await add('GOOG', 1, 100);
  await add('SP500', 1, 100);
  const read = await readBars(sql, 'GOOG', 50);
  await add('GOOG', 101, 120);
  const again = await readBarsBetween(sql, 'GOOG', read.time[0]!, read.time.at(-1)!);
  expect(again.time).toHaveLength(50);
  expect(barsSha256(again)).toBe(barsSha256(read));
  expect(barsSha256(await readBars(sql, 'GOOG', 50))).not.toBe(barsSha256(read));
});
