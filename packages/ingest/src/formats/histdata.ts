import type { TextFormat } from '../format.ts';
import { dayAndClockFirst, number, timeFirst, whole } from './fields.ts';

/** HistData.com: "Eastern Standard Time (EST) time-zone WITHOUT Day Light Savings adjustments". */
const zone = '-05:00';

export const histdata: TextFormat = {
  name: 'histdata',
  title: 'HistData, generic ASCII, M1',
  row: [/^\d{8} \d{6}$/, number, number, number, number, whole],
  fileName: /^DAT_(ASCII|NT)_/i,
  columns: timeFirst,
  zone,
  note: 'EST without daylight saving: 5 hours behind UTC all year; volume is 0',
};

export const histdataMetatrader: TextFormat = {
  name: 'histdata',
  title: 'HistData, MetaTrader, M1',
  row: [/^\d{4}\.\d\d\.\d\d$/, /^\d\d:\d\d$/, number, number, number, number, whole],
  // Some of those for MetaStock are written so as well.
  fileName: /^DAT_M[TS]_/i,
  columns: dayAndClockFirst,
  zone,
  note: 'the same',
};

export const histdataMetastock: TextFormat = {
  name: 'histdata',
  title: 'HistData, MetaStock, M1',
  row: [/^[A-Z0-9]+$/, /^\d{12}$/, number, number, number, number, whole],
  fileName: /^DAT_MS_/i,
  columns: { symbol: 0, time: 1, open: 2, high: 3, low: 4, close: 5, volume: 6 },
  zone,
  note: 'the same',
};
