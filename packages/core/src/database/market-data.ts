import { FleetError } from '../errors.ts';
import type { Database } from './connect.ts';

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
 * Looks whether market_data, where there is one, is as the fleet reads and writes it: somebody else's program
 * may have a table of this name. More columns do no harm where they may stay empty.
 * @throws FleetError DATABASE_UNFIT with what differs and what to do
 */
export async function checkMarketData(sql: Database): Promise<void> {
  const columns = await sql<Column[]>`
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type,
           NOT attnotnull OR atthasdef OR attidentity <> '' AS optional
    FROM pg_attribute WHERE attrelid = to_regclass('market_data') AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum`;
  if (columns.length === 0) return;
  const [key] = await sql<{ columns: string[] }[]>`
    SELECT array_agg(attname::text ORDER BY attname) AS columns
    FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey::int2[])
    WHERE indrelid = to_regclass('market_data') AND indisunique AND indpred IS NULL
    GROUP BY indexrelid HAVING array_agg(attname::text ORDER BY attname) = ARRAY['symbol', 'time']`;
  const problems = [
    ...columnProblems(columns),
    ...(key === undefined ? ['it has no primary key of (symbol, time)'] : []),
  ];
  if (problems.length > 0)
    throw new FleetError(
      'DATABASE_UNFIT',
      `the table market_data of this database is not the fleet's: ${problems.join('; ')}. Name ` +
        'another database in ' +
        'POSTGRES_DB or DATABASE_URL, or rename that table (ALTER TABLE market_data RENAME TO ' +
        'old_market_data): the ' +
        'fleet then makes its own',
    );
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
