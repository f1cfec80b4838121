import type { Bars, RowRange } from '../strategy.ts';

/** The bars of `range` alone; views on the same memory, no copy. */
export function sliceBars(bars: Bars, range: RowRange): Bars {
  const { from, to } = range;
  return {
    symbol: bars.symbol,
    time: bars.time.subarray(from, to),
    open: bars.open.subarray(from, to),
    high: bars.high.subarray(from, to),
    low: bars.low.subarray(from, to),
    close: bars.close.subarray(from, to),
    volume: bars.volume.subarray(from, to),
  };
}
