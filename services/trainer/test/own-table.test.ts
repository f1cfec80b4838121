// A fleet whose bars are in a table of the user's own: it learns from them, and leaves the table as it was.
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { barsSha256, readBars } from '@ml-training/core';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { sql } = lab;
afterEach(() => lab.stopServices());
afterAll(() => lab.end());

test('a model is trained on bars of a view with other names and times', async () => {
  await sql.unsafe(`CREATE SCHEMA bot;
    CREATE TABLE bot.candles AS SELECT (extract(epoch FROM time) * 1000)::bigint AS open_time, 7 AS instrument,
      open AS o, high AS h, low AS l, close AS px, volume AS v FROM market_data WHERE symbol = 'GOOG';
    CREATE TABLE bot.instruments AS SELECT 7 AS id, 'BTC/USDT' AS ticker;
    CREATE INDEX ON bot.candles (instrument, open_time);
    CREATE VIEW bot.bars AS SELECT ticker, c.* FROM bot.candles c JOIN bot.instruments ON id = instrument`);
  const given = await readBars(sql, 'GOOG', 300);
  // The fleet's own bars are not there any more.
  await sql`TRUNCATE market_data`;
  const trainer = lab.start('trainer', {
    MARKET_DATA_TABLE: 'bot.bars',
    MARKET_DATA_COLUMNS: 'close=px',
  });
  const said = await trainer.waitForLine(/bars are read from a table of yours/);
  expect(JSON.parse(said)).toMatchObject({
    table: 'bot.bars',
    columns: expect.stringMatching(/^time = open_time in ms since 1970, symbol = ticker, .*close = px/),
  });
  await lab.request({ strategy_type: 'lstm', symbol: 'BTC/USDT' });
  await lab.allEnded();
  expect(await lab.jobs()).toMatchObject([{ status: 'completed', error_message: null }]);
  expect(await sql`SELECT symbol, data_sha256 FROM ml_model_registry`).toEqual([
    { symbol: 'BTC/USDT', data_sha256: barsSha256({ ...given, symbol: 'BTC/USDT' }) },
  ]);
  expect(await sql`SELECT count(*)::int AS bars FROM market_data`).toEqual([{ bars: 0 }]);
});
