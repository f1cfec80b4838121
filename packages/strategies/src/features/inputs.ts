// Bars that a strategy looks at besides: of other symbols, and its own symbol's in a coarser step. Everything
// is joined as of a close: a bar that begins at x and lasts s is known from x + s on, never sooner.
import { closeOf, stepOf, type Bars, type BarsWithColumns, type InputBars } from '@ml-training/sdk';

/** Bars that are known at certain closes. */
interface Joined {
  readonly bars: Bars;
  /** For each of the own bars: which of these is the last that has closed when it closes; −1 for none. */
  readonly last: Int32Array;
}

/** Another symbol's bars as of the own closes. */
export function joinBars(own: Bars, input: Bars): Joined {
  const inputStep = stepOf(input);
  const given = { ...own, step: stepOf(own) };
  let known = 0;
  const last = Int32Array.from(own.time, (_, t) => {
    const close = closeOf(given, t);
    while (known < input.time.length && input.time[known]! + inputStep <= close) known++;
    return known - 1;
  });
  return { bars: input, last };
}

const week = 7 * 86_400_000;
/** A Monday. */
const firstWeek = Date.UTC(1970, 0, 5);

/** When the group of a step begins that holds a time. */
export function groupOf(time: number, step: number): number {
  const origin = step % week === 0 ? firstWeek : 0;
  return origin + Math.floor((time - origin) / step) * step;
}

/**
 * The own bars in groups of a coarser step: those that begin in the same stretch of time, which counts from
 * midnight UTC, or from Monday for weeks. A group is known from the first own close at or after its end, and
 * is then what it is: neither a missing bar nor the end of a session is waited for or guessed. The first
 * group is left out unless it begins with the first bar, since bars of it may have been cut off.
 */
export function resampleBars(own: Bars, step: number): Joined {
  const ownStep = stepOf(own);
  const { columns: ownColumns = {} } = own;
  const names = Object.keys(ownColumns);
  const groups: { readonly begin: number; readonly from: number; readonly to: number }[] = [];
  const last = new Int32Array(own.time.length);
  let open: { begin: number; from: number } | null = null;
  let closed = -Infinity;
  const close = (to: number): void => {
    if (open !== null && (open.from > 0 || own.time[0] === open.begin)) groups.push({ ...open, to });
    if (open !== null) closed = open.begin;
    open = null;
  };
  own.time.forEach((time, t) => {
    const begin = groupOf(time, step);
    if (open !== null && open.begin !== begin) close(t);
    if (begin > closed) open ??= { begin, from: t };
    if (open !== null && time + ownStep >= begin + step) close(t + 1);
    last[t] = groups.length - 1;
  });
  const column = (of: (from: number, to: number) => number): Float64Array =>
    Float64Array.from(groups, ({ from, to }) => of(from, to));
  const bars: Bars = {
    symbol: own.symbol,
    step,
    time: Float64Array.from(groups, ({ begin }) => begin),
    open: column((from) => own.open[from]!),
    high: column((from, to) => own.high.subarray(from, to).reduce((a, b) => Math.max(a, b))),
    low: column((from, to) => own.low.subarray(from, to).reduce((a, b) => Math.min(a, b))),
    close: column((_, to) => own.close[to - 1]!),
    volume: column((from, to) => sumOfKnown(own.volume.subarray(from, to))),
    columns: Object.fromEntries(
      names.map((name) => [name, column((from, to) => lastKnown(ownColumns[name]!.subarray(from, to)))]),
    ),
  };
  return { bars, last };
}

function sumOfKnown(values: Float64Array): number {
  let sum = Number.NaN;
  for (const value of values) if (!Number.isNaN(value)) sum = (Number.isNaN(sum) ? 0 : sum) + value;
  return sum;
}

const lastKnown = (values: Float64Array): number =>
  values.findLast((value) => !Number.isNaN(value)) ?? Number.NaN;

/** What the user's features are given of joined bars. */
export function inputBarsOf({ bars, last }: Joined): InputBars {
  const columns = bars.columns ?? {};
  const join = (column: ArrayLike<number>): Float64Array =>
    Float64Array.from(last, (i) => (i < 0 ? Number.NaN : column[i]!));
  const own: BarsWithColumns = { ...bars, columns };
  return {
    symbol: bars.symbol,
    time: join(bars.time),
    open: join(bars.open),
    high: join(bars.high),
    low: join(bars.low),
    close: join(bars.close),
    volume: join(bars.volume),
    columns: Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, join(column)])),
    bars: own,
    join: (column) => {
      if (!(column instanceof Float64Array) && !Array.isArray(column))
        throw new TypeError(
          `join was given no column of ${bars.symbol}: give one value for each of its bars`,
        );
      if (column.length !== bars.time.length)
        throw new TypeError(
          `join was given ${column.length} values for the ${bars.time.length} bars of ` +
            `${bars.symbol} in its own ` +
            'step: give one for each of them, as what is computed of input.bars has; the ' +
            'columns of the input ' +
            'itself are joined already',
        );
      return join(column);
    },
  };
}

/** How an input's bars lie to the own ones. */
export interface InputCoverage {
  readonly symbol: string;
  /** Own bars before the first of its bars was known. */
  readonly before: number;
  /**
   * Own bars at which no newer bar of it had closed for longer than one lasts, so that an older one stood in.
   */
  readonly carried: number;
  /** The longest time without a newer one, in milliseconds. */
  readonly longest: number;
  /** Own bars at which it is known: not before it begins, nor in a long stretch without a bar. */
  readonly covered: number;
}

/** Weekends, nights and holidays are no stretch that an input lacks; what is longer is. */
const maxPause = 7 * 86_400_000;

/** How well an input's bars cover the own ones in time. */
export function coverageOf(own: Bars, input: Bars): InputCoverage {
  const { last } = joinBars(own, input);
  const [step, inputStep] = [stepOf(own), stepOf(input)];
  const rows = own.time.length;
  const span = rows === 0 ? 0 : own.time[rows - 1]! - own.time[0]!;
  const pause = Math.max(3 * inputStep, Math.min(maxPause, span / 4));
  let [before, carried, longest, missing, since] = [0, 0, 0, 0, 0];
  for (let t = 0; t < rows; t++) {
    const i = last[t]!;
    if (i < 0) {
      before++;
      continue;
    }
    if (t === 0 || last[t - 1] !== i) since = carried;
    const age = own.time[t]! + step - (input.time[i]! + inputStep);
    if (age >= inputStep) {
      carried++;
      longest = Math.max(longest, age);
    }
    // All of a long stretch is missing, as soon as it is seen to be long.
    const ends = t + 1 === rows || last[t + 1] !== i;
    if (ends && age > pause) missing += carried - since;
  }
  return { symbol: input.symbol, before, carried, longest, covered: rows - before - missing };
}

/** '15m', '4h', '1d' or '1w' in milliseconds; null for what is none. */
export function stepOfWords(words: string): number | null {
  const [, count, unit] = /^([1-9]\d{0,3})([mhdw])$/.exec(words) ?? [];
  if (count === undefined) return null;
  return Number(count) * { m: 60_000, h: 3_600_000, d: 86_400_000, w: week }[unit as 'm' | 'h' | 'd' | 'w'];
}
