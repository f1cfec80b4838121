import type { Database } from '../database/connect.ts';
import { curvesOf } from '../jobs/epochs.ts';

export interface Curve {
  readonly job_id: string;
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** The newest `most` points of each curve of these jobs, by step. */
export async function recentCurves(sql: Database, jobs: readonly string[], most: number): Promise<Curve[]> {
  if (jobs.length === 0) return [];
  return sql<Curve[]>`
    WITH RECURSIVE ${curvesOf(sql, jobs)}
    SELECT c.job_id, c.name, e.steps, e.values FROM curve c
    CROSS JOIN LATERAL (
      SELECT array_agg(step ORDER BY step) AS steps, array_agg(value ORDER BY step) AS values FROM (
        SELECT step, value FROM ml_training_epochs e WHERE e.job_id = c.job_id AND e.name = c.name
        ORDER BY step DESC LIMIT ${most}) newest) e
    WHERE c.name IS NOT NULL
    ORDER BY c.job_id, c.name`;
}

/** Jobs looked at for when a trainer last ended one. */
const maxLooked = 500;

/** When each of these trainers last ended a job, as far as the newest jobs tell. */
export async function lastEnds(sql: Database): Promise<Map<string, Date>> {
  const rows = await sql<{ trainer_id: string; at: Date }[]>`
    SELECT trainer_id, max(completed_at) AS at FROM (
      SELECT trainer_id, completed_at FROM ml_training_jobs ORDER BY created_at DESC, strategy_type, symbol
        LIMIT ${maxLooked}) j
    WHERE trainer_id IS NOT NULL AND completed_at IS NOT NULL GROUP BY trainer_id`;
  return new Map(rows.map(({ trainer_id, at }) => [trainer_id, at]));
}
