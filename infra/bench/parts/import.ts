import path from 'node:path';
import { connectDatabase, migrate, type Database } from '@ml-training/core';
import { startPrivatePostgres } from '@ml-training/testing';
import type { Part, PartContext } from '../harness/part.ts';
import { preparePeer } from '../harness/python.ts';
import type { Row } from '../harness/result.ts';
import { measure, type Measured } from '../harness/run.ts';
import { spreadOf } from '../harness/statistics.ts';
import { compare, takeTurns } from '../harness/turns.ts';

const BARS = 300_000;
const SYMBOLS = 300;
const AT_LEAST = 1_000_000;
/** More would take longer than who waits for the other parts has. */
const MAX_TURNS = 3;

interface Case {
  readonly what: string;
  /** As peers/bar_files.py writes it. */
  readonly file: string;
  readonly args?: readonly string[];
  /** How peers/import_bars.py reads it. */
  readonly how?: 'own' | 'klines' | 'arrays' | 'feather' | 'parquet';
}

const zoned = (zone: string): readonly string[] => ['--timezone', zone];
const named = ['--symbol', 'X'] as const;

const cases: readonly Case[] = [
  { what: "the fleet's own CSV", file: 'fleet.csv', how: 'own' },
  { what: `the same of ${SYMBOLS} symbols`, file: 'fleet-several.csv', how: 'own' },
  { what: 'Binance klines, .zip', file: 'BTCUSDT-1m-2021-01.zip', how: 'klines' },
  { what: 'Kraken OHLCVT', file: 'XBTUSD_1.csv' },
  { what: 'HistData', file: 'DAT_ASCII_EURUSD_M1_2021.csv' },
  {
    what: "MetaTrader 5, broker's time",
    file: 'EURUSD_M1_202101010000_202112312359.csv',
    args: zoned('America/New_York+7'),
  },
  { what: 'Excel in German', file: 'german.csv', args: [...zoned('UTC'), ...named] },
  { what: 'Dukascopy', file: 'EURUSD_Candlestick_1_M_BID_01.01.2021-31.12.2021.csv' },
  { what: `Polygon, ${SYMBOLS} symbols, .csv.gz`, file: '2021-01-04.csv.gz' },
  { what: 'Databento, .csv.zst', file: 'xnas-itch.ohlcv-1m.csv.zst', args: named },
  { what: "pandas' to_csv", file: 'BTC-USD_1m.csv' },
  { what: 'JSON arrays (freqtrade, ccxt)', file: 'BTC_USDT-1m.json', how: 'arrays' },
  { what: 'JSON objects', file: 'objects.json', args: named },
  { what: 'Feather, LZ4 (freqtrade)', file: 'BTC_USDT-1m.feather', how: 'feather' },
  { what: 'Parquet, snappy', file: 'bars.parquet', args: named, how: 'parquet' },
];

export const importPart: Part = {
  name: 'import',
  title: 'Importing files',
  about:
    `The same ${BARS.toLocaleString('en')} generated bars of a minute as the files of several vendors, each imported into an empty market_data ` +
    'of a real PostgreSQL by `ml import`, from the start of the process to its end: unpacking, every check, the data check and ' +
    'storing. The peer is what a quant would write: pandas reads the file, COPY stores it; it checks nothing. Below, ' +
    'storing alone: bars that are there already, with the data check, without the start of a process.',
  run: async (context) => {
    const peer = await preparePeer('pandas', context.say);
    const turned = { ...context, turns: Math.min(context.turns, MAX_TURNS) };
    const server = await startPrivatePostgres();
    const sql = connectDatabase(server.url, { applicationName: 'bench' });
    try {
      await migrate(sql);
      return {
        sections: await measureAll({ ...turned, sql, url: server.url, python: peer.python }),
        versions: peer.versions,
      };
    } finally {
      await sql.end({ timeout: 1 });
      await server.remove();
    }
  },
};

type Lab = PartContext & { readonly sql: Database; readonly url: string; readonly python: string };

async function measureAll(lab: Lab) {
  const { folder, python, say } = lab;
  say('writing the files');
  await measure('peers/bar_files.py', { bars: BARS, symbols: SYMBOLS }, { folder, threads: 2, python });
  const rates: Row[] = [];
  const memory: Row[] = [];
  for (const one of cases) {
    const { rate, peak } = await measureCase(lab, one);
    rates.push(rate);
    memory.push(peak);
  }
  const storing: Row[] = [];
  for (const symbols of [1, SYMBOLS]) storing.push(await measureStoring(lab, symbols));
  const sides = ['ml import', 'pandas and COPY'] as const;
  return [
    { title: 'Bars a minute', rows: rates, sides },
    { title: 'Peak memory of the process', rows: memory, sides },
    { title: 'Storing alone', rows: storing },
  ];
}

const rateForm = { unit: 'bars a minute', digits: 0, target: { of: 'value', atLeast: AT_LEAST } } as const;
const rateOf = (seconds: number): number => (60 * BARS) / seconds;
const wholeRate = ({ wholeSeconds }: Measured): number => rateOf(wholeSeconds);
const describe = (one: Measured): string =>
  `${(wholeRate(one) / 1e6).toFixed(2)} million bars a minute, ${one.cpuSeconds.toFixed(1)} s of processor time, ${Math.round(one.peakMb)} MB`;

async function measureCase(
  lab: Lab,
  { what, file, args = [], how }: Case,
): Promise<{ rate: Row; peak: Row }> {
  const { folder, url, python } = lab;
  const at = path.join(folder, file);
  const ours = async (): Promise<Measured> => {
    await emptied(lab);
    const env = { DATABASE_URL: url };
    return measure('contenders/import.ts', { args: ['--json', ...args, at] }, { folder, threads: 1, env });
  };
  const peer = async (): Promise<Measured> => {
    await emptied(lab);
    return measure('peers/import_bars.py', { file: at, how, url }, { folder, threads: 1, python });
  };
  const memoryForm = { unit: 'MB', digits: 0 } as const;
  const peakOf = ({ peakMb }: Measured): number => peakMb;
  if (how !== undefined) {
    const turns = await takeTurns(lab, what, { ours, peer }, describe);
    return {
      rate: compare(what, turns, wholeRate, rateForm),
      peak: compare(what, turns, peakOf, memoryForm),
    };
  }
  const measured: Measured[] = [];
  for (let turn = 1; turn <= lab.turns; turn++) {
    measured.push(await ours());
    lab.say(`${what}, turn ${turn} of ${lab.turns}: ${describe(measured.at(-1)!)}`);
  }
  return {
    rate: { what, ...rateForm, ours: spreadOf(measured.map(wholeRate)) },
    peak: { what, ...memoryForm, ours: spreadOf(measured.map(peakOf)) },
  };
}

async function measureStoring(lab: Lab, symbols: number): Promise<Row> {
  const { folder, url, turns, say } = lab;
  const rates: number[] = [];
  for (let turn = 1; turn <= turns; turn++) {
    await emptied(lab);
    const env = { DATABASE_URL: url };
    const one = await measure('contenders/store.ts', { count: BARS, symbols }, { folder, threads: 1, env });
    rates.push(rateOf(one.seconds));
    say(
      `storing (symbols: ${symbols}): ${(rates.at(-1)! / 1e6).toFixed(2)} million bars a minute, ${one.cpuSeconds.toFixed(1)} s of processor time`,
    );
  }
  return { what: symbols === 1 ? 'one symbol' : `${symbols} symbols`, ...rateForm, ours: spreadOf(rates) };
}

const emptied = async ({ sql }: Lab): Promise<void> => {
  await sql`TRUNCATE market_data`;
};
