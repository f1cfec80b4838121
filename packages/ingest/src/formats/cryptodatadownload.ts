import type { TextFormat } from '../format.ts';
import { ohlc } from './fields.ts';

export const cryptodatadownload: TextFormat = {
  name: 'cryptodatadownload',
  title: 'CryptoDataDownload',
  preamble: /cryptodatadownload/i,
  header: [/^unix/, 'date', 'symbol', ...ohlc, /^volume/],
  // The base currency's volume stands first, and the date beside "unix" says the same.
  columns: { time: /^unix/, date: null, volume: /^volume/ },
  note: 'its URL before the header; newest first; s or ms; volume is that of the base currency',
};
