import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import postgres from 'postgres';
import { ownConnection, type Database } from './connect.ts';
import { applyFunctions } from './functions.ts';
import { locked } from './locked.ts';
import { checkMarketData, marketDataProblems } from './market-data.ts';
import { lookForPooler } from './pooler.ts';
import { fillStrategies } from './strategies.ts';

const folder = path.join(import.meta.dirname, 'migrations');
/**
 * What databases know a migration as whose file has another name by now: it is done where a fleet of before
 * has done it, and such a one, started again on a database that this one has set up, knows that it is.
 */
const recordedNames: Readonly<Record<string, string>> = { '005_promotion.sql': '005_by_hand.sql' };
/**
 * Brings the schema up to date: any number of services may call it at once. Applies the numbered migrations that
 * this database has not seen, each in one transaction that takes an advisory lock, then the rows of the
 * strategies there are, and the functions when any has changed. Nothing is locked where nothing is to be done,
 * and no lock outlives its transaction: behind a pooler a session is somebody else's next. A database that a
 * newer fleet has migrated keeps that fleet's.
 * @returns names of what was applied
 * @throws FleetError DATABASE_UNFIT where a market_data of other shape is in the way, or no bars can be read
 *   from the table that settings name
 */
export async function migrate(sql: Database): Promise<string[]> {
  const own = ownConnection(sql);
  try {
    await lookForPooler(own);
    await checkMarketData(own);
    const known = await migrationFiles();
    const applied: string[] = [];
    let foreign: boolean | undefined;
    for (;;) {
      const seen = await seenNames(own);
      const name = known.find((file) => !seen.includes(file) && !seen.includes(recordedName(file)));
      if (name === undefined) {
        const newest = known.at(-1) ?? '';
        if (seen.some((row) => row > newest)) return applied;
        break;
      }
      foreign ??= (await marketDataProblems(own)).problems.length > 0;
      // False where somebody else did it meanwhile.
      if (await apply(own, name, foreign)) applied.push(name);
    }
    await fillStrategies(own);
    return [...applied, ...(await applyFunctions(own))];
  } finally {
    await own.end({ timeout: 1 });
  }
}

async function seenNames(own: Database): Promise<string[]> {
  // Even with IF NOT EXISTS, a table that is there needs the right to make one.
  if (!(await isThere(own, 'ml_training_migrations')))
    await own.unsafe(
      locked(`CREATE TABLE IF NOT EXISTS ml_training_migrations (
        name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());`),
    );
  const seen = await own<{ name: string }[]>`SELECT name FROM ml_training_migrations`;
  return seen.map(({ name }) => name);
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

/**
 * @param foreign whether market_data is the user's own: no migration touches it then
 * @returns false where it was done by somebody else by the time that the lock was to be had
 */
async function apply(own: Database, name: string, foreign: boolean): Promise<boolean> {
  const statements = await readFile(path.join(folder, name), 'utf8');
  const noted = `INSERT INTO ml_training_migrations (name) VALUES ('${recordedName(name)}');`;
  const setting = `SET LOCAL ml_training.foreign_market_data = ${foreign ? 'on' : 'off'};`;
  try {
    // Noted first: where it is noted already, nothing after it is done.
    await own.unsafe(locked(`${setting}\n${noted}\n${statements}`));
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw new Error(`migration ${name} failed, nothing of it was applied`, { cause: error });
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof postgres.PostgresError &&
  error.code === '23505' &&
  error.constraint_name === 'ml_training_migrations_pkey';
