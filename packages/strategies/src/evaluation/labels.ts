import type { Bars, LabelDefinition, Labels, RowRange } from '../strategy.ts';

/**
 * Direction labels: 1 where the close `horizon` bars later is above this bar's close, else 0.
 * The last `horizon` bars have no label yet; the result is that much shorter than `close`.
 */
export function directionLabels(close: Float64Array, horizon: number): Uint8Array {
  const labels = new Uint8Array(Math.max(0, close.length - horizon));
  for (let t = 0; t < labels.length; t++) labels[t] = close[t + horizon]! > close[t]! ? 1 : 0;
  return labels;
}

/** Labels of the rows of `range`. @throws RangeError when bars before or after them are missing. */
export function labelsOf(
  bars: Bars,
  { from, to }: RowRange,
  { of, label, firstRow }: LabelDefinition,
): Labels {
  const labels = of(bars);
  if (to > labels.length)
    throw new RangeError(
      `rows ${from} to ${to - 1} need ${label.horizon} bars after them for their labels, but ` +
        `${bars.symbol} has ${bars.close.length} bars`,
    );
  if (from < firstRow)
    throw new RangeError(`row ${from} has no label: the first that has one is row ${firstRow}`);
  return labels.subarray(from, to);
}

/** Tells whether a label that was computed again is that of row t; of values but for rounding. */
export function sameLabelAs(labels: Labels): (again: number | undefined, t: number) => boolean {
  if (labels instanceof Uint8Array) return (again, t) => again === labels[t];
  const size = labels.reduce(
    (largest, y) => (Number.isFinite(y) ? Math.max(largest, Math.abs(y)) : largest),
    0,
  );
  return (again, t) => again !== undefined && Math.abs(again - labels[t]!) <= 1e-9 * size;
}

/** A stretch of time, ms since the epoch, its end excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** From row t's bar to the end of its label's bar, which is when the next one begins. */
export function rowSpan(time: Float64Array, horizon: number, t: number): Span {
  const last = time.length - 1;
  const end = t + horizon + 1;
  return { start: time[t]!, end: end <= last ? time[end]! : 2 * time[last]! - time[last - 1]! };
}

export const spansOverlap = (a: Span, b: Span): boolean => a.start < b.end && a.end > b.start;
