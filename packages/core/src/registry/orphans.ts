import type { Database } from '../database/connect.ts';

export interface SeenOrphan {
  readonly file: string;
  /** Seen for the first time, or after so long that it counts as the first. */
  readonly isNew: boolean;
  /** Seen for a day and more. */
  readonly due: boolean;
}

/**
 * Notes which model files lack their row, or rows their file, and since when: by the database's clock, in a
 * table that outlives the schedulers. What isn't among them any more is forgotten; what nobody has looked at
 * for a day, as no scheduler ran, begins again, since nobody was told of it either.
 */
export async function noteOrphans(sql: Database, files: readonly string[]): Promise<SeenOrphan[]> {
  return sql<SeenOrphan[]>`
    WITH orphan AS (
      SELECT DISTINCT file FROM unnest(${[...files]}::text[]) AS o (file)
    ), forgotten AS (
      DELETE FROM ml_training_orphans WHERE file NOT IN (SELECT file FROM orphan)
    )
    INSERT INTO ml_training_orphans AS seen (file) SELECT file FROM orphan ORDER BY file
    ON CONFLICT (file) DO UPDATE SET
      first_seen = CASE WHEN seen.last_seen > now() - interval '1 day' THEN least(seen.first_seen, now())
        ELSE now() END,
      last_seen = now()
    RETURNING file, first_seen = now() AS "isNew", first_seen <= now() - interval '1 day' AS due`;
}

/** Of these files, those that would be due now; notes nothing. */
export async function notedOrphans(sql: Database, files: readonly string[]): Promise<Set<string>> {
  const rows = await sql<{ file: string }[]>`
    SELECT file FROM ml_training_orphans
    WHERE file = ANY (${[...files]}::text[]) AND first_seen <= now() - interval '1 day'
      AND last_seen > now() - interval '1 day'`;
  return new Set(rows.map(({ file }) => file));
}
