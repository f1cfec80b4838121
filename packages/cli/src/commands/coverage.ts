// How many bars there are of each week or month, drawn a character each.
import { barsIn, type Database } from '@ml-training/core';

export interface Coverage {
  readonly every: 'week' | 'month';
  /** When the first one begins. */
  readonly from: Date;
  /** Of each from then on. */
  readonly bars: readonly number[];
}

/** Longer stretches are drawn by the month. */
const weeksAtMost = 156;
const week = 7 * 86_400_000;

/** Counts a symbol's bars up to now by week, or by month where there are more than three years of them; UTC. */
export async function coverageOf(sql: Database, symbol: string, first: Date, last: Date): Promise<Coverage> {
  const every = last.getTime() - first.getTime() > weeksAtMost * week ? 'month' : 'week';
  const { from: bars, when } = await barsIn(sql);
  const rows = await sql<{ from: Date; bars: number }[]>`
    WITH counted AS (
      SELECT date_trunc(${every}, m.time, 'UTC') AS at, count(*) AS bars FROM ${bars}
      WHERE m.symbol = ${symbol} AND ${when('>=', sql`${first}::timestamptz`)}
        AND ${when('<=', sql`${last}::timestamptz`)} GROUP BY 1)
    SELECT s.at AS from, coalesce(c.bars, 0)::float8 AS bars
    FROM generate_series(date_trunc(${every}, ${first}::timestamptz AT TIME ZONE 'UTC'),
      ${last}::timestamptz AT TIME ZONE 'UTC', ('1 ' || ${every})::interval) AS g (local),
      LATERAL (SELECT g.local AT TIME ZONE 'UTC' AS at) s
    LEFT JOIN counted c ON c.at = s.at ORDER BY 1`;
  return { every, from: rows[0]?.from ?? first, bars: rows.map((row) => row.bars) };
}

const heights = '▁▂▃▄▅▆▇█';

/**
 * A line a year of weeks, or of four years of months, after the date of its first: full blocks where there are as
 * many bars as usual, dots where there is none.
 */
export function drawCoverage({ every, from, bars }: Coverage): string {
  const width = every === 'week' ? 52 : 48;
  const some = bars.filter((count) => count > 0).toSorted((a, b) => a - b);
  const usual = some[some.length >> 1] ?? 1;
  const marks = bars.map((count) =>
    count === 0 ? '·' : heights[Math.min(7, Math.max(0, Math.ceil((8 * count) / usual) - 1))]!,
  );
  const lines: string[] = [];
  for (let at = 0; at < marks.length; at += width) {
    const start = new Date(from);
    if (every === 'week') start.setTime(from.getTime() + at * week);
    else start.setUTCMonth(from.getUTCMonth() + at);
    lines.push(`${start.toISOString().slice(0, 10)}  ${marks.slice(at, at + width).join('')}`);
  }
  return lines.join('\n');
}
