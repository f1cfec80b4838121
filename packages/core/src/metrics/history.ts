import { strategyTypes } from '@ml-training/sdk';
import type { Database } from '../database/connect.ts';
import { heldAtMostSeconds, isHeld } from './held.ts';

/** Values of ml_training_metrics of one metric, strategy and symbol; both are '' where it has none. */
export interface MetricSeries {
  readonly name: string;
  readonly strategy_type: string;
  readonly symbol: string;
  readonly points: readonly { readonly time: Date; readonly value: number }[];
}

/** Names of the metrics that have values. */
export async function metricNames(sql: Database): Promise<string[]> {
  // By steps in the primary key: of a million values some dozen names are read.
  const rows = await sql<{ name: string }[]>`
    WITH RECURSIVE step (name) AS (
      (SELECT name FROM ml_training_metrics ORDER BY name LIMIT 1)
      UNION ALL
      SELECT (SELECT name FROM ml_training_metrics m WHERE m.name > step.name ORDER BY name LIMIT 1)
      FROM step WHERE step.name IS NOT NULL
    )
    SELECT name FROM step WHERE name IS NOT NULL`;
  return rows.map(({ name }) => name);
}

/** Series of a metric that are read at most, and points of all of them together. */
const maxSeries = 20;
const maxPoints = 2000;

/**
 * A metric over time, at `points` moments a series at most: the last value of each stretch of time between
 * two of them, if there is one; of a metric whose values hold, the one that holds at its end.
 * @param of strategy or symbol left out: of each that has values, the first 20
 */
export async function metricHistory(
  sql: Database,
  of: {
    readonly name: string;
    readonly strategyType?: string | undefined;
    readonly symbol?: string | undefined;
  },
  range: { readonly from: Date; readonly to: Date; readonly points: number },
): Promise<{ readonly series: readonly MetricSeries[]; readonly more: boolean }> {
  const found = await seriesOf(sql, of);
  const series = found.slice(0, maxSeries);
  if (series.length === 0) return { series: [], more: false };
  const stretches = Math.max(1, Math.min(range.points, Math.floor(maxPoints / series.length)));
  const ms = Math.max(1, (range.to.getTime() - range.from.getTime()) / stretches);
  const heldMs = isHeld(of.name) ? 1000 * heldAtMostSeconds : 0;
  // One step in the primary key a moment, however many values lie between two.
  const rows = await sql<{ strategy_type: string; symbol: string; time: Date; value: number }[]>`
    SELECT s.strategy_type, s.symbol, greatest(newest.time, began.start) AS time, newest.value
    FROM unnest(${series.map((one) => one.strategy_type)}::text[], ${series.map((one) => one.symbol)}::text[])
           WITH ORDINALITY AS s (strategy_type, symbol, nr),
         generate_series(1, ${stretches}::int) AS stretch,
         LATERAL (SELECT ${range.from}::timestamptz
           + (stretch - 1) * ${ms / 1000}::float8 * interval '1 second' AS start) began,
         LATERAL (
           SELECT time, value FROM ml_training_metrics m
           WHERE m.name = ${of.name} AND m.strategy_type = s.strategy_type AND m.symbol = s.symbol
             AND began.start <= now()
             AND m.time >= began.start - ${heldMs / 1000}::float8 * interval '1 second' AND m.time < began.start + ${ms / 1000}::float8 * interval '1 second'
           ORDER BY m.time DESC LIMIT 1) newest
    ORDER BY s.nr, time`;
  const points = Map.groupBy(rows, (row) => JSON.stringify([row.strategy_type, row.symbol]));
  return {
    more: found.length > maxSeries,
    series: series.map((one) => ({
      name: of.name,
      ...one,
      points: (points.get(JSON.stringify([one.strategy_type, one.symbol])) ?? []).map(({ time, value }) => ({
        time,
        value,
      })),
    })),
  };
}

/** Strategies and symbols that the metric has values of, in order; one more than are read. */
async function seriesOf(
  sql: Database,
  { name, strategyType, symbol }: Parameters<typeof metricHistory>[1],
): Promise<{ strategy_type: string; symbol: string }[]> {
  if (symbol !== undefined)
    return sql<{ strategy_type: string; symbol: string }[]>`
      SELECT kind AS strategy_type, ${symbol} AS symbol
      FROM unnest(${strategyType === undefined ? ['', ...strategyTypes()] : [strategyType]}::text[]) kind,
           LATERAL (SELECT FROM ml_training_metrics m
                    WHERE m.name = ${name} AND m.strategy_type = kind AND m.symbol = ${symbol}
                    ORDER BY m.time LIMIT 1) one`;
  const ofStrategy = strategyType === undefined ? sql`` : sql`AND strategy_type = ${strategyType}`;
  const among = sql`name = ${name} ${ofStrategy}`;
  return sql<{ strategy_type: string; symbol: string }[]>`
    WITH RECURSIVE step (strategy_type, symbol, nr) AS (
      (SELECT strategy_type, symbol, 1 FROM ml_training_metrics WHERE ${among}
       ORDER BY strategy_type, symbol LIMIT 1)
      UNION ALL
      SELECT next.strategy_type, next.symbol, step.nr + 1 FROM step, LATERAL (
        SELECT strategy_type, symbol FROM ml_training_metrics
        WHERE ${among} AND (strategy_type, symbol) > (step.strategy_type, step.symbol)
        ORDER BY strategy_type, symbol LIMIT 1) next
      WHERE step.nr <= ${maxSeries}
    )
    SELECT strategy_type, symbol FROM step ORDER BY nr`;
}
