import { ATR, MFI, RSI, SMA, WMA } from 'trading-signals';
import type { Bars } from '../strategy.ts';
import type { Columns } from './formulas.ts';
import { ratio } from './rolling.ts';

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
 * Features from the library's streaming indicators, fed bar by bar in time. All of them are built on plain or
 * linearly weighted means: Wilder's and exponential means remember every bar since the start of the history,
 * so the same bar would get other features in another batch.
 */
export function indicatorColumns(bars: Bars): Columns<(typeof indicatorFeatures)[number]> {
  const rows = bars.close.length;
  const column = (): Float64Array => new Float64Array(rows);
  const columns = {
    atr_14: column(),
    true_range: column(),
    rsi_14: column(),
    macd: column(),
    macd_histogram: column(),
    stochastic_k: column(),
    stochastic_d: column(),
    money_flow_14: column(),
  };
  const atr = new ATR(14, SMA);
  const rsi = new RSI(14, SMA);
  const fast = new WMA(12);
  const slow = new WMA(26);
  const signal = new SMA(9);
  const smoothK = new SMA(3);
  const smoothD = new SMA(3);
  const moneyFlow = new MFI(14);

  for (let t = 0; t < rows; t++) {
    const candle = candleAt(bars, t);
    const range = atr.add(candle) ?? 0;
    columns.atr_14[t] = ratio(range, candle.close);
    columns.true_range[t] = t === 0 ? 0 : ratio(trueRange(bars, t), range);
    columns.rsi_14[t] = centred(rsi.add(candle.close));

    const fastMean = fast.add(candle.close);
    const slowMean = slow.add(candle.close);
    if (fastMean !== null && slowMean !== null) {
      const macd = fastMean - slowMean;
      columns.macd[t] = ratio(macd, range);
      columns.macd_histogram[t] = ratio(macd - (signal.add(macd) ?? macd), range);
    }
    const k = t < 13 ? null : smoothK.add(placeInRange(bars, t, 14));
    columns.stochastic_k[t] = centred(k);
    columns.stochastic_d[t] = centred(k === null ? null : smoothD.add(k));
    columns.money_flow_14[t] = centred(moneyFlow.add(candle));
  }
  return columns;
}

/** A bar as the library wants it; a missing volume counts as none, which the money flow index passes over. */
function candleAt(bars: Bars, t: number) {
  const volume = bars.volume[t]!;
  return {
    open: bars.open[t]!,
    high: bars.high[t]!,
    low: bars.low[t]!,
    close: bars.close[t]!,
    volume: Number.isNaN(volume) ? 0 : volume,
  };
}

function trueRange(bars: Bars, t: number): number {
  const previous = bars.close[t - 1]!;
  return Math.max(bars.high[t]!, previous) - Math.min(bars.low[t]!, previous);
}

/**
 * Place of the close in the range of the `n` bars that end at t, in percent; 0 where there is no range. The
 * library's stochastic gives the same to the last bit, but took a quarter of all the indicators' time.
 */
function placeInRange({ high, low, close }: Bars, t: number, n: number): number {
  let highest = high[t]!;
  let lowest = low[t]!;
  for (let i = t - n + 1; i < t; i++) {
    if (high[i]! > highest) highest = high[i]!;
    if (low[i]! < lowest) lowest = low[i]!;
  }
  const range = highest - lowest;
  return ((close[t]! - lowest) * 100) / (range === 0 ? 1 : range);
}

/** From 0…100 to −1…1. */
function centred(percent: number | null): number {
  return percent === null ? 0 : percent / 50 - 1;
}
