import type { TextFormat } from '../format.ts';

export const csv: TextFormat = {
  name: 'csv',
  title: 'any other CSV with a header',
  header: [],
  note: 'columns by their usual names (time, date, open, high …), in English or German, or by --columns',
};

export const bare: TextFormat = {
  name: 'csv',
  title: 'any other CSV without a header',
  row: [],
  note: '--columns says the place of each: time=1,open=2,high=3,low=4,close=5,volume=6',
};
