import type { Random } from '../../random.ts';
import type { Bars } from '../../strategy.ts';

const columns = ['open', 'high', 'low', 'close', 'volume'] as const;

/**
 * A copy in which every bar from `from` on has other prices and another volume: each is multiplied by a random factor between
 * one half and 1, one for a bar's prices, one for its volume, so that it stays a possible bar and no sum overflows. Times stay.
 */
export function perturbFrom(bars: Bars, from: number, random: Random): Bars {
  const [open, high, low, close, volume] = columns.map((name) => bars[name].slice()) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let t = from; t < close.length; t++) {
    const price = 0.5 + random.next() / 2;
    for (const column of [open, high, low, close]) column[t]! *= price;
    volume[t]! *= 0.5 + random.next() / 2;
  }
  return { symbol: bars.symbol, time: bars.time, open, high, low, close, volume };
}
