import type { TextFormat } from '../format.ts';
import { number, whole } from './fields.ts';

export const kraken: TextFormat = {
  name: 'kraken',
  title: 'Kraken OHLCVT',
  row: [/^\d{9,10}$/, number, number, number, number, number, whole],
  columns: { time: 0, open: 1, high: 2, low: 3, close: 4, volume: 5 },
  note: 'seconds; the last column counts trades',
};
