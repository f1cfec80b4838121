import type { TextFormat } from '../format.ts';

export const investing: TextFormat = {
  name: 'investing',
  title: 'Investing.com, historical data',
  header: ['date', 'price', 'open', 'high', 'low', /^change/],
  columns: { close: 'price' },
  note: 'newest first; close is Price; 94.21M is 94,210,000',
};
