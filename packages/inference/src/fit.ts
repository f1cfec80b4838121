// Whether bars are such as a model was trained on.
import {
  FleetError,
  intervalInWords,
  isUnclosed,
  otherIntervalOf,
  type BarRhythm,
  type Bars,
} from '@ml-training/core';

/** Of a model from before its rhythm was kept: a bar after now, by clocks a minute apart, is one that can't be. */
const anyRhythm: BarRhythm = {
  interval_ms: 3_600_000,
  lasts_ms: 3_600_000,
  session_ends: [],
  stamped: 'close',
};

/**
 * @param rhythm how the bars of its training follow each other; undefined where that wasn't kept
 * @param now ms since the epoch
 * @throws FleetError BARS_OTHER_INTERVAL, BARS_UNCLOSED
 */
export function requireFit({ symbol, time }: Bars, rhythm: BarRhythm | undefined, now: number): void {
  const newest = time.at(-1);
  if (newest === undefined) return;
  if (isUnclosed(newest, { ...(rhythm ?? anyRhythm), stamped: 'close' }, now))
    throw new FleetError(
      'BARS_UNCLOSED',
      `${symbol}: the last bar, of ${iso(newest)}, is after now, ${iso(now)}: look at the clock of this machine, and at ` +
        'the time zone that its times are made in',
    );
  if (rhythm === undefined) return;
  const interval = rhythm.interval_ms;
  const other = otherIntervalOf(time, interval);
  if (other !== null)
    throw new FleetError(
      'BARS_OTHER_INTERVAL',
      `${symbol}: these bars come every ${intervalInWords(other)}, and this model was trained on bars of ` +
        `${intervalInWords(interval)}: pass such bars, or train a model on these`,
    );
  if (isUnclosed(newest, rhythm, now))
    throw new FleetError(
      'BARS_UNCLOSED',
      `${symbol}: the last bar, of ${iso(newest)}, closes at ${iso(newest + rhythm.lasts_ms)} at the earliest, as this model's bars last ` +
        `${intervalInWords(interval)}; it is ${iso(now)}: leave it out until then. Where the times of your bars say ` +
        'when they close, set BAR_TIMES=close and train again',
    );
}

const iso = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');
