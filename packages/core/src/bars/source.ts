// Where bars are read from: the fleet's market_data, or the table or view that MARKET_DATA_TABLE names. Every
// query of bars is written with these parts, so that an index of the table serves it, whatever its columns.
import type postgres from 'postgres';
import { quoteName, type BarTable } from '../database/bar-table.ts';
import { barSettingsOf, barTableOf, type Database } from '../database/connect.ts';
import { perSecond } from '../database/epoch-unit.ts';
import { FleetError } from '../errors.ts';

/** Parts of a query whose bars are called `m`: m.time (timestamptz), m.symbol, m.open … m.volume, and more. */
export interface BarRows {
  /** `FROM` this: it has the alias m. */
  readonly from: postgres.Fragment;
  /** What `ORDER BY` takes: in this order, not by m.time, the index of a foreign table is used. */
  readonly time: postgres.Fragment;
  /** A condition on the time, compared with an expression of timestamptz. */
  readonly when: (operator: '<=' | '>' | '>=', instant: postgres.Fragment) => postgres.Fragment;
  /** A condition that leaves out times which are no instants. */
  readonly finite: postgres.Fragment;
  /** What people call it. */
  readonly name: string;
  /** Of the user's table; null for the fleet's own. */
  readonly foreign: BarTable | null;
}

/**
 * Where this connection reads bars. A foreign table is looked up once, by the first who asks.
 * @throws FleetError DATABASE_UNFIT where MARKET_DATA_TABLE names none that bars can be read from
 */
export async function barsIn(sql: Database): Promise<BarRows> {
  const table = await barTableOf(sql);
  if (table === null)
    return {
      from: sql`market_data m`,
      time: sql`m.time`,
      when: (operator, instant) => sql`m.time ${sql.unsafe(operator)} ${instant}`,
      finite: sql`m.time > '-infinity'`,
      name: 'market_data',
      foreign: null,
    };
  return {
    from: sql`${sql.unsafe(selectBars(table))} m`,
    time: sql`m.bar_key`,
    when: (operator, instant) =>
      sql`m.bar_key ${sql.unsafe(operator)} ${asKey(sql, table.time, operator, instant)}`,
    finite: table.time.kind === 'number' ? sql`true` : sql`m.bar_key > '-infinity'`,
    name: table.name,
    foreign: table,
  };
}

/** A bar without a price is no bar: a packed column would be shorter than its times. */
function selectBars({ name, columns, further, time }: BarTable): string {
  const key = quoteName(columns.time);
  const prices = (['open', 'high', 'low', 'close'] as const).map((role) => [role, quoteName(columns[role])]);
  const volume = columns.volume === null ? 'NULL::float8' : `${quoteName(columns.volume)}::float8`;
  const list = [
    `${key} AS bar_key`,
    `${asTime(key, time)} AS time`,
    `${quoteName(columns.symbol)}::text AS symbol`,
    ...prices.map(([role, column]) => `${column}::float8 AS ${role}`),
    `${volume} AS volume`,
    ...further.map((one) => `${quoteName(one.column)}::float8 AS ${quoteName(one.name)}`),
  ];
  const wanted = [key, quoteName(columns.symbol), ...prices.map(([, column]) => column)];
  return `(SELECT ${list.join(', ')} FROM ${name}
    WHERE ${wanted.map((column) => `${column} IS NOT NULL`).join(' AND ')})`;
}

const asTime = (key: string, time: BarTable['time']): string => {
  if (time.kind === 'timestamptz') return key;
  if (time.kind === 'number') return `to_timestamp(${key}::float8 / ${perSecond[time.unit]})`;
  return `(${key}::timestamp AT TIME ZONE '${time.zone}')`;
};

/** The column itself is compared, not its time: only that way an index on it serves. */
function asKey(
  sql: Database,
  time: BarTable['time'],
  operator: '<=' | '>' | '>=',
  instant: postgres.Fragment,
): postgres.Fragment {
  if (time.kind === 'timestamptz') return instant;
  if (time.kind !== 'number') return sql`((${instant}) AT TIME ZONE ${sql.unsafe(`'${time.zone}'`)})`;
  const count = sql`(extract(epoch FROM ${instant}) * ${sql.unsafe(String(perSecond[time.unit]))})`;
  if (time.type.startsWith('numeric')) return count;
  if (time.type === 'double precision') return sql`${count}::float8`;
  return operator === '>=' ? sql`ceil(${count})::bigint` : sql`floor(${count})::bigint`;
}

/**
 * @throws FleetError REQUEST_INVALID where bars are the user's own, which nothing of the fleet's may write
 */
export function refuseForeign(sql: Database, what: string): void {
  const settings = barSettingsOf(sql);
  if (settings === null) return;
  throw new FleetError(
    'REQUEST_INVALID',
    `${what} writes bars, and MARKET_DATA_TABLE names ${settings.MARKET_DATA_TABLE}, a table of yours that is ` +
      'only read: write them there with what fills it, or leave MARKET_DATA_TABLE and MARKET_DATA_COLUMNS ' +
      "empty for the fleet's own table",
  );
}
