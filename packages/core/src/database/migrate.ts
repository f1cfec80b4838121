import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Database } from './connect.ts';

const folder = path.join(import.meta.dirname, 'migrations');

/**
 * Applies the numbered migrations that this database has not seen, each in one transaction, under an advisory lock:
 * any number of services may call it at once.
 * @returns names of the migrations that were applied
 */
export async function migrate(sql: Database): Promise<string[]> {
  const connection = await sql.reserve();
  try {
    await connection`SELECT pg_advisory_lock(hashtext('ml_training_migrate'))`;
    try {
      await connection`
        CREATE TABLE IF NOT EXISTS ml_training_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`;
      const seen = new Set(
        (await connection<{ name: string }[]>`SELECT name FROM ml_training_migrations`).map(
          (row) => row.name,
        ),
      );
      const applied: string[] = [];
      for (const name of (await readdir(folder)).sort()) {
        if (seen.has(name)) continue;
        const statements = await readFile(path.join(folder, name), 'utf8');
        // One simple-protocol message: PostgreSQL runs it as a single transaction, also when the connection dies.
        try {
          await connection.unsafe(
            `BEGIN;\n${statements}\nINSERT INTO ml_training_migrations (name) VALUES ('${name}');\nCOMMIT;`,
          );
        } catch (error) {
          await connection.unsafe('ROLLBACK');
          throw new Error(`migration ${name} failed, nothing of it was applied`, { cause: error });
        }
        applied.push(name);
      }
      return applied;
    } finally {
      await connection`SELECT pg_advisory_unlock(hashtext('ml_training_migrate'))`;
    }
  } finally {
    connection.release();
  }
}
