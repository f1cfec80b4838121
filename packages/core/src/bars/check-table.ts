import { quoteName, roles, type BarTable } from '../database/bar-table.ts';
import { barTableOf, type Database } from '../database/connect.ts';
import { FleetError } from '../errors.ts';
import { errorFacts } from '../log.ts';
import { barsIn } from './source.ts';

/** What a look at the user's table of bars has shown. */
export interface BarTableCheck {
  readonly table: BarTable;
  /** A bar of it as the fleet reads it; null where there is none. */
  readonly row: { readonly symbol: string; readonly time: Date; readonly close: number } | null;
  /** What makes it slow or doubtful, each with what to do; bars can be read all the same. */
  readonly warnings: readonly string[];
}

/**
 * Looks at the table or view that MARKET_DATA_TABLE names: its columns and their types, the right to read it,
 * an index that serves the newest bars of a symbol, and a row.
 * @returns null where bars are in the fleet's own market_data
 * @throws FleetError DATABASE_UNFIT where no bars can be read from it
 */
export async function checkBarTable(sql: Database): Promise<BarTableCheck | null> {
  const table = await barTableOf(sql);
  if (table === null) return null;
  const row = await oneRow(sql, table);
  const warnings = [
    ...(row === null ? [`${table.name} has no bars yet`] : []),
    ...(await (table.kind === 'table' || table.kind === 'materialized view'
      ? indexWarnings(sql, table)
      : planWarnings(sql, table))),
  ];
  return { table, row, warnings };
}

/** `time = ts, symbol = ticker, …`, as it was found. */
export function columnsInWords({ columns, further, time }: BarTable): string {
  const kept = {
    timestamptz: '',
    timestamp: time.kind === 'timestamp' ? ` in ${time.zone}` : '',
    date: time.kind === 'date' ? ` in ${time.zone}` : '',
    number: time.kind === 'number' ? ` in ${time.unit} since 1970` : '',
  }[time.kind];
  const own = roles.map((role) => `${role} = ${columns[role] ?? '(none)'}${role === 'time' ? kept : ''}`);
  return [
    ...own,
    ...further.map(({ name, column }) => (name === column ? name : `${name} = ${column}`)),
  ].join(', ');
}

async function oneRow(sql: Database, table: BarTable): Promise<BarTableCheck['row']> {
  const { from } = await barsIn(sql);
  try {
    const [row] = await sql<{ symbol: string; time: Date; close: number }[]>`
      SELECT m.symbol, m.time, m.open, m.high, m.low, m.close, m.volume FROM ${from} LIMIT 1`;
    return row === undefined ? null : { symbol: row.symbol, time: row.time, close: row.close };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    // 42501: what a view reads may be closed to its owner; 22…: a value that is no number, no time.
    if (code !== '42501' && !(typeof code === 'string' && code.startsWith('22'))) throw error;
    throw new FleetError(
      'DATABASE_UNFIT',
      `MARKET_DATA_TABLE is ${table.name}, and a row of it can't be read: ${errorFacts(error).error}; correct ` +
        'the view or the rights of its owner',
      { cause: error },
    );
  }
}

async function indexWarnings(sql: Database, table: BarTable): Promise<string[]> {
  const { symbol, time } = table.columns;
  const indexes = await sql<{ columns: string[]; unique: boolean }[]>`
    SELECT indisunique AS unique, array_agg(attname::text ORDER BY place) AS columns
    FROM pg_index, unnest(indkey::int2[]) WITH ORDINALITY AS k (attnum, place), pg_attribute a
    WHERE indrelid = to_regclass(${table.name}) AND indisvalid AND indpred IS NULL AND place <= indnkeyatts
      AND a.attrelid = indrelid AND a.attnum = k.attnum
    GROUP BY indexrelid, indisunique`;
  const serves = indexes.some(({ columns }) => columns[0] === symbol && columns[1] === time);
  const unique = indexes.some(
    (one) => one.unique && one.columns.every((column) => column === symbol || column === time),
  );
  const list = `(${quoteName(symbol)}, ${quoteName(time)} DESC)`;
  return [
    ...(serves
      ? []
      : [
          `no index of ${table.name} serves the newest bars of a symbol, so that the whole table is read each ` +
            `time: CREATE INDEX ON ${table.name} ${list}. (Of a plain table that is in use, CREATE INDEX ` +
            'CONCURRENTLY.)',
        ]),
    ...(unique
      ? []
      : [
          `nothing keeps ${table.name} from having a bar twice: CREATE UNIQUE INDEX ON ${table.name} ${list}`,
        ]),
  ];
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Plan Rows': number;
  readonly Plans?: readonly Node[];
}
/** Tables and sorts of fewer rows are quick anyhow. */
const few = 10_000;

/** Of a view the plan says it: one that may neither read whole tables nor sort does so only for lack of an index. */
async function planWarnings(sql: Database, table: BarTable): Promise<string[]> {
  if (table.kind === 'foreign table') return [];
  const { from, time } = await barsIn(sql);
  const [explained] = await sql.begin(async (tx) => {
    await tx`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)`;
    return tx<[{ 'QUERY PLAN': [{ Plan: Node }] }]>`
      EXPLAIN (FORMAT JSON) SELECT m.time FROM ${from} WHERE m.symbol = 'A' ORDER BY ${time} DESC LIMIT 1`;
  });
  const nodes = flat(explained['QUERY PLAN'][0].Plan);
  const read = nodes.flatMap((node) =>
    node['Node Type'] === 'Seq Scan' ? (node['Relation Name'] ?? []) : [],
  );
  const large = await sql<{ name: string }[]>`
    SELECT DISTINCT relname AS name FROM pg_class WHERE relname = ANY (${read}) AND reltuples > ${few}`;
  const sorts = nodes.some((node) => node['Node Type'] === 'Sort' && node['Plan Rows'] > few);
  if (large.length === 0 && !sorts) return [];
  return [
    `the view ${table.name} has no index below it that serves the newest bars of a symbol, so that ` +
      `${large.length > 0 ? large.map(({ name }) => name).join(', ') : 'all of its bars'} ` +
      'is read each time: make one on its table, of the columns that are its symbol and its time',
  ];
}

const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];
