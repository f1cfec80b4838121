import { expect, test } from '@jest/globals';
import { factsOfName } from './file-name.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test.each<[string, string, number | null]>([
  ['DAT_ASCII_EURUSD_M1_2024.csv', 'EURUSD', minute],
  ['DAT_MT_usdjpy_M1_202407.csv', 'USDJPY', minute],
  ['BTCUSDT-1s-2024-05-01.csv', 'BTCUSDT', 1000],
  ['BTCUSDT-15m-2024-05.csv', 'BTCUSDT', 15 * minute],
  ['BTCUSDT_240628-4h-2024-05.csv', 'BTCUSDT_240628', 4 * hour],
  ['BTCUSDT-1w-2024-05.csv', 'BTCUSDT', 7 * day],
  ['BTCUSDT-1mo-2024-05.csv', 'BTCUSDT', null],
  ['BTC_USDT-1d.feather', 'BTC/USDT', day],
  ['BTC_USDT_USDT-8h-futures.json', 'BTC/USDT:USDT', 8 * hour],
  ['BTC_USDT-1M.feather', 'BTC/USDT', null],
  ['EURUSD_M5.csv', 'EURUSD', 5 * minute],
  ['EURUSD_M30_202405010000_202405312330.csv', 'EURUSD', 30 * minute],
  ['US500.cash_H4.csv', 'US500.cash', 4 * hour],
  ['EURUSD_Daily.csv', 'EURUSD', day],
  ['EURUSD_Weekly.csv', 'EURUSD', 7 * day],
  ['EURUSD_MN1.csv', 'EURUSD', null],
  ['XBTUSD_1440.csv', 'XBTUSD', day],
  ['EURUSD5.csv', 'EURUSD', 5 * minute],
  ['XAUUSD.m240.csv', 'XAUUSD.m', 4 * hour],
  ['EURUSD10080.csv', 'EURUSD', 7 * day],
  ['EURUSD43200.csv', 'EURUSD', null],
  ['EURUSD_Candlestick_15_M_BID_01.01.2024-31.01.2024.csv', 'EURUSD', 15 * minute],
  ['eurusd_Candlestick_1_D_ASK.csv', 'EURUSD', day],
  ['EURUSD_15 Mins_Bid_2024.01.01_2024.01.31.csv', 'EURUSD', 15 * minute],
  ['EURUSD_4 Hours_Ask_2024.01.01_2024.01.31.csv', 'EURUSD', 4 * hour],
  ['NASDAQ_AAPL, 1D.csv', 'AAPL', day],
  ['BINANCE_BTCUSDT, 60_1a2b3.csv', 'BTCUSDT', hour],
  ['BINANCE_BTCUSDT, 240 (2).csv', 'BTCUSDT', 4 * hour],
  ['BINANCE_BTCUSDT, 30S.csv', 'BTCUSDT', 30_000],
  ['SP_SPX, 1W.csv', 'SPX', 7 * day],
  ['SP_SPX, 1M.csv', 'SPX', null],
  ['daily_IBM.csv', 'IBM', null],
  ['daily_adjusted_IBM.csv', 'IBM', null],
  ['intraday_5min_IBM.csv', 'IBM', 5 * minute],
  ['aapl_us_d.csv', 'AAPL.US', day],
  ['eurusd_d (1).csv', 'EURUSD', day],
  ['aapl_us_w.csv', 'AAPL.US', null],
  ['Binance_BTCUSDT_1h.csv', 'BTCUSDT', hour],
  ['Kraken_BTCUSD_d.csv', 'BTCUSD', day],
  ['Gemini_BTCUSD_minute.csv', 'BTCUSD', minute],
  ['BTC-USD_1h.csv', 'BTC-USD', hour],
  ['AAPL-5m.parquet', 'AAPL', 5 * minute],
  ['AAPL.csv', 'AAPL', null],
  ['^GSPC.txt', '^GSPC', null],
  ['BRK.B.csv', 'BRK.B', null],
  ['BTC-USD (1).csv', 'BTC-USD', null],
])('%s is of %s', (name, symbol, interval) => {
  expect(factsOfName(name)).toEqual({ symbol, interval });
});

test.each([
  ...[
    'data.csv',
    'DATA.csv',
    'EXPORT.csv',
    'CANDLES (2).csv',
    'OHLCV.json',
    '2024-05-01.csv',
    '20240501.csv',
  ],
  ...[
    'aapl.csv',
    'my bars.csv',
    'bars_1h.csv',
    'AAPL.xlsx.old',
    'a.b.c',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ.csv',
    '',
  ],
])('%j tells no symbol', (name) => {
  expect(factsOfName(name)).toBeNull();
});
