import type { TextFormat } from '../format.ts';
import { ohlc } from './fields.ts';

export const tradingview: TextFormat = {
  name: 'tradingview',
  title: 'TradingView, export of chart data',
  header: ['time', ...ohlc],
  fileName: /^[A-Z0-9]+_.+, \d+[SDWM]?/,
  // A chart may have several of them, as one of each symbol on it: the first is that of the bars.
  columns: { volume: /^volume$/ },
  note: "symbol of the name without its exchange; the chart's indicators are left out",
};
