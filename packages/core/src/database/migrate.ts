import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ownConnection, type Database } from './connect.ts';

const folder = path.join(import.meta.dirname, 'migrations');

/**
 * Applies the numbered migrations that this database has not seen, each in one transaction, under an advisory lock:
 * any number of services may call it at once.
 * @returns names of the migrations that were applied
 */
export async function migrate(sql: Database): Promise<string[]> {
  const own = ownConnection(sql);
  try {
    await own`SELECT pg_advisory_lock(hashtext('ml_training_migrate'))`;
    await own`
      CREATE TABLE IF NOT EXISTS ml_training_migrations (
        name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`;
    const seen = await own<{ name: string }[]>`SELECT name FROM ml_training_migrations`;
    const names = (await readdir(folder)).sort().filter((name) => !seen.some((row) => row.name === name));
    for (const name of names) await apply(own, name);
    return names;
  } finally {
    await own.end({ timeout: 1 });
  }
}

async function apply(own: Database, name: string): Promise<void> {
  const statements = await readFile(path.join(folder, name), 'utf8');
  try {
    // One simple-protocol message: PostgreSQL runs it as a single transaction, also when the connection dies.
    await own.unsafe(
      `BEGIN;\n${statements}\nINSERT INTO ml_training_migrations (name) VALUES ('${name}');\nCOMMIT;`,
    );
  } catch (error) {
    throw new Error(`migration ${name} failed, nothing of it was applied`, { cause: error });
  }
}
