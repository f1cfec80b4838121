// Splits that "ml import --adjust-splits" adjusts for, as it shows them, and as a dry run finds them.
import { clearSplits, splitInWords, type AdjustedSplit, type Bar } from '@ml-training/core';

export const splitLines = (splits: readonly AdjustedSplit[]): string =>
  splits.length === 0
    ? '  splits    none that is clear: nothing is adjusted'
    : splits.map((split) => `  split     ${splitInWords(split)}`).join('\n');

export const splitJson = ({ symbol, time, ratio, bars }: AdjustedSplit) => ({
  symbol,
  time: new Date(time).toISOString(),
  ratio: ratio.join(':'),
  bars,
});

type Values = readonly [time: number, open: number, high: number, low: number, close: number, volume: number];

/** Keeps the bars of a file, some 100 bytes each, as splits are told by those around them. */
export function keepBars(): {
  readonly add: (bars: readonly Bar[]) => void;
  readonly splits: () => AdjustedSplit[];
} {
  const bySymbol = new Map<string, Values[]>();
  return {
    add: (bars) => {
      for (const { symbol, time, open, high, low, close, volume } of bars) {
        const kept = bySymbol.get(symbol) ?? [];
        if (kept.length === 0) bySymbol.set(symbol, kept);
        kept.push([time, open, high, low, close, volume ?? Number.NaN]);
      }
    },
    splits: () =>
      [...bySymbol.keys()].sort().flatMap((symbol) => {
        const rows = bySymbol.get(symbol)!.sort(([a], [b]) => a - b);
        const column = (place: number): Float64Array => Float64Array.from(rows, (row) => row[place]!);
        const bars = {
          symbol,
          time: column(0),
          open: column(1),
          high: column(2),
          low: column(3),
          close: column(4),
          volume: column(5),
        };
        return clearSplits(bars).map(({ row, ...split }) => ({ ...split, bars: row }));
      }),
  };
}
