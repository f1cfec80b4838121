// Bars that a strategy looks at besides those of its symbol.
import { gridOfBars, sliceRows, type Bars, type Needs } from '@ml-training/sdk';
import type { Config } from '../config/index.ts';
import type { Database } from '../database/connect.ts';
import { FleetError } from '../errors.ts';
import { withoutNegative, withoutRows } from './check/columns.ts';
import { requireColumns } from './columns.ts';
import { barsPlaceOf } from './place.ts';
import { readBars, readBarsBetween } from './read.ts';
import { barsIn } from './source.ts';

/** As trainings and predictions are given no other bars. */
type Settings = Pick<Config, 'NEGATIVE_PRICES'>;

/** A bar lasts a month at the most; what is newer is no part of any that the own bars know. */
const longestMs = 32 * 86_400_000;

/**
 * The same bars with those of other symbols as `inputs`: all that may be known at their closes, and the one
 * bar before. A symbol that has none comes along empty; the own one doesn't, as it is there already.
 * @throws FleetError BARS_INVALID for a column that market_data doesn't have
 */
async function withInputs(
  sql: Database,
  bars: readonly Bars[],
  { NEGATIVE_PRICES: negative }: Settings,
  needs: Needs | undefined,
): Promise<Bars[]> {
  if (needs === undefined || needs.symbols.length === 0) return [...bars];
  await requireColumns(sql, needs.columns);
  const begun = bars.filter(({ time }) => time.length > 0);
  const from = Math.min(...begun.map(({ time }) => time[0]!));
  const to = Math.max(...begun.map(({ time }) => time.at(-1)!)) + longestMs;
  const inputs: Bars[] = [];
  for (const symbol of begun.length === 0 ? [] : needs.symbols) {
    const first = await knownBefore(sql, symbol, from);
    const read = await readBarsBetween(sql, symbol, first, to, needs.columns);
    inputs.push(withoutNegative(read, negative));
  }
  return bars.map((one) => ({ ...one, inputs: inputs.filter(({ symbol }) => symbol !== one.symbol) }));
}

/**
 * The same for a training, which is given nothing that had not closed when its last bar did: what came in
 * later makes no other training of it.
 */
export async function withClosedInputs(
  sql: Database,
  bars: readonly Bars[],
  settings: Settings,
  needs: Needs | undefined,
): Promise<Bars[]> {
  const given = await withInputs(sql, bars, settings, needs);
  return given.map((one) => sliceRows(one, 0, one.time.length));
}

/** Bars that are read besides, as it takes some to see which are off the grid. */
const besides = 200;

/**
 * The newest bars without those that a training leaves out as well: off the grid, or of another interval. The newest
 * of all stays: whether it has closed is for whoever predicts to say.
 */
function newestOnGrid(bars: Bars, window: number): Bars {
  const { offGrid, otherInterval, interval } = gridOfBars(bars);
  const newest = bars.time.length - 1;
  const isOver = (row: number): boolean => row !== newest || bars.time[row]! + (interval ?? 0) <= Date.now();
  const rows = new Set([...offGrid, ...otherInterval].filter(isOver));
  const kept = withoutRows(bars, rows);
  return sliceRows(kept, Math.max(0, kept.time.length - window), kept.time.length);
}

/**
 * The newest bars of a symbol, as many as a model looks at, and what it looks at besides; without bars that a
 * training leaves out as well.
 * @throws FleetError TOO_FEW_BARS; BARS_INVALID for a column that isn't there
 */
export async function readWindow(
  sql: Database,
  symbol: string,
  window: number,
  settings: Settings,
  needs?: Needs,
): Promise<Bars> {
  const read = await readBars(sql, symbol, window + besides, needs?.columns);
  const bars = newestOnGrid(withoutNegative(read, settings.NEGATIVE_PRICES), window);
  const { name, get } = barsPlaceOf(sql);
  if (bars.close.length < window)
    throw new FleetError(
      'TOO_FEW_BARS',
      `${symbol} has ${bars.close.length || 'no'} bars in ${name}, this model looks at the last ${window}: ${get('more')}`,
    );
  const [given] = await withInputs(sql, [bars], settings, needs);
  return given!;
}

/** Of two bars that have begun, the older one has closed. */
async function knownBefore(sql: Database, symbol: string, time: number): Promise<number> {
  const bars = await barsIn(sql);
  const rows = await sql<{ time: Date }[]>`
    SELECT m.time FROM ${bars.from}
    WHERE m.symbol = ${symbol} AND ${bars.when('<=', sql`to_timestamp(${time / 1000}::float8)`)}
      AND ${bars.finite}
    ORDER BY ${bars.time} DESC LIMIT 2`;
  return rows.at(-1)?.time.getTime() ?? time;
}
