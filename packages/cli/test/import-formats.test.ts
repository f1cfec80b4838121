import { gzipSync } from 'node:zlib';
import { readBars } from '@ml-training/core';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { startImportLab } from './import-lab.ts';

const lab = await startImportLab();
const { ml, sql, write, csv, count } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());

const metatrader = 'EURUSD60.csv';
/** Newest first, as hardly any MetaTrader writes it: the order is the file's own matter. */
const hours = '2024.05.01,02:00,1.1,1.2,1.0,1.15,7\n2024.05.01,01:00,1.0,1.2,0.9,1.1,5\n';

test("a vendor's file is shown as what it is, and then stored, newest first or not, packed or not", async () => {
  const file = await write(metatrader, gzipSync(hours));
  const { code, out, err } = await ml(['import', file, '--timezone', 'America/New_York+7']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.split('\n')).toEqual([
    `${file} is MetaTrader 4, history centre (metatrader4)`,
    "  symbol    EURUSD, of the file's name",
    '  interval  1 hour',
    '  zone      America/New_York+7',
    '  bars      2, newest first',
    '  first     2024-04-30 22:00 UTC: open 1, high 1.2, low 0.9, close 1.1, volume 5',
    '  last      2024-04-30 23:00 UTC: open 1.1, high 1.2, low 1, close 1.15, volume 7',
    '  columns   time=2, date=1, open=3, high=4, low=5, close=6, volume=7',
    `${file}: 2 rows of EURUSD: 2 new, 0 revised, 0 unchanged`,
    '',
  ]);
  const bars = await readBars(sql, 'EURUSD', 10);
  expect([...bars.time]).toEqual([Date.UTC(2024, 3, 30, 22), Date.UTC(2024, 3, 30, 23)]);
  expect([...bars.close]).toEqual([1.1, 1.15]);
  const again = await ml(['import', file, '--timezone', 'America/New_York+7', '--json']);
  expect(JSON.parse(again.out)).toEqual([
    {
      file,
      rows: 2,
      inserted: 0,
      revised: 0,
      unchanged: 2,
      symbols: ['EURUSD'],
      columns: [],
      data_check: { EURUSD: { interval_seconds: 3600, findings: [] } },
      recognised: {
        format: 'metatrader4',
        title: 'MetaTrader 4, history centre',
        symbols: ['EURUSD'],
        symbol_from: "of the file's name",
        interval_seconds: 3600,
        interval_of_name_seconds: 3600,
        zone: 'America/New_York+7',
        order: 'descending',
        bars: 2,
        first: '2024-04-30T22:00:00.000Z',
        last: '2024-04-30T23:00:00.000Z',
        columns: 'time=2, date=1, open=3, high=4, low=5, close=6, volume=7',
        left_out: [],
        rounded: 0,
      },
    },
  ]);
});

test('a dry run shows the same and writes nothing, and says when the name tells another interval', async () => {
  const file = await write('EURUSD5.csv', hours);
  const { code, out } = await ml(['import', file, '--timezone', 'UTC', '--dry-run', '--symbol', 'EUR/USD']);
  expect(code).toBe(0);
  expect(out).toContain('symbol    EUR/USD, --symbol');
  expect(out).toContain("interval  1 hour; BUT THE FILE'S NAME SAYS 5 MINUTES");
  expect(out).toContain('a dry run: nothing was written');
  expect(await count()).toBe(0);
});

test('a bad row anywhere keeps all of the file out, and nothing is shown as recognised', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `${1_600_000_000 + i * 60},1,2,1,1,3,4\n`).join('');
  const file = await write('XBTUSD_1.csv', `${rows}1600000000,1,2,1,1,3,4\n`);
  const { code, out, err } = await ml(['import', file]);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  // On a slow machine how far it is comes before.
  expect(err).toMatch(
    /XBTUSD_1\.csv has 1 bad row:\n {2}line 20001: XBTUSD is out of order: 1600000000 is before the time of line 20000\n$/,
  );
  expect(await count()).toBe(0);
});

test('what the file leaves open is asked for with the option that answers', async () => {
  const file = await write(metatrader, hours);
  const { code, out, err } = await ml(['import', file]);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/don't say of which zone they are: say --timezone/);
  const columns = await ml(['import', file, '--columns', 'when=1']);
  expect(columns.err).toMatch(/"when=1" must be ROLE=NAME/);
  expect(await count()).toBe(0);
});

test("the fleet's own CSV takes --dry-run as well", async () => {
  const file = await csv('own.csv', '2024-01-01,AAPL,10,12,9,11,100');
  const { code, out } = await ml(['import', file, '--dry-run']);
  expect(code).toBe(0);
  expect(out).toContain("is this fleet's own CSV (fleet)\n  symbol    AAPL, in the file");
  expect(await count()).toBe(0);
});

test('prices below 0 are taken, in a dry run as well, of a symbol that NEGATIVE_PRICES names', async () => {
  const file = await write('CL60.csv', 'Date,Open,High,Low,Close\n2020-04-20,17.7,17.9,-40.3,-37.6\n');
  const args = ['import', file, '--symbol', 'CL'];
  const refused = /low "-40\.3" is not above 0, and NEGATIVE_PRICES doesn't name CL/;
  for (const more of [[], ['--dry-run']])
    expect(await ml([...args, ...more])).toMatchObject({ code: 1, err: expect.stringMatching(refused) });
  const negative = { NEGATIVE_PRICES: 'CL' };
  expect((await ml([...args, '--dry-run'], negative)).out).toContain('low -40.3, close -37.6');
  expect(await ml(args, negative)).toMatchObject({ code: 0 });
  expect(await count()).toBe(1);
});
