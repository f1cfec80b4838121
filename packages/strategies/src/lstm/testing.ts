import { createRandom } from '../random.ts';
import type { Bars, TrainContext } from '../strategy.ts';

/**
 * Daily bars whose direction repeats that of `lag` bars before, but for a share of `flips`; 0.5 makes them a coin's.
 * No indicator shows the pattern: a model has to look back.
 */
export function laggedBars(count: number, { lag = 3, flips = 0.1, seed = 1 } = {}): Bars {
  const random = createRandom(seed);
  const directions: number[] = [];
  const column = () => new Float64Array(count);
  const bars = {
    symbol: 'LAGGED',
    time: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
  let close = 100;
  for (let t = 0; t < count; t++) {
    const before = directions[t - lag] ?? (random.next() < 0.5 ? 1 : -1);
    const direction = random.next() < flips ? -before : before;
    directions.push(direction);
    const open = close;
    close *= Math.exp(direction * 0.01 * (0.5 + random.next()));
    bars.time[t] = t * 86_400_000;
    bars.open[t] = open;
    bars.close[t] = close;
    bars.high[t] = Math.max(open, close) * (1 + 0.002 * random.next());
    bars.low[t] = Math.min(open, close) * (1 - 0.002 * random.next());
    bars.volume[t] = 1_000 + random.int(1_000);
  }
  return bars;
}

/** A context that keeps what it is told; `onEpoch` runs after each epoch. */
export function recordingContext(onEpoch: (epoch: number) => void = () => undefined, signal?: AbortSignal) {
  const epochs: Readonly<Record<string, number>>[] = [];
  const progress: number[] = [];
  const context: TrainContext = {
    signal: signal ?? new AbortController().signal,
    progress: (fraction) => progress.push(fraction),
    epoch: (step, values) => {
      epochs.push(values);
      onEpoch(step);
    },
    resume: null,
    checkpoint: () => Promise.resolve(),
  };
  return { context, epochs, progress };
}
