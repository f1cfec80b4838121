import { FleetError } from '../errors.ts';
import { mapColumns, type CatalogColumn } from './bar-table.ts';
import { barTableOf, type Database } from './connect.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  /** Whether a row may be written without it. */
  readonly optional: boolean;
}

const wanted: readonly Column[] = [
  { name: 'time', type: 'timestamp with time zone', optional: false },
  { name: 'symbol', type: 'text', optional: false },
  ...['open', 'high', 'low', 'close', 'volume'].map((name) => ({
    name,
    type: 'double precision',
    optional: name === 'volume',
  })),
];

/**
 * Looks whether bars can be read and written: from the fleet's market_data, where there is one, as somebody
 * else's program may have a table of this name, or from the table that MARKET_DATA_TABLE names. More columns
 * do no harm where they may stay empty.
 * @throws FleetError DATABASE_UNFIT with what differs and what to do
 */
export async function checkMarketData(sql: Database): Promise<void> {
  // Where settings name another, a market_data is no affair of the fleet's.
  if ((await barTableOf(sql)) !== null) return;
  const { problems, columns } = await marketDataProblems(sql);
  if (problems.length === 0) return;
  const readable = mapColumns(columns, {
    MARKET_DATA_TABLE: 'market_data',
    MARKET_DATA_COLUMNS: [],
    MARKET_DATA_TIMEZONE: '',
  });
  const schema = await schemaOf(sql);
  throw new FleetError(
    'DATABASE_UNFIT',
    `the table market_data of this database is not the fleet's: ${problems.join('; ')}. ` +
      'If it holds the bars that models are to learn from, ' +
      `set MARKET_DATA_TABLE=${schema}.market_data: it is then read, and never written` +
      (readable.problems.length === 0 ? '' : ` (before that: ${readable.problems.join('; ')})`) +
      '. Else name another database in POSTGRES_DB or DATABASE_URL, or rename that table (ALTER TABLE ' +
      'market_data RENAME TO old_market_data): the fleet then makes its own',
  );
}

async function schemaOf(sql: Database): Promise<string> {
  const [row] = await sql<{ schema: string }[]>`
    SELECT quote_ident(nspname) AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE c.oid = to_regclass('market_data')`;
  return row?.schema ?? 'public';
}

/** In what a market_data that is there differs from the fleet's; nothing where there is none. */
export async function marketDataProblems(
  sql: Database,
): Promise<{ problems: readonly string[]; columns: readonly CatalogColumn[] }> {
  const columns = await sql<(Column & CatalogColumn)[]>`
    SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type, true AS readable,
           NOT attnotnull OR atthasdef OR attidentity <> '' AS optional
    FROM pg_attribute WHERE attrelid = to_regclass('market_data') AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum`;
  if (columns.length === 0) return { problems: [], columns };
  const [key] = await sql<{ columns: string[] }[]>`
    SELECT array_agg(attname::text ORDER BY attname) AS columns
    FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey::int2[])
    WHERE indrelid = to_regclass('market_data') AND indisunique AND indpred IS NULL
    GROUP BY indexrelid HAVING array_agg(attname::text ORDER BY attname) = ARRAY['symbol', 'time']`;
  const problems = [
    ...columnProblems(columns),
    ...(key === undefined ? ['it has no primary key of (symbol, time)'] : []),
  ];
  return { problems, columns };
}

function columnProblems(columns: readonly Column[]): string[] {
  const problems = wanted.flatMap(({ name, type, optional }) => {
    const found = columns.find((column) => column.name === name);
    if (found === undefined) return [`it has no column ${name} (${type})`];
    if (found.type !== type) return [`its column ${name} is ${found.type}, not ${type}`];
    return optional && !found.optional ? [`its column ${name} may not be null`] : [];
  });
  const more = columns.filter(({ name, optional }) => !optional && !wanted.some((one) => one.name === name));
  return [...problems, ...more.map(({ name }) => `its column ${name} has no default`)];
}
