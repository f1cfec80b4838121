// A small file of each format, as its vendor writes it; all values are invented.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FileOptions } from '../src/index.ts';

export interface Sample {
  /** The format that it must be recognised as. */
  readonly format: string;
  readonly file: string;
  readonly content: string | Buffer;
  readonly options?: FileOptions;
  readonly symbols: readonly string[];
  readonly first: string;
  readonly last: string;
  readonly interval: number;
  /** Open, high, low, close and volume of the first bar. */
  readonly bar: readonly (number | null)[];
  readonly order?: 'descending';
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const lines = (...rows: string[]): string => `${rows.join('\n')}\n`;

/** When most files' bars are: the first two of a day, or of a session in New York. */
const twoDays = { first: '2024-05-01T00:00Z', last: '2024-05-02T00:00Z', interval: day };
const twoHours = { first: '2024-05-01T00:00Z', last: '2024-05-01T01:00Z', interval: hour };
const twoMinutes = { first: '2024-05-01T13:30Z', last: '2024-05-01T13:31Z', interval: minute };

const kline = (time: number, unit: number, o: number) =>
  `${time * unit},${o}.10,${o + 2}.00,${o - 1}.00,${o + 1}.50,12.5,${(time + hour) * unit - 1},500.1,42,6.1,250.5,0`;
const may = Date.UTC(2024, 4, 1);
const klineHeader =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore';

export const samples: readonly Sample[] = [
  {
    format: 'fleet',
    file: 'bars.csv',
    content: lines(
      'time,symbol,open,high,low,close,volume',
      '2024-05-01T00:00Z,AAPL,10,12,9,11,5',
      '2024-05-01T01:00Z,AAPL,10,12,9,11,',
    ),
    symbols: ['AAPL'],
    ...twoHours,
    bar: [10, 12, 9, 11, 5],
  },
  // Milliseconds, and microseconds since 2025; with a header, and without.
  ...[1, 1000].flatMap((unit) =>
    [[klineHeader], []].map((header): Sample => ({
      format: 'binance',
      file: 'BTCUSDT-1h-2024-05.csv',
      content: lines(...header, kline(may, unit, 100), kline(may + hour, unit, 101)),
      symbols: ['BTCUSDT'],
      ...twoHours,
      bar: [100.1, 102, 99, 101.5, 12.5],
    })),
  ),
  {
    format: 'kraken',
    file: 'XBTUSD_60.csv',
    content: lines('1714521600,10,12,9,11,0.5,3', '1714525200,11.0,12.0,9,1.1e1,0,0'),
    symbols: ['XBTUSD'],
    ...twoHours,
    bar: [10, 12, 9, 11, 0.5],
  },
  {
    format: 'yfinance',
    file: 'AAPL.csv',
    content: lines(
      'Date,Open,High,Low,Close,Adj Close,Volume',
      '1984-09-07,10,12,9,11,0.1,500',
      '1984-09-10,10,12,9,11,0.1,600',
    ),
    symbols: ['AAPL'],
    first: '1984-09-07T00:00Z',
    last: '1984-09-10T00:00Z',
    interval: 3 * day,
    bar: [10, 12, 9, 11, 500],
  },
  {
    format: 'yfinance',
    file: '^GSPC.csv',
    content: lines(
      'Date,Open,High,Low,Close,Volume,Dividends,Stock Splits',
      '2024-03-08 00:00:00-05:00,10,12,9,11,500,0.0,0.0',
      '2024-03-11 00:00:00-04:00,10,12,9,11,600,0.0,0.0',
      '2024-03-12 00:00:00-04:00,10,12,9,11,600,0.0,0.0',
    ),
    symbols: ['^GSPC'],
    first: '2024-03-08T00:00Z',
    last: '2024-03-12T00:00Z',
    interval: day,
    bar: [10, 12, 9, 11, 500],
  },
  {
    format: 'yfinance',
    file: 'download.csv',
    content: lines(
      'Price,Close,High,Low,Open,Volume',
      'Ticker,MSFT,MSFT,MSFT,MSFT,MSFT',
      'Date,,,,,',
      '2024-05-01,11,12,9,10,500',
      '2024-05-02,11,12,9,10,500',
    ),
    symbols: ['MSFT'],
    ...twoDays,
    bar: [10, 12, 9, 11, 500],
  },
  {
    format: 'yfinance',
    file: 'several.csv',
    content: lines(
      'Ticker,AAPL,AAPL,AAPL,AAPL,AAPL,BTC-USD,BTC-USD,BTC-USD,BTC-USD,BTC-USD',
      'Price,Open,High,Low,Close,Volume,Open,High,Low,Close,Volume',
      'Date,,,,,,,,,,',
      '2024-05-04,,,,,,20,22,19,21,7',
      '2024-05-05,10,12,9,11,500,20,22,19,21,7',
    ),
    symbols: ['AAPL', 'BTC-USD'],
    first: '2024-05-04T00:00Z',
    last: '2024-05-05T00:00Z',
    interval: day,
    bar: [20, 22, 19, 21, 7],
  },
  {
    format: 'metatrader5',
    file: 'EURUSD_H1_202405010000_202405010100.csv',
    content: lines(
      '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
      '2024.05.01\t00:00:00\t1.1\t1.2\t1.0\t1.15\t321\t0\t2',
      '2024.05.01\t01:00:00\t1.1\t1.2\t1.0\t1.15\t322\t0\t2',
    ),
    options: { timezone: 'America/New_York+7' },
    symbols: ['EURUSD'],
    first: '2024-04-30T21:00Z',
    last: '2024-04-30T22:00Z',
    interval: hour,
    bar: [1.1, 1.2, 1, 1.15, 321],
  },
  {
    format: 'metatrader5',
    file: 'EURUSD_Daily.csv',
    content: Buffer.from(
      `\ufeff${lines(
        '<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
        '2024.05.01\t1.1\t1.2\t1.0\t1.15\t321\t0\t2',
        '2024.05.02\t1.1\t1.2\t1.0\t1.15\t322\t0\t2',
      )}`,
      'utf16le',
    ),
    symbols: ['EURUSD'],
    ...twoDays,
    bar: [1.1, 1.2, 1, 1.15, 321],
  },
  {
    format: 'metatrader4',
    file: 'EURUSD60.csv',
    content: lines('2024.01.02,00:00,1.1,1.2,1.0,1.15,321', '2024.01.02,01:00,1.1,1.2,1.0,1.15,322'),
    options: { timezone: '+02:00' },
    symbols: ['EURUSD'],
    first: '2024-01-01T22:00Z',
    last: '2024-01-01T23:00Z',
    interval: hour,
    bar: [1.1, 1.2, 1, 1.15, 321],
  },
  {
    format: 'histdata',
    file: 'DAT_ASCII_EURUSD_M1_2024.csv',
    content: lines('20240701 170000;1.1;1.2;1.0;1.15;0', '20240701 170100;1.1;1.2;1.0;1.15;0'),
    symbols: ['EURUSD'],
    first: '2024-07-01T22:00Z',
    last: '2024-07-01T22:01Z',
    interval: minute,
    bar: [1.1, 1.2, 1, 1.15, 0],
  },
  {
    format: 'histdata',
    file: 'DAT_MT_EURUSD_M1_2024.csv',
    content: lines('2024.07.01,17:00,1.1,1.2,1.0,1.15,0', '2024.07.01,17:01,1.1,1.2,1.0,1.15,0'),
    symbols: ['EURUSD'],
    first: '2024-07-01T22:00Z',
    last: '2024-07-01T22:01Z',
    interval: minute,
    bar: [1.1, 1.2, 1, 1.15, 0],
  },
  {
    format: 'histdata',
    file: 'DAT_MS_EURUSD_M1_202407.csv',
    content: lines('EURUSD,202407011700,1.1,1.2,1.0,1.15,0', 'EURUSD,202407011701,1.1,1.2,1.0,1.15,0'),
    symbols: ['EURUSD'],
    first: '2024-07-01T22:00Z',
    last: '2024-07-01T22:01Z',
    interval: minute,
    bar: [1.1, 1.2, 1, 1.15, 0],
  },
  {
    format: 'histdata',
    file: 'DAT_MS_USDJPY_M1_202407.csv',
    content: lines('2024.07.01,17:00,1.1,1.2,1.0,1.15,0', '2024.07.01,17:01,1.1,1.2,1.0,1.15,0'),
    symbols: ['USDJPY'],
    first: '2024-07-01T22:00Z',
    last: '2024-07-01T22:01Z',
    interval: minute,
    bar: [1.1, 1.2, 1, 1.15, 0],
  },
  {
    // MetaStock's text, as Forex Tester and others write it.
    format: 'csv',
    file: 'EURUSD.txt',
    content: lines(
      '<TICKER>,<DTYYYYMMDD>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>',
      'EURUSD,20240701,170000,1.1,1.2,1.0,1.15,4',
      'EURUSD,20240701,170100,1.1,1.2,1.0,1.15,4',
    ),
    options: { timezone: 'UTC' },
    symbols: ['EURUSD'],
    first: '2024-07-01T17:00Z',
    last: '2024-07-01T17:01Z',
    interval: minute,
    bar: [1.1, 1.2, 1, 1.15, 4],
  },
  {
    format: 'ninjatrader',
    file: 'MSFT.txt',
    content: lines('20240501;10;12;9;11;500', '20240502;10;12;9;11;500'),
    symbols: ['MSFT'],
    ...twoDays,
    bar: [10, 12, 9, 11, 500],
  },
  {
    format: 'ninjatrader',
    file: 'ES.txt',
    content: lines('20240701 170000;1.1;1.2;1.0;1.15;0', '20240701 170100;1.1;1.2;1.0;1.15;0'),
    options: { timezone: 'UTC' },
    symbols: ['ES'],
    first: '2024-07-01T17:00Z',
    last: '2024-07-01T17:01Z',
    interval: minute,
    bar: [1.1, 1.2, 1, 1.15, 0],
  },
  {
    format: 'stooq',
    file: 'aapl_us_d.csv',
    content: lines(
      'Date,Open,High,Low,Close,Volume',
      '2024-05-01,10,12,9,11,500',
      '2024-05-02,10,12,9,11,500',
    ),
    symbols: ['AAPL.US'],
    ...twoDays,
    bar: [10, 12, 9, 11, 500],
  },
  ...['pkn_d.csv', 'wig20_d.csv'].map((file, i): Sample => ({
    format: 'stooq',
    file,
    // Indices may come without a volume.
    content: lines(
      `Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie${i === 0 ? ',Wolumen' : ''}`,
      `2024-05-01,10,12,9,11${i === 0 ? ',500' : ''}`,
      `2024-05-02,10,12,9,11${i === 0 ? ',500' : ''}`,
    ),
    symbols: [file.slice(0, -6).toUpperCase()],
    first: '2024-05-01T00:00Z',
    last: '2024-05-02T00:00Z',
    interval: day,
    bar: [10, 12, 9, 11, i === 0 ? 500 : null],
  })),
  {
    format: 'stooq',
    file: 'data.txt',
    content: lines(
      '<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>',
      'AAPL.US,D,20240501,000000,10,12,9,11,500,0',
      'AAPL.US,D,20240502,000000,10,12,9,11,500,0',
      'MSFT.US,D,20240501,000000,20,22,19,21,500,0',
    ),
    symbols: ['AAPL.US', 'MSFT.US'],
    ...twoDays,
    bar: [10, 12, 9, 11, 500],
  },
  {
    format: 'stooq',
    file: 'eurusd.txt',
    content: lines(
      '<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>',
      'EURUSD,60,20240501,000000,10,12,9,11,0,0',
      'EURUSD,60,20240501,010000,10,12,9,11,0,0',
    ),
    options: { timezone: 'Europe/Warsaw' },
    symbols: ['EURUSD'],
    first: '2024-04-30T22:00Z',
    last: '2024-04-30T23:00Z',
    interval: hour,
    bar: [10, 12, 9, 11, 0],
  },
  {
    format: 'cryptodatadownload',
    file: 'Binance_ETHUSDT_1h.csv',
    content: lines(
      'https://www.CryptoDataDownload.com',
      'Unix,Date,Symbol,Open,High,Low,Close,Volume ETH,Volume USDT,tradecount',
      '1714525200000,2024-05-01 01:00:00,ETHUSDT,10,12,9,11,5.5,60,7',
      '1714521600,2024-05-01 00:00:00,ETHUSDT,11,12,9,11,6.5,60,7',
    ),
    symbols: ['ETHUSDT'],
    ...twoHours,
    bar: [11, 12, 9, 11, 6.5],
    order: 'descending',
  },
  {
    format: 'alpha-vantage',
    file: 'intraday_5min_IBM.csv',
    content: lines(
      'timestamp,open,high,low,close,volume',
      '2024-05-01 19:55:00,10,12,9,11,5',
      '2024-05-01 19:50:00,10,12,9,11,6',
    ),
    options: { timezone: 'America/New_York' },
    symbols: ['IBM'],
    first: '2024-05-01T23:50Z',
    last: '2024-05-01T23:55Z',
    interval: 5 * minute,
    bar: [10, 12, 9, 11, 6],
    order: 'descending',
  },
  {
    format: 'alpha-vantage',
    file: 'daily_IBM.csv',
    content: lines(
      'timestamp,open,high,low,close,volume',
      '2024-05-02,10,12,9,11,5',
      '2024-05-01,10,12,9,11,6',
    ),
    symbols: ['IBM'],
    ...twoDays,
    bar: [10, 12, 9, 11, 6],
    order: 'descending',
  },
  {
    format: 'polygon',
    file: '2024-05-01.csv.gz',
    content: gzipSync(
      lines(
        'ticker,volume,open,close,high,low,window_start,transactions',
        'A,100,10,11,12,9,1714570200000000000,3',
        'A,100,10,11,12,9,1714570260000000000,3',
        'AA,50,20,21,22,19,1714570200000000000,3',
      ),
    ),
    symbols: ['A', 'AA'],
    ...twoMinutes,
    bar: [10, 12, 9, 11, 100],
  },
  {
    format: 'databento',
    file: 'xnas-itch-20240501.ohlcv-1m.csv.zst',
    content: zstdCompressSync(
      lines(
        'ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol',
        '1714570200000000000,33,2,38,10250000000,12000000000,9000000000,11123456789,500,AAPL',
        '1714570260000000000,33,2,38,10000000000,12000000000,9000000000,11000000000,500,AAPL',
      ),
    ),
    symbols: ['AAPL'],
    ...twoMinutes,
    bar: [10.25, 12, 9, 11.123456789, 500],
  },
  {
    format: 'databento',
    file: 'pretty.csv',
    content: lines(
      'ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume',
      '2024-05-01T13:30:00.000000000Z,33,2,38,10.250000000,12.000000000,9.000000000,11.000000000,500',
      '2024-05-01T13:31:00.000000000Z,33,2,38,10.000000000,12.000000000,9.000000000,11.000000000,500',
    ),
    options: { symbol: 'ESM4' },
    symbols: ['ESM4'],
    ...twoMinutes,
    bar: [10.25, 12, 9, 11, 500],
  },
  {
    format: 'tradingview',
    file: 'BINANCE_BTCUSDT, 60.csv',
    content: lines(
      'time,open,high,low,close,Volume,Volume MA,RSI,Volume',
      '1714521600,10,12,9,11,5.5,NaN,NaN,7',
      '1714525200,10,12,9,11,6.5,5,50.1,8',
    ),
    symbols: ['BTCUSDT'],
    ...twoHours,
    bar: [10, 12, 9, 11, 5.5],
  },
  {
    format: 'tradingview',
    file: 'NASDAQ_AAPL, 5_1a2b3.csv',
    content: lines(
      'time,open,high,low,close',
      '2024-05-01T09:30:00-04:00,10,12,9,11',
      '2024-05-01T09:35:00-04:00,10,12,9,11',
    ),
    symbols: ['AAPL'],
    first: '2024-05-01T13:30Z',
    last: '2024-05-01T13:35Z',
    interval: 5 * minute,
    bar: [10, 12, 9, 11, null],
  },
  {
    format: 'excel-german',
    file: 'DAX.csv',
    content: Buffer.from(
      lines(
        'Datum;Eröffnung;Hoch;Tief;Schluss;Volumen',
        '02.01.2024;16.828,67;16.900,00;16.700,5;16.769,36;1.234.567',
        '03.01.2024;16.700;16.900;16.600;16.650;',
      ),
      'latin1',
    ),
    symbols: ['DAX'],
    first: '2024-01-02T00:00Z',
    last: '2024-01-03T00:00Z',
    interval: day,
    bar: [16828.67, 16900, 16700.5, 16769.36, 1234567],
  },
  {
    format: 'excel-german',
    file: 'stunden.csv',
    content: lines(
      'Datum;Zeit;Eröffnung;Hoch;Tief;Schluss',
      '31.03.2024;01:00;1,5;1,6;1,4;1,5',
      '31.03.2024;03:00;1,5;1,6;1,4;1,5',
    ),
    options: { timezone: 'Europe/Berlin', symbol: 'EURUSD' },
    symbols: ['EURUSD'],
    first: '2024-03-31T00:00Z',
    last: '2024-03-31T01:00Z',
    interval: hour,
    bar: [1.5, 1.6, 1.4, 1.5, null],
  },
  {
    format: 'dukascopy',
    file: 'EURUSD_Candlestick_1_Hour_BID.csv',
    content: lines(
      'Gmt time,Open,High,Low,Close,Volume',
      '01.05.2024 00:00:00.000,1.1,1.2,1,1.15,321.5',
      '01.05.2024 01:00:00.000,1.1,1.2,1,1.15,321.5',
    ),
    symbols: ['EURUSD'],
    ...twoHours,
    bar: [1.1, 1.2, 1, 1.15, 321.5],
  },
  {
    format: 'csv',
    file: 'EURUSD_Candlestick_1_Hour_ASK_01.05.2024-31.05.2024.csv',
    content: lines(
      'Local time,Open,High,Low,Close,Volume',
      '01.05.2024 02:00:00.000 GMT+0200,1.1,1.2,1,1.15,321.5',
      '01.05.2024 03:00:00.000 GMT+0200,1.1,1.2,1,1.15,321.5',
    ),
    symbols: ['EURUSD'],
    first: '2024-05-01T00:00Z',
    last: '2024-05-01T01:00Z',
    interval: hour,
    bar: [1.1, 1.2, 1, 1.15, 321.5],
  },
  ...(
    [
      ['UTC', '2024.05.01 00:00:00', '2024.05.01 00:15:00'],
      ['EET', '2024.05.01 03:00:00', '2024.05.01 03:15:00'],
    ] as const
  ).map(([zone, first, last]): Sample => ({
    format: 'dukascopy',
    file: 'EURUSD_15 Mins_Bid_2024.05.01_2024.05.31.csv',
    // The space at the end is theirs.
    content: lines(
      `Time (${zone}),Open,High,Low,Close,Volume `,
      `${first},1.1,1.2,1,1.15,91.44`,
      `${last},1.1,1.2,1,1.15,240.6`,
    ),
    symbols: ['EURUSD'],
    first: '2024-05-01T00:00Z',
    last: '2024-05-01T00:15Z',
    interval: 15 * minute,
    bar: [1.1, 1.2, 1, 1.15, 91.44],
  })),
  {
    format: 'investing',
    file: 'SPX.csv',
    content: lines(
      '"Date","Price","Open","High","Low","Vol.","Change %"',
      '"05/14/2024","5,246.68","5,221.10","5,250.37","5,217.98","94.21M","0.48%"',
      '"05/13/2024","5,221.42","5,233.08","5,237.26","5,211.16","","-0.02%"',
    ),
    symbols: ['SPX'],
    first: '2024-05-13T00:00Z',
    last: '2024-05-14T00:00Z',
    interval: day,
    bar: [5233.08, 5237.26, 5211.16, 5221.42, null],
    order: 'descending',
  },
  {
    format: 'pandas',
    file: 'BTC-USD_1h.csv',
    content: lines(
      ',open,high,low,close,volume',
      '2024-05-01 00:00:00+00:00,10,12,9,11,5.5',
      '2024-05-01 01:00:00+00:00,10,12,9,11,',
    ),
    symbols: ['BTC-USD'],
    ...twoHours,
    bar: [10, 12, 9, 11, 5.5],
  },
  {
    format: 'ccxt',
    file: 'BTC_USDT_USDT-1h-futures.json',
    content: '[[1714521600000,10.0,12.0,9.0,11.0,5.5],[1714525200000,10,12,9,11,null]]',
    symbols: ['BTC/USDT:USDT'],
    ...twoHours,
    bar: [10, 12, 9, 11, 5.5],
  },
  {
    format: 'json',
    file: 'bars.json',
    content: JSON.stringify([
      { date: '2024-05-01T00:00:00Z', symbol: '}],"\\', open: '10', high: 12, low: 9, close: 11 },
      { date: '2024-05-01T01:00:00Z', symbol: '}],"\\', open: '10', high: 12, low: 9, close: 11 },
    ]),
    options: { symbol: 'X' },
    symbols: ['X'],
    ...twoHours,
    bar: [10, 12, 9, 11, null],
  },
  {
    format: 'csv',
    file: 'prices.csv',
    content: lines(
      'When,Price,Top,Bottom,First,Shares',
      '13/05/2024 9:30 AM,11,12,9,10,5',
      '13/05/2024 1:30 PM,11,12,9,10,5',
    ),
    options: {
      symbol: 'AAPL',
      timezone: 'America/New_York',
      columns: { time: 'When', close: 'Price', high: 'Top', low: 'Bottom', open: '5', volume: 'shares' },
    },
    symbols: ['AAPL'],
    first: '2024-05-13T13:30Z',
    last: '2024-05-13T17:30Z',
    interval: 4 * hour,
    bar: [10, 12, 9, 11, 5],
  },
  {
    format: 'csv',
    file: 'AAPL.csv',
    content: lines('2024-05-01,10,12,9,11,5', '2024-05-02,10,12,9,11,5'),
    options: { columns: { time: '1', open: '2', high: '3', low: '4', close: '5', volume: '6' } },
    symbols: ['AAPL'],
    ...twoDays,
    bar: [10, 12, 9, 11, 5],
  },
];
