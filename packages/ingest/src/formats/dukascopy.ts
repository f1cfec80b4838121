import type { TextFormat } from '../format.ts';

export const dukascopy: TextFormat = {
  name: 'dukascopy',
  title: 'Dukascopy, historical data export',
  header: ['gmt time', 'open', 'high', 'low', 'close', 'volume'],
  zone: 'UTC',
  note: '"Gmt time" is UTC; "Local time" has its offset, and is read as csv',
};
