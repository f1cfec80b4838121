/** One row of a file that was checked. */
export interface Bar {
  /** Milliseconds since the epoch, UTC. */
  readonly time: number;
  readonly symbol: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | null;
  /** Values of the file's further columns, in their order; left out where it has none. */
  readonly further?: readonly (number | null)[];
}

export const columns = ['time', 'symbol', 'open', 'high', 'low', 'close', 'volume'] as const;
export type Column = (typeof columns)[number];

/** Text of unknown length and content, as a message can show it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
