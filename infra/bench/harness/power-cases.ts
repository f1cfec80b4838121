// What the power bench trains on.
import { pools, seriesOf, signals, type Series } from './signals.ts';

export interface PowerCase {
  /** Name of a signal or a pool. */
  readonly name: string;
  /** Bars that are learnt from. */
  readonly bars: number;
  /** The first symbol of a pool by itself. */
  readonly alone?: boolean;
}

/** Series of a case, with `later` more bars to be asked for; the first is the one that is judged. */
export function seriesOfCase(
  { name, bars, alone = false }: PowerCase,
  later: number,
  seed: number,
): readonly Series[] {
  const signal = signals.find((one) => one.name === name);
  if (signal !== undefined) return [seriesOf(signal, bars + later, seed)];
  const pool = pools.find((one) => one.name === name);
  if (pool === undefined) throw new Error(`${name} is no signal and no pool`);
  const series = pool.series(bars + later, seed);
  return alone ? series.slice(0, 1) : series;
}
