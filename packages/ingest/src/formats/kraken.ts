import type { TextFormat } from '../format.ts';
import { number, timeFirst, whole } from './fields.ts';

export const kraken: TextFormat = {
  name: 'kraken',
  title: 'Kraken OHLCVT',
  row: [/^\d{9,10}$/, number, number, number, number, number, whole],
  columns: timeFirst,
  note: 'seconds; the last column counts trades',
};
