// How long bars last, which of them have closed, and slices of them.
import type { Bars } from './types.ts';

/** The most frequent distance of bars, in milliseconds; 0 where there is none. */
export interface UsualStep {
  readonly step: number;
  /** How many distances are it, of how many. */
  readonly count: number;
  readonly of: number;
}

/**
 * Counts the distances of neighbouring bars; of several equally frequent ones the smallest is the usual one, so that
 * weekends, nights and missing bars don't count.
 * @param most how many different ones are told apart, where bars are not all at hand
 */
export function countSteps(most = Infinity): {
  readonly see: (distance: number) => void;
  readonly usual: () => UsualStep;
} {
  const counts = new Map<number, number>();
  let of = 0;
  return {
    see: (distance) => {
      of++;
      const known = counts.get(distance);
      if (known !== undefined) counts.set(distance, known + 1);
      else if (counts.size < most) counts.set(distance, 1);
    },
    usual: () => {
      let [step, count] = [0, 0];
      for (const [distance, times] of counts)
        if (times > count || (times === count && distance < step)) [step, count] = [distance, times];
      return { step, count, of };
    },
  };
}

function usualStepOf(time: Float64Array): UsualStep {
  const { see, usual } = countSteps();
  for (let t = 1; t < time.length; t++) see(time[t]! - time[t - 1]!);
  return usual();
}

/** How long bars of these times last, in milliseconds: their most frequent distance. 0 for fewer than two. */
export const typicalStep = (time: Float64Array): number => usualStepOf(time).step;

/** The distance that at least so many have is the interval; where none is so frequent, bars keep to none. */
const commonEnough = 0.2;

/** @returns the interval that bars keep to, in milliseconds; null where they keep to none */
export const intervalOf = ({ step, count, of }: UsualStep): number | null =>
  step > 0 && count >= commonEnough * of ? step : null;

/** As `intervalOf`, of bars at these times. */
export const intervalOfTimes = (time: Float64Array): number | null => intervalOf(usualStepOf(time));

/** How long a bar lasts, in milliseconds. */
export const stepOf = ({ step, time }: Bars): number => step ?? typicalStep(time);

/**
 * When a row's bar closes: when it has lasted as long as one does, or the next one begins, where that is
 * sooner, as a short month or a day in spring is over before the usual time.
 */
export const closeOf = (bars: Bars, row: number): number =>
  Math.min(bars.time[row]! + stepOf(bars), bars.time[row + 1] ?? Infinity);

/** How many of the bars have closed by a time; they are the first ones. */
export function closedBy(bars: Bars, time: number): number {
  const begunBy = time - stepOf(bars);
  let [low, high] = [0, bars.time.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bars.time[middle]! <= begunBy) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bars from one row to another, which is excluded; views on the same memory, no copy. */
function rowsOf(bars: Bars, from: number, to: number): Bars {
  const { symbol, columns, step } = bars;
  return {
    symbol,
    time: bars.time.subarray(from, to),
    open: bars.open.subarray(from, to),
    high: bars.high.subarray(from, to),
    low: bars.low.subarray(from, to),
    close: bars.close.subarray(from, to),
    volume: bars.volume.subarray(from, to),
    ...(columns === undefined
      ? {}
      : {
          columns: Object.fromEntries(
            Object.entries(columns).map(([name, column]) => [name, column.subarray(from, to)]),
          ),
        }),
    ...(step === undefined ? {} : { step }),
  };
}

/**
 * The bars of some rows alone, with what of their inputs is known at them: from the bar that was the last to
 * have closed at the first row's close to the one that was so at the last row's. Views on the same memory.
 */
export function sliceRows(bars: Bars, from: number, to: number): Bars {
  const { inputs } = bars;
  if (inputs === undefined) return rowsOf(bars, from, to);
  const whole = { ...bars, step: stepOf(bars) };
  const slice = rowsOf(whole, from, to);
  const rows = slice.time.length;
  return {
    ...slice,
    inputs: inputs.map((input) => {
      const given = { ...input, step: stepOf(input) };
      if (rows === 0) return rowsOf(given, 0, 0);
      const first = closedBy(given, closeOf(whole, from));
      return rowsOf(given, Math.max(0, first - 1), closedBy(given, closeOf(whole, from + rows - 1)));
    }),
  };
}
