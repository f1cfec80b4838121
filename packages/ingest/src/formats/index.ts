import type { TextFormat } from '../format.ts';
import { alphaVantage } from './alpha-vantage.ts';
import { binance, binanceBare } from './binance.ts';
import { cryptodatadownload } from './cryptodatadownload.ts';
import { bare, csv } from './csv.ts';
import { databento } from './databento.ts';
import { dukascopy, jforexEet, jforexUtc } from './dukascopy.ts';
import { excelGerman } from './excel-german.ts';
import { histdata, histdataMetastock, histdataMetatrader } from './histdata.ts';
import { investing } from './investing.ts';
import { kraken } from './kraken.ts';
import { metatrader4, metatrader5 } from './metatrader.ts';
import { ninjatrader } from './ninjatrader.ts';
import { pandas } from './pandas.ts';
import { polygon } from './polygon.ts';
import { stooq, stooqBulk, stooqPolish } from './stooq.ts';
import { tradingview } from './tradingview.ts';
import { yfinance } from './yfinance.ts';

/** Formats of text; the first that fits a file is it. */
export const textFormats: readonly TextFormat[] = [
  binance,
  binanceBare,
  kraken,
  polygon,
  databento,
  cryptodatadownload,
  stooqBulk,
  metatrader5,
  histdataMetatrader,
  metatrader4,
  histdata,
  histdataMetastock,
  ninjatrader,
  tradingview,
  stooq,
  stooqPolish,
  yfinance,
  dukascopy,
  jforexUtc,
  jforexEet,
  investing,
  excelGerman,
  pandas,
  alphaVantage,
  csv,
  bare,
];
