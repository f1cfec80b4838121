import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ownConnection, type Database } from './connect.ts';
import { applyFunctions } from './functions.ts';
import { checkMarketData } from './market-data.ts';
import { fillStrategies } from './strategies.ts';

const folder = path.join(import.meta.dirname, 'migrations');
/**
 * What databases know a migration as whose file has another name by now: it is done where a fleet of before
 * has done it, and such a one, started again on a database that this one has set up, knows that it is.
 */
const recordedNames: Readonly<Record<string, string>> = { '005_promotion.sql': '005_by_hand.sql' };
const lockWaitMs = 60_000;

/**
/**
 * Brings the schema up to date, under an advisory lock: any number of services may call it at once. Applies
 * the numbered migrations that this database has not seen, each in one transaction, then the rows of the
 * strategies there are, and the functions when any has changed. A database that a newer fleet has migrated
 * keeps that fleet's.
 * @returns names of what was applied
 * @throws FleetError DATABASE_UNFIT where a market_data of other shape is in the way
 */
export async function migrate(sql: Database): Promise<string[]> {
  const own = ownConnection(sql);
  try {
    // Who waits for another's migration gives up by itself, as its caller has by then; the migration may take
    // longer.
    await own`SELECT set_config('lock_timeout', ${String(lockWaitMs)}, false)`;
    await own`SELECT pg_advisory_lock(hashtext('ml_training_migrate'))`;
    await own`SELECT set_config('lock_timeout', '0', false)`;
    await checkMarketData(own);
    // Even with IF NOT EXISTS, a table that is there needs the right to make one.
    if (!(await isThere(own, 'ml_training_migrations')))
      await own`
        CREATE TABLE ml_training_migrations (
          name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`;
    const seen = await own<{ name: string }[]>`SELECT name FROM ml_training_migrations`;
    const known = await migrationFiles();
    const names = known.filter(
      (name) => !seen.some((row) => row.name === name || row.name === recordedName(name)),
    );
    for (const name of names) await apply(own, name);
    const newest = known.at(-1) ?? '';
    if (seen.some((row) => row.name > newest)) return names;
    await fillStrategies(own);
    return [...names, ...(await applyFunctions(own))];
  } finally {
    await own.end({ timeout: 1 });
  }
}

/** The newest migration that only a newer fleet knows; null when this database is none of one's. */
export async function newerThanFleet(sql: Database): Promise<string | null> {
  if (!(await isThere(sql, 'ml_training_migrations'))) return null;
  const newest = (await migrationFiles()).at(-1) ?? '';
  const [row] = await sql<{ name: string }[]>`
    SELECT name FROM ml_training_migrations WHERE name > ${newest} ORDER BY name DESC LIMIT 1`;
  return row?.name ?? null;
}

const migrationFiles = async (): Promise<string[]> => (await readdir(folder)).sort();
const recordedName = (file: string): string => recordedNames[file] ?? file;

async function isThere(sql: Database, table: string): Promise<boolean> {
  const [row] = await sql<[{ there: boolean }]>`SELECT to_regclass(${table}) IS NOT NULL AS there`;
  return row.there;
}

async function apply(own: Database, name: string): Promise<void> {
  const statements = await readFile(path.join(folder, name), 'utf8');
  try {
    // One simple-protocol message: PostgreSQL runs it as a single transaction, also when the connection dies.
    await own.unsafe(
      `BEGIN;\n${statements}\nINSERT INTO ml_training_migrations (name) VALUES ` +
        `('${recordedName(name)}');\nCOMMIT;`,
    );
  } catch (error) {
    throw new Error(`migration ${name} failed, nothing of it was applied`, { cause: error });
  }
}
