import type { Bars } from '@ml-training/sdk';

export const atBar = ({ symbol, time }: Bars, t: number): string =>
  `${new Date(time[t]!).toISOString()} of ${symbol} (row ${t})`;

/** A slice's columns are views on all the bars; the whole would be sent. */
export const ownMemory = ({ columns, inputs, ...bars }: Bars): Bars => ({
  ...bars,
  time: bars.time.slice(),
  open: bars.open.slice(),
  high: bars.high.slice(),
  low: bars.low.slice(),
  close: bars.close.slice(),
  volume: bars.volume.slice(),
  ...(columns === undefined
    ? {}
    : {
        columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.slice()])),
      }),
  ...(inputs === undefined ? {} : { inputs: inputs.map(ownMemory) }),
});

const maxSampled = 12;
/** The first and the last of these rows, and some between; `to` is excluded. */
export function sampledRows(from: number, to: number): number[] {
  const count = Math.max(0, Math.min(maxSampled, to - from));
  const step = count > 1 ? (to - 1 - from) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => from + Math.round(i * step));
}
