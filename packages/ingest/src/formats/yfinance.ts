import type { TextFormat } from '../format.ts';

/**
 * yfinance multiplies open, high and low by the share of Adj Close in Close, and takes Adj Close itself, which
 * Yahoo rounds: a close that was the high may be past it by some 1e-7 of it.
 */
export const yfinanceRounding = 1e-6;

export const yfinance: TextFormat = {
  name: 'yfinance',
  title: 'yfinance and Yahoo, one header row',
  header: [/^(date|datetime)$/, 'open', 'high', 'low', 'close', /^(adj close|dividends)$/],
  rounding: yfinanceRounding,
  zoneHint:
    "yfinance's times without a zone are the exchange's, or UTC after reset: look at the first bar of a day.",
  note: 'close is as it is; Adj Close is left out',
};
