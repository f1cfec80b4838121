import type { Database } from '../database/connect.ts';
import type { Claim } from './types.ts';

/** How many lines of a job are kept: its first, and its newest. */
export const keptLines = { first: 100, newest: 400 } as const;

/** A line of a job's log. */
export interface LogLine {
  /** From 1; where numbers are missing, lines in the middle of a long log are gone. */
  readonly seq: number;
  readonly at: Date;
  readonly attempt: number;
  readonly level: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The lines of a job, in order; of those after line `after` only. At most 500 are kept of a job. */
export async function logLinesOf(
  sql: Database,
  jobId: string,
  { after }: { readonly after?: number } = {},
): Promise<LogLine[]> {
  return sql<LogLine[]>`
    SELECT seq, at, attempt, level, message, facts FROM ml_training_logs
    WHERE job_id = ${jobId} AND seq > ${after ?? 0} ORDER BY seq`;
}

/** The number of a job's newest line; 0 when it has none. */
export async function lastLineOf(sql: Database, jobId: string): Promise<number> {
  const [row] = await sql<[{ last: number }]>`
    SELECT coalesce(max(seq), 0) AS last FROM ml_training_logs WHERE job_id = ${jobId}`;
  return row.last;
}

/**
 * Adds lines to a job's log while the claim's token is the job's, and drops those in the middle of a long
 * one. May be repeated: a line that is there stays as it is.
 * @param lines at most `keptLines.newest`, numbered upwards from after `lastLineOf`
 */
export async function noteLogLines(
  sql: Database,
  claim: Claim,
  lines: readonly Omit<LogLine, 'attempt'>[],
): Promise<void> {
  const { first, newest } = keptLines;
  const last = lines.at(-1)?.seq ?? 0;
  await sql`
    WITH own AS (
      SELECT job_id FROM ml_training_jobs WHERE job_id = ${claim.jobId} AND lease_token = ${claim.token}
    ), gone AS (
      DELETE FROM ml_training_logs l USING own
      WHERE l.job_id = own.job_id AND l.seq > ${first} AND l.seq <= ${last - newest}
    )
    INSERT INTO ml_training_logs (job_id, seq, at, attempt, level, message, facts)
    SELECT own.job_id, line.seq, line.at, ${claim.attempt}, line.level, line.message, line.facts
    FROM own, jsonb_to_recordset(${sql.json(lines as never)})
                AS line (seq integer, at timestamptz, level text, message text, facts jsonb)
    WHERE line.seq <= ${first} OR line.seq > ${last - newest}
    ON CONFLICT (job_id, seq) DO NOTHING`;
}
