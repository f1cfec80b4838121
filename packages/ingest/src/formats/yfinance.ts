import type { TextFormat } from '../format.ts';
import { ohlc } from './fields.ts';

/**
 * yfinance multiplies open, high and low by the share of Adj Close in Close, and takes Adj Close itself: of a close
 * that is the high, the two differ in the last bits of a double. In its own test data (44 files, 23,764 bars) 580
 * bars did, none by more than 1e-15 of the price; the bars that are wrong are so by 1e-5 and more. A tick is at least
 * 1e-8 of a price (BRK-A's cent), so that a wrong bar shows.
 */
export const yfinanceRounding = 1e-12;

export const yfinance: TextFormat = {
  name: 'yfinance',
  title: 'yfinance and Yahoo, one header row',
  header: [/^(date|datetime)$/, ...ohlc, /^(adj close|dividends)$/],
  rounding: yfinanceRounding,
  zoneHint:
    "yfinance's times without a zone are the exchange's, or UTC after reset: look at the first bar of a day.",
  note: 'close is as it is; Adj Close is left out',
};
