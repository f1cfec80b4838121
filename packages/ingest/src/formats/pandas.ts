import type { TextFormat } from '../format.ts';
import { ohlc } from './fields.ts';

export const pandas: TextFormat = {
  name: 'pandas',
  title: "pandas' to_csv, index first",
  firstColumn: /^$/,
  header: ohlc,
  note: 'the column without a name is the time, where no other is',
};
