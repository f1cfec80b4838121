import type { TextFormat } from '../format.ts';

export const pandas: TextFormat = {
  name: 'pandas',
  title: "pandas' to_csv, index first",
  firstColumn: /^$/,
  header: ['open', 'high', 'low', 'close'],
  note: 'the column without a name is the time, where no other is',
};
