import type { Database } from '../database/connect.ts';
import type { Claim } from './types.ts';

export interface EpochPoint {
  readonly step: number;
  readonly name: string;
  readonly value: number;
}

/**
 * Adds points to a job's curves, while the claim's token is the job's; a repeated step takes the newer value.
 */
export async function noteEpochs(sql: Database, claim: Claim, points: readonly EpochPoint[]): Promise<void> {
  await sql`
    INSERT INTO ml_training_epochs (job_id, step, name, value)
    SELECT DISTINCT ON (p.step, p.name) j.job_id, p.step, p.name, p.value
    FROM ml_training_jobs j, unnest(${points.map((p) => p.step)}::int[], ${points.map((p) => p.name)}::text[],
                                    ${points.map((p) => p.value)}::float8[]) WITH ORDINALITY AS p (step, name,
                                      value, nr)
    WHERE j.job_id = ${claim.jobId} AND j.lease_token = ${claim.token}
    ORDER BY p.step, p.name, p.nr DESC
    ON CONFLICT (job_id, name, step) DO UPDATE SET value = excluded.value`;
}

/** Points of a job's curves, by step, then name; of the steps after `afterStep` only. */
export async function epochsOf(
  sql: Database,
  jobId: string,
  { afterStep }: { readonly afterStep?: number } = {},
): Promise<EpochPoint[]> {
  return sql<EpochPoint[]>`
    SELECT step, name, value FROM ml_training_epochs
    WHERE job_id = ${jobId} ${afterStep === undefined ? sql`` : sql`AND step > ${afterStep}`}
    ORDER BY step, name`;
}

/**
 * For WITH RECURSIVE: curve (job_id, name), each curve of these jobs and then a row without a name, by a step
 * in the key from one name to the next, however long the curves are.
 */
export const curvesOf = (sql: Database, jobs: readonly string[]) => sql`
  curve (job_id, name) AS (
    SELECT j.job_id, (SELECT min(name) FROM ml_training_epochs e WHERE e.job_id = j.job_id)
    FROM unnest(${jobs as string[]}::uuid[]) AS j (job_id)
    UNION ALL
    SELECT c.job_id, (SELECT min(name) FROM ml_training_epochs e WHERE e.job_id = c.job_id
      AND e.name > c.name)
    FROM curve c WHERE c.name IS NOT NULL)`;
