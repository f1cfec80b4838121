import type { TextFormat } from '../format.ts';
import { epoch, number, ohlcv, timeFirst, whole } from './fields.ts';

export const binance: TextFormat = {
  name: 'binance',
  title: 'Binance klines (data.binance.vision)',
  header: ['open_time', ...ohlcv, 'close_time', 'count'],
  note: 'ms, and µs of the spot market since 2025; volume is in the base currency, of COIN-M futures in contracts',
};

/** The files of the spot market have no header. */
export const binanceBare: TextFormat = {
  name: 'binance',
  title: 'Binance klines without a header (data.binance.vision)',
  row: [epoch, number, number, number, number, number, epoch, number, whole, number, number, number],
  columns: timeFirst,
  note: 'the same',
};
