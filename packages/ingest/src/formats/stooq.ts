import type { TextFormat } from '../format.ts';
import { ohlc } from './fields.ts';

export const stooq: TextFormat = {
  name: 'stooq',
  title: 'Stooq, a file a symbol',
  header: ['date', ...ohlc],
  fileName: /^[a-z0-9.^-]+(?:_[a-z]{2})?_[dwmqy](?: ?\(\d+\))?\.csv$/,
  note: 'the symbol aapl_us of the name is AAPL.US',
};

export const stooqPolish: TextFormat = {
  name: 'stooq',
  title: 'Stooq, a file a symbol, in Polish',
  header: ['data', 'otwarcie', 'najwyzszy', 'najnizszy', 'zamkniecie'],
  columns: {
    time: 'data',
    open: 'otwarcie',
    high: 'najwyzszy',
    low: 'najnizszy',
    close: 'zamkniecie',
    volume: 'wolumen',
  },
  note: 'as stooq.pl writes it',
};

export const stooqBulk: TextFormat = {
  name: 'stooq',
  title: 'Stooq, database of all symbols',
  header: ['ticker', 'per', 'date', 'time', ...ohlc, 'vol', 'openint'],
  zoneHint: "Stooq's times within a day are of Warsaw in most of its files: compare the first bar of a day.",
  note: 'several symbols a file; a zone is asked for within a day',
};
