import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import postgres from 'postgres';
import type { Database } from './connect.ts';
import { locked } from './locked.ts';

const folder = path.join(import.meta.dirname, 'functions');

/** Raised where somebody else has changed the functions meanwhile. */
const changedMeanwhile = 'ML409';

/**
 * Makes the database's functions those of functions/NAME.sql, all made again in one transaction when any
 * differs: as files they are read and changed like other code, where migrations would hold every version
 * ever.
 * @returns names of the files that are new or changed
 */
export async function applyFunctions(own: Database): Promise<string[]> {
  const [there] = await own<[{ table: string | null }]>`SELECT to_regclass('ml_training_functions') AS table`;
  if (there.table === null)
    await own.unsafe(
      locked(`CREATE TABLE IF NOT EXISTS ml_training_functions (
        name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());`),
    );
  const wanted = await readFunctions();
  for (;;) {
    const applied = await own<
      { name: string; sha256: string }[]
    >`SELECT name, sha256 FROM ml_training_functions`;
    const before = new Map(applied.map(({ name, sha256 }) => [name, sha256]));
    const changed = wanted.filter(({ name, sha256 }) => before.get(name) !== sha256).map(({ name }) => name);
    const gone = [...before.keys()].filter((name) => !wanted.some((one) => one.name === name));
    if (changed.length + gone.length === 0) return [];
    try {
      await own.unsafe(replacing([...wanted.map(({ name }) => name), ...gone], wanted, before));
      return changed.map((name) => `functions/${name}.sql`);
    } catch (error) {
      if (error instanceof postgres.PostgresError && error.code === changedMeanwhile) continue;
      throw new Error(`the functions ${changed.join(', ')} failed, none was changed`, { cause: error });
    }
  }
}

interface SqlFunction {
  readonly name: string;
  readonly source: string;
  readonly sha256: string;
}

async function readFunctions(): Promise<SqlFunction[]> {
  const files = (await readdir(folder)).sort();
  return Promise.all(
    files.map(async (file) => {
      const source = await readFile(path.join(folder, file), 'utf8');
      const sha256 = createHash('sha256').update(source).digest('hex');
      return { name: path.basename(file, '.sql'), source, sha256 };
    }),
  );
}

/**
 * What is there is compared once more under the lock: another may have made them meanwhile, and an older fleet
 * must not undo that unseen. Dropped first: CREATE OR REPLACE can't change what one returns.
 */
function replacing(
  names: readonly string[],
  wanted: readonly SqlFunction[],
  before: ReadonlyMap<string, string>,
): string {
  const list = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');
  const seen = [...before].map(([name, sha256]) => `${name}=${sha256}`).sort();
  return locked(`DO $same$
BEGIN
  IF (SELECT coalesce(array_agg(f ORDER BY f), '{}') FROM (
        SELECT (name || '=' || sha256) COLLATE "C" AS f FROM ml_training_functions) s)
    IS DISTINCT FROM ARRAY[${list(seen)}]::text[]
  THEN
    RAISE EXCEPTION 'somebody else has changed the functions' USING ERRCODE = '${changedMeanwhile}';
  END IF;
END
$same$;
DO $drop$
DECLARE
  signature regprocedure;
BEGIN
  FOR signature IN
    SELECT oid::regprocedure FROM pg_proc WHERE proname IN (${list(names)})
      AND pronamespace = quote_ident(current_schema)::regnamespace
  LOOP
    EXECUTE format('DROP FUNCTION %s', signature);
  END LOOP;
END
$drop$;
${wanted.map(({ source }) => source).join('\n')}
DELETE FROM ml_training_functions;
INSERT INTO ml_training_functions (name, sha256)
VALUES ${wanted.map(({ name, sha256 }) => `(${list([name, sha256])})`).join(', ')};`);
}
