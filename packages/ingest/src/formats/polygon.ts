import type { TextFormat } from '../format.ts';

export const polygon: TextFormat = {
  name: 'polygon',
  title: 'Polygon (Massive) flat files, aggregates',
  header: ['ticker', 'volume', 'open', 'close', 'high', 'low', 'window_start', 'transactions'],
  note: 'ns; all symbols of a day in one file, usually .csv.gz',
};
