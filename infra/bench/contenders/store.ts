// The half of an import that all formats share: bars that are there already go through the checks into market_data.
import { connectDatabase, loadConfig, storeBars, type Bar } from '@ml-training/core';
import { answer, moment, readJob } from './job.ts';

const { count, symbols } = readJob() as { readonly count: number; readonly symbols: number };
const batchBars = 4096;
const each = Math.floor(count / symbols);
const first = Date.UTC(2021, 0, 1);
const bars = Array.from({ length: each * symbols }, (_, i): Bar => {
  const close = 100 + Math.round(100 * Math.sin(i / 50)) / 100;
  const time = first + (i % each) * 60_000;
  return {
    time,
    symbol: `SYM${Math.floor(i / each)}`,
    open: close,
    high: close + 0.5,
    low: close - 0.5,
    close,
    volume: i % 97,
  };
});

async function* batches() {
  for (let at = 0; at < bars.length; at += batchBars)
    yield { bars: bars.slice(at, at + batchBars), further: [], bytes: at };
}

const config = loadConfig(process.env);
const sql = connectDatabase(config.DATABASE_URL, { applicationName: 'bench' });
const start = moment();
await storeBars(sql, { name: 'bars', totalBytes: 0, batches: batches() }, { check: config });
const end = moment();
await sql.end();
answer(start, end, {});
