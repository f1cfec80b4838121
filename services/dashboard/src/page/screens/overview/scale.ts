// Where a time stands on the timeline, and which stretch is shown; pure.

export const ranges = { '6h': 6 * 3600, '24h': 24 * 3600, '7d': 7 * 86_400 } as const;
export type Range = keyof typeof ranges;
export const isRange = (name: string | null): name is Range => name !== null && Object.hasOwn(ranges, name);

export interface Stretch {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** Of a stretch that follows the present, this share is still to come. */
const ahead = 0.2;

/** The present, in steps that no picture has enough pixels to show: it is drawn anew with each. */
export function presentOf(range: Range, now: number): number {
  const step = (1000 * ranges[range]) / 1800;
  return Math.floor(now / step) * step;
}

/** What is shown: up to `end`, or, with null, around the present. */
export function stretchOf(range: Range, end: number | null, now: number): Stretch {
  const length = 1000 * ranges[range];
  const to = end ?? now + ahead * length;
  return { from: to - length, to };
}

/**
 * The same for asking the API: in steps, so that the question changes seldom and covers what is shown until
 * it does.
 */
export function askedStretch(range: Range, end: number | null, now: number): Stretch {
  const step = (1000 * ranges[range]) / 360;
  const { from, to } = stretchOf(range, end, end === null ? Math.floor(now / step) * step : now);
  return { from: from - step, to: to + step };
}

const hour = 3_600_000;
const marks: Readonly<Record<Range, number>> = { '6h': hour, '24h': 3 * hour, '7d': 24 * hour };

/** Times of the axis, at full hours or days of the reader's zone. */
export function marksOf(range: Range, { from, to }: Stretch): number[] {
  const step = marks[range];
  const found: number[] = [];
  const at = new Date(from);
  at.setMinutes(0, 0, 0);
  // By the clock on the wall, hour by hour: zones change.
  for (; at.getTime() <= to; at.setHours(at.getHours() + 1))
    if (
      at.getTime() >= from &&
      (step === 24 * hour ? at.getHours() === 0 : at.getHours() % (step / hour) === 0)
    )
      found.push(at.getTime());
  return found;
}
