import type { TextFormat } from '../format.ts';

export const yfinance: TextFormat = {
  name: 'yfinance',
  title: 'yfinance and Yahoo, one header row',
  header: [/^(date|datetime)$/, 'open', 'high', 'low', 'close', /^(adj close|dividends)$/],
  zoneHint:
    "yfinance's times without a zone are the exchange's, or UTC after reset: look at the first bar of a day.",
  note: 'close is as it is; Adj Close is left out',
};
