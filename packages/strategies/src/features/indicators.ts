import type { Bars } from '../strategy.ts';
import type { Columns } from './formulas.ts';
import { ratio } from './rolling.ts';
import { ta } from './ta.ts';

export const indicatorFeatures = [
  'atr_14',
  'true_range',
  'rsi_14',
  'macd',
  'macd_histogram',
  'stochastic_k',
  'stochastic_d',
  'money_flow_14',
] as const;

/**
 * Features of indicators. All of them are built on plain or linearly weighted means: Wilder's and exponential
 * means remember every bar since the start of the history, so the same bar would get other features in
 * another batch.
 */
export function indicatorColumns(bars: Bars): Columns<(typeof indicatorFeatures)[number]> {
  const { close } = bars;
  const atr = ta.atr(bars, 14);
  const trueRange = ta.trueRange(bars);
  const { macd, histogram } = ta.macd(close, 12, 26, 9);
  const k = ta.sma(ta.stochastic(bars, 14), 3);
  return {
    atr_14: atr.map((range, t) => ratio(range, close[t]!)),
    true_range: trueRange.map((range, t) => ratio(range, atr[t]!)),
    rsi_14: ta.rsi(close, 14).map(centred),
    macd: macd.map((value, t) => ratio(value, atr[t]!)),
    macd_histogram: histogram.map((value, t) => ratio(value, atr[t]!)),
    stochastic_k: k.map(centred),
    stochastic_d: ta.sma(k, 3).map(centred),
    money_flow_14: ta.moneyFlow(bars, 14).map(centred),
  };
}

/** From 0…100 to −1…1. */
const centred = (percent: number): number => percent / 50 - 1;
