// Further columns of market_data: numbers that came with the bars, such as a funding rate.
import type { TransactionSql } from 'postgres';
import type { Database } from '../database/connect.ts';
import { FleetError } from '../errors.ts';
import { barsIn } from './source.ts';

interface TableColumn {
  readonly name: string;
  readonly type: string;
}

/** All columns of market_data, in their order. */
async function columnsOfTable(sql: Database | TransactionSql): Promise<TableColumn[]> {
  return sql<TableColumn[]>`
    SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
    WHERE attrelid = to_regclass('market_data') AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;
}

const numeric = /^(double precision|real|numeric(\(.*\))?|smallint|integer|bigint)$/;

/** @throws FleetError BARS_INVALID naming the first that market_data doesn't have, or not as numbers */
export async function requireColumns(sql: Database, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { foreign } = await barsIn(sql);
  if (foreign !== null) {
    const missing = names.find((name) => !foreign.further.some((one) => one.name === name));
    if (missing === undefined) return;
    throw new FleetError(
      'BARS_INVALID',
      `${foreign.name} has no column of numbers ${missing}, which the strategy looks at: add it there, or say ` +
        `which one it is with MARKET_DATA_COLUMNS=${missing}=COLUMN`,
    );
  }
  const columns = await columnsOfTable(sql);
  for (const name of names) {
    const found = columns.find((column) => column.name === name);
    if (found === undefined)
      throw new FleetError(
        'BARS_INVALID',
        `market_data has no column ${name}, which the strategy looks at: import bars that have it with ` +
          `"ml import FILE", whose header then has ${name} as well`,
      );
    if (!numeric.test(found.type))
      throw new FleetError(
        'BARS_INVALID',
        `the column ${name} of market_data, which the strategy looks at, is ${found.type}: it ` +
          'must be of numbers',
      );
  }
}

/** So long an import waits for those who read or write market_data. */
const lockWaitMs = 30_000;

/**
 * Makes those columns of market_data that it has none of, empty in all bars there are. From then until the
 * transaction ends nobody else can read the table: it is to come as late in it as it can. (Not on a connection
 * beside it: a pooler may have none left to give.)
 * @throws FleetError BARS_IMPORT_FAILED where this user may not, or the table is in use all the time;
 *   BARS_INVALID where a column of the name has another type
 */
export async function makeColumns(own: TransactionSql, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const there = await columnsOfTable(own);
  const other = there.find(({ name, type }) => names.includes(name) && type !== 'double precision');
  if (other !== undefined)
    throw new FleetError(
      'BARS_INVALID',
      `the column ${other.name} of market_data is ${other.type}, not double precision, so that ` +
        `the file's can't be ` +
        'stored: give it another name in the file, or leave it out',
    );
  const missing = names.filter((name) => !there.some((column) => column.name === name));
  if (missing.length === 0) return;
  // One each: TimescaleDB takes no more at once where a table is compressed. Their names are of small
  // letters, digits and _, as the header's check saw.
  const statements = missing.map(
    (name) => `ALTER TABLE market_data ADD COLUMN IF NOT EXISTS "${name}" double precision`,
  );
  try {
    // For this transaction: what is set for a session would stay with a pooler's next user.
    await own`SELECT set_config('lock_timeout', ${String(lockWaitMs)}, true)`;
    for (const statement of statements) await own.unsafe(statement);
    await own`SELECT set_config('lock_timeout', '0', true)`;
  } catch (cause) {
    const why = whyNot(cause);
    if (why === null) throw cause;
    throw new FleetError(
      'BARS_IMPORT_FAILED',
      `market_data has no column ${missing.join(', ')} yet, and ${why}; nothing was imported`,
      { cause },
    );
  }

  function whyNot(error: unknown): string | null {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
    if (code === '42501')
      return (
        `this user may not add one: let the table's owner run ${statements.join('; ')}, ` + 'and import again'
      );
    if (code === '55P03')
      return (
        `the table was in use for ${lockWaitMs / 1000} s without a pause: import again, or ` +
        'stop what uses it'
      );
    return null;
  }
}
