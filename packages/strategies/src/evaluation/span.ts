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
