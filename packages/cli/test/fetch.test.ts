// Bars of an exchange, over ccxt, from a server on this machine that speaks one exchange's REST.
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawnNode } from '@ml-training/testing';
import { closedBars } from '../src/fetch/fetch-bars.ts';
import { closeOf, hour, startExchange } from './exchange.ts';
import { startLab } from './ml.ts';

const lab = await startLab();
const { sql, ml } = lab;
const thisHour = Math.floor(Date.now() / hour) * hour;
const listed = thisHour - 12_000 * hour;
const exchange = await startExchange(listed);
afterAll(async () => {
  await exchange.end();
  await lab.end();
});
beforeEach(async () => {
  await lab.reset();
  exchange.asked.length = 0;
  exchange.faults.length = 0;
  exchange.odd.clear();
});

const args = (...more: string[]): string[] => [
  'fetch',
  'BTC/USDT',
  '--exchange',
  'binance',
  '--interval',
  '1h',
  '--exchange-options',
  exchange.options,
  ...more,
];
const ago = (hours: number): string => new Date(thisHour - hours * hour).toISOString();

/** That bars from `hours` ago on are there, each once and right, and none of the hour that still runs. */
async function expectBarsSince(hours: number): Promise<void> {
  const rows = await sql<{ time: Date; close: number }[]>`
    SELECT time, close FROM market_data WHERE symbol = 'BTC/USDT' ORDER BY time`;
  const last = rows.at(-1)!.time.getTime();
  // The hour may have turned since the test began; the one that runs is never there.
  const running = Math.floor(Date.now() / hour) * hour;
  expect([thisHour - hour, running - hour]).toContain(last);
  const expected = Array.from({ length: (last - (thisHour - hours * hour)) / hour + 1 }, (_, i) => {
    const time = thisHour - (hours - i) * hour;
    return { time: new Date(time), close: closeOf(time) };
  });
  expect(rows).toEqual(expected);
}

test('all closed bars since a time are fetched, and the next time those that are new', async () => {
  const first = await ml(args('--since', ago(2500)));
  expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^BTC\/USDT: 250\d new bars, /) });
  await expectBarsSince(2500);
  expect(exchange.asked).toHaveLength(3);
  await sql`DELETE FROM market_data WHERE time >= ${ago(10)}`;
  exchange.asked.length = 0;
  const again = await ml(args('--json'));
  expect(JSON.parse(again.out)).toMatchObject([{ symbol: 'BTC/USDT', revised: 0, from: ago(10) }]);
  expect(exchange.asked).toEqual([thisHour - 10 * hour]);
  await expectBarsSince(2500);
  expect((await ml(args())).out).toMatch(/nothing new|1 new bar/);
});

test('a limit, an exchange that is away and a cut connection are waited for', async () => {
  exchange.faults.push('limit', 'unavailable', 'cut');
  const { code, err } = await ml(args('--since', ago(20)));
  expect(code).toBe(0);
  expect(err).toMatch(/binance says .*429/);
  expect(exchange.asked).toEqual(Array.from({ length: 4 }, () => thisHour - 20 * hour));
  await expectBarsSince(20);
});

test('killed in the middle, it goes on from what was stored', async () => {
  exchange.faults.push(...Array.from({ length: 7 }, () => 'none' as const), 'stall');
  const stalled = exchange.stalled();
  const running = spawnNode(path.join(import.meta.dirname, '../src/main.ts'), {
    args: args('--since', ago(12_000)),
    env: { REDIS_URL: lab.redisUrl, DATABASE_URL: lab.databaseUrl },
  });
  await Promise.race([
    stalled,
    running.exited.then(() => Promise.reject(new Error(running.lines.join('\n')))),
  ]);
  running.kill('SIGKILL');
  await running.exited;
  const [{ stored }] = await sql<[{ stored: number }]>`SELECT count(*)::int AS stored FROM market_data`;
  expect(stored).toBe(5000);
  exchange.asked.length = 0;
  expect((await ml(args('--since', ago(12_000)))).code).toBe(0);
  expect(exchange.asked[0]).toBe(listed + 5000 * hour);
  await expectBarsSince(12_000);
});

