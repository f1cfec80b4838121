import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Bars } from '@ml-training/strategies';
import { createRandom } from '../../../packages/strategies/src/random.ts';
import { sampleDir } from './paths.ts';

export const sampleSymbols = ['EURUSD', 'GOOG', 'SP500'] as const;

/** What an ensemble is measured on: the sample bars, or as many with a known signal. */
export const ensembleBars = (kind: 'sample' | 'planted'): Bars[] =>
  sampleSymbols.map((symbol) => (kind === 'sample' ? sampleBars(symbol) : plantedBars(symbol, 4000, 1)));

const HOUR_MS = 3_600_000;

/** The newest `count` sample bars of a symbol, or all of them. */
export function sampleBars(symbol: string, count = Infinity): Bars {
  const lines = readFileSync(path.join(sampleDir, `${symbol}.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const rows = lines.slice(Math.max(0, lines.length - count)).map((line) => line.split(','));
  const column = (c: number): Float64Array =>
    Float64Array.from(rows, (row) => (row[c] === '' ? Number.NaN : Number(row[c])));
  return {
    symbol,
    time: Float64Array.from(rows, (row) => Date.parse(row[0]!)),
    open: column(2),
    high: column(3),
    low: column(4),
    close: column(5),
    volume: column(6),
  };
}

/**
 * Hourly bars whose next move can partly be told: the last one goes on where volume
 * was above its median and turns where it was below, which no linear rule sees.
 * What is best possible is an AUC of 0.68 (by `told` itself, over 200,000 bars).
 */
function plantedBars(symbol: string, count: number, seed: number): Bars {
  const random = createRandom(seed).fork(symbol);
  const column = (): Float64Array => new Float64Array(count);
  const bars = {
    symbol,
    time: Float64Array.from({ length: count }, (_, t) => t * HOUR_MS),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
  const deviation = 0.005;
  let close = 100;
  let move = 0;
  let loudness = 0;
  for (let t = 0; t < count; t++) {
    const told = 0.6 * Math.tanh(move) * Math.sign(loudness);
    move = told + Math.sqrt(1 - 0.6 ** 2 / 2) * random.normal();
    loudness = random.normal();
    bars.open[t] = close;
    close *= Math.exp(deviation * move);
    bars.close[t] = close;
    bars.high[t] = Math.max(bars.open[t]!, close) * (1 + 0.2 * deviation * random.next());
    bars.low[t] = Math.min(bars.open[t]!, close) * (1 - 0.2 * deviation * random.next());
    bars.volume[t] = 1000 * Math.exp(loudness);
  }
  return bars;
}

/**
 * Hourly bars whose move is so much of the last one, by `follows` of the bar, and chance. Volume is chance.
 * @param random its numbers are all that series differ by.
 */
export function movingBars(
  symbol: string,
  count: number,
  follows: (t: number) => number,
  random: ReturnType<typeof createRandom>,
): Bars {
  const column = (): Float64Array => new Float64Array(count);
  const bars = {
    symbol,
    time: Float64Array.from({ length: count }, (_, t) => t * HOUR_MS),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
  let [close, move] = [100, 0];
  for (let t = 0; t < count; t++) {
    const open = close;
    move = follows(t) * move + 0.004 * random.normal();
    close *= Math.exp(move);
    bars.open[t] = open;
    bars.close[t] = close;
    bars.high[t] = Math.max(open, close) * (1 + 0.001 * random.next());
    bars.low[t] = Math.min(open, close) * (1 - 0.001 * random.next());
    bars.volume[t] = 1000 * Math.exp(0.3 * random.normal());
  }
  return bars;
}

/** Bars in a row that are drawn together, so that calm and wild times stay what they are. */
const BLOCK = 50;

/**
 * Any number of hourly bars that look like the sample's: blocks of its bars, drawn with a seed, each bar
 * scaled to begin where the one before closed (a block bootstrap; Künsch 1989).
 */
export function bootstrappedBars(from: Bars, count: number, seed: number): Bars {
  const random = createRandom(seed).fork(from.symbol);
  const column = (): Float64Array => new Float64Array(count);
  const bars = {
    symbol: from.symbol,
    time: Float64Array.from({ length: count }, (_, t) => t * HOUR_MS),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
  let close = from.close[0]!;
  let source = 0;
  for (let t = 0; t < count; t++) {
    if (t % BLOCK === 0) source = 1 + random.int(from.close.length - BLOCK);
    // Drawn toward where it began, so that a million bars neither vanish nor overflow.
    const pull = (from.close[0]! / close) ** 0.001;
    const scale = (pull * close) / from.close[source - 1]!;
    for (const price of ['open', 'high', 'low', 'close'] as const)
      bars[price][t] = from[price][source]! * scale;
    bars.volume[t] = from.volume[source]!;
    close = bars.close[t]!;
    source++;
  }
  return bars;
}
