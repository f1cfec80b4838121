import { readFileSync } from 'node:fs';
import { createRandom } from '../src/random.ts';
import type { Bars } from '../src/strategy.ts';

/** Bars of a random walk, or of `close` when given: hourly from 2020, opens at the close before. */
export function walk(options: {
  readonly rows: number;
  readonly seed: number;
  readonly symbol?: string;
  readonly close?: (t: number, before: number, noise: number) => number;
  readonly startMs?: number;
  readonly stepMs?: number;
}): Bars {
  const { rows, seed, symbol = 'WALK', startMs = Date.UTC(2020, 0, 1), stepMs = 3_600_000 } = options;
  const next = options.close ?? ((_t, before, noise) => before * Math.exp(0.01 * noise));
  const random = createRandom(seed);
  const bars = emptyBars(symbol, rows);
  let before = 100;
  for (let t = 0; t < rows; t++) {
    const close = next(t, before, random.normal());
    bars.time[t] = startMs + t * stepMs;
    bars.open[t] = before;
    bars.close[t] = close;
    bars.high[t] = Math.max(before, close) * (1 + 0.002 * random.next());
    bars.low[t] = Math.min(before, close) * (1 - 0.002 * random.next());
    bars.volume[t] = 1000 * (0.5 + random.next());
    before = close;
  }
  return bars;
}

/**
 * Daily bars whose direction repeats that of `lag` bars before, but for a share of `flips`; 0.5 makes them a
 * coin's. No indicator shows the pattern: a model has to look back.
 */
export function laggedBars(count: number, { lag = 3, flips = 0.1, seed = 1 } = {}): Bars {
  const random = createRandom(seed);
  const directions: number[] = [];
  const bars = emptyBars('LAGGED', count);
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

function emptyBars(symbol: string, rows: number): Bars {
  const column = () => new Float64Array(rows);
  return {
    symbol,
    time: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
}

/** Bars that close at the given prices, with nothing else of interest. */
export function closes(close: readonly number[], stepMs = 86_400_000): Bars {
  const prices = Float64Array.from(close);
  return {
    symbol: 'CLOSES',
    time: prices.map((_, t) => t * stepMs),
    open: prices,
    high: prices,
    low: prices,
    close: prices,
    volume: prices.map(() => Number.NaN),
  };
}

/** A copy whose columns can be changed without touching the original. */
export function copyBars(bars: Bars): Bars {
  const { symbol, time, open, high, low, close, volume } = bars;
  return {
    symbol,
    time: time.slice(),
    open: open.slice(),
    high: high.slice(),
    low: low.slice(),
    close: close.slice(),
    volume: volume.slice(),
  };
}

/** A copy in which every bar from `from` on has other prices and volumes. */
export function perturbFrom(bars: Bars, from: number): Bars {
  const changed = copyBars(bars);
  for (let t = from; t < changed.close.length; t++) {
    const factor = 1.5 + 0.3 * Math.sin(t);
    for (const column of [changed.open, changed.high, changed.low, changed.close, changed.volume])
      column[t]! *= factor;
  }
  return changed;
}

/** A copy in which every bar from `from` on has its prices times `factor`. */
export function scaleFrom(bars: Bars, from: number, factor: number): Bars {
  const changed = copyBars(bars);
  for (const column of [changed.open, changed.high, changed.low, changed.close])
    for (let t = from; t < column.length; t++) column[t]! *= factor;
  return changed;
}

/** The newest `count` bars of a sample file. */
export function sampleBars(symbol: 'EURUSD' | 'GOOG' | 'SP500', count: number): Bars {
  const file = new URL(`../../../infra/sample-data/${symbol}.csv`, import.meta.url);
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1).slice(-count);
  const cells = lines.map((line) => line.split(','));
  const column = (c: number): Float64Array =>
    Float64Array.from(cells, (row) => (row[c] === '' ? Number.NaN : Number(row[c])));
  return {
    symbol,
    time: Float64Array.from(cells, (row) => Date.parse(row[0]!)),
    open: column(2),
    high: column(3),
    low: column(4),
    close: column(5),
    volume: column(6),
  };
}