describe('bars of an exchange are checked as those of a file', () => {
  const stored = async (): Promise<number> => {
    const [row] = await sql<[{ bars: number }]>`SELECT count(*)::int AS bars FROM market_data`;
    return row.bars;
  };
  const oddAt = (hours: number, prices: Parameters<typeof exchange.odd.set>[1]) =>
    exchange.odd.set(thisHour - hours * hour, prices);

  test('what the data check finds is told, once, though later bars are looked at with it', async () => {
    for (const hours of [7010, 7011, 7012]) oddAt(hours, null);
    const { code, out } = await ml(args('--since', ago(12_000)));
    expect(code).toBe(0);
    const gap = 'look at the bars: BTC/USDT: 3 bars are missing in one gap';
    expect(out).toMatch(new RegExp(`^BTC/USDT: 1199\\d new bars, .*\\n  ${gap}.*\\n$`));
    await sql`DELETE FROM market_data WHERE time >= ${ago(6900)}`;
    const again: unknown = JSON.parse((await ml(args('--json'))).out);
    expect(again).toMatchObject([
      { symbol: 'BTC/USDT', data_check: { interval_seconds: 3600, findings: [{ kind: 'gap', count: 1 }] } },
    ]);
  });

  test('with DATA_CHECK=refuse they are not stored, and what was stored before stays', async () => {
    for (const hours of [6000, 6001, 6002]) oddAt(hours, null);
    const refused = await ml(args('--since', ago(12_000)), { DATA_CHECK: 'refuse' });
    expect(refused).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /binance: BTC\/USDT from .* UTC: nothing was imported: DATA_CHECK=refuse, .* 3 bars are missing in one gap/,
      ),
    });
    expect(await stored()).toBe(5000);
    expect((await ml(args('--since', ago(12_000)))).code).toBe(0);
    expect(await stored()).toBeGreaterThanOrEqual(12_000 - 3);
  });

  test('a bar that can be none is named by its time, and none beside it is stored', async () => {
    oddAt(5, [10, 8, 9, 10]);
    const { code, err } = await ml(args('--since', ago(20)));
    const time = ago(5).slice(0, 19).replace('T', ' ');
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(`has 1 bad row:\n  bar ${time}: high 8 is below low 9\n`),
    ]);
    expect(await stored()).toBe(0);
  });

  test('a price below 0 is stored of a symbol that NEGATIVE_PRICES names, and of no other', async () => {
    oddAt(5, [-37, -30, -40, -38]);
    const { code, err } = await ml(args('--since', ago(20)));
    expect([code, err]).toEqual([
      1,
      expect.stringContaining("open -37 is not above 0, and NEGATIVE_PRICES doesn't name BTC/USDT"),
    ]);
    expect((await ml(args('--since', ago(20)), { NEGATIVE_PRICES: 'BTC/USDT' })).code).toBe(0);
    expect(await sql`SELECT close FROM market_data WHERE close < 0`).toEqual([{ close: -38 }]);
  });
});

test.each([
  ['an exchange that there is not', ['--exchange', 'binanze'], /knows no exchange "binanze": is it binance/],
  [
    'an interval that it has not',
    ['--interval', '7m'],
    /binance has no bars of "7m": --interval is one of .*1h/,
  ],
])('%s is refused, and what there is is said', async (_, more, words) => {
  expect(await ml(args(...more))).toMatchObject({ code: 1, err: expect.stringMatching(words) });
});

test('a symbol that the exchange writes otherwise is named', async () => {
  const given = args().map((one) => (one === 'BTC/USDT' ? 'BTCUSDT' : one));
  expect(await ml(given)).toMatchObject({ code: 1, err: 'binance has no BTCUSDT: is it BTC/USDT?\n' });
});

test('nothing is fetched into a table of the user’s own', async () => {
  await sql.unsafe(
    `CREATE TABLE candles (ts timestamptz, symbol text, open real, high real, low real, close real)`,
  );
  const { code, err } = await ml(args(), { MARKET_DATA_TABLE: 'candles' });
  await sql.unsafe('DROP TABLE candles');
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/"ml fetch" writes bars, and MARKET_DATA_TABLE names/),
  ]);
  expect(exchange.asked).toEqual([]);
});

test('a page in any order and with more than was asked for gives its closed bars, each once', () => {
  const page = [[300], [100], [200], [200, 1], [400], [0], [undefined]];
  expect(closedBars(page, { from: 100, step: 100, now: 450 })).toEqual([[100], [200, 1], [300]]);
});
