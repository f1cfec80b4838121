import type { Database } from '../database/connect.ts';

/** The job that a model came of. */
export interface ModelJob {
  readonly job_id: string;
  /** `@ALL` where one job trained every symbol. */
  readonly symbol: string;
  readonly status: string;
  readonly created_at: Date;
  readonly completed_at: Date | null;
}

/** Null when the job's row is gone. */
export async function jobOfModel(sql: Database, jobId: string): Promise<ModelJob | null> {
  const [job] = await sql<ModelJob[]>`
    SELECT job_id, symbol, status, created_at, completed_at FROM ml_training_jobs WHERE job_id = ${jobId}`;
  return job ?? null;
}
