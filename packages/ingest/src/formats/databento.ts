import type { TextFormat } from '../format.ts';
import { ohlcv } from './fields.ts';

export const databento: TextFormat = {
  name: 'databento',
  title: 'Databento, ohlcv as CSV',
  header: ['ts_event', 'rtype', ...ohlcv],
  billionths: true,
  note: 'ns or ISO 8601; prices are integers of a billionth, or decimals; without map_symbols --symbol is asked for',
};
