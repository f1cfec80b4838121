import { ALL_SYMBOLS } from '@ml-training/sdk';
import { barsPlaceOf, listSymbols } from '../bars/index.ts';
import type { Config } from '../config/index.ts';
import type { Database } from '../database/connect.ts';
import type { Redis } from '../redis/connect.ts';
import { pushJobs, type NewJob } from './enqueue.ts';
import { refuseTooFew } from './request.ts';
import type { Job, JobStatus } from './types.ts';

export type Retrial =
  | { readonly outcome: 'queued'; readonly runId: string; readonly job: NewJob }
  /** Another job of the pair waits or runs: this one, or one that was asked for since. */
  | { readonly outcome: 'open'; readonly openJobId: string; readonly status: JobStatus }
  /** Completed: there is nothing to try again. */
  | { readonly outcome: 'completed' }
  | { readonly outcome: 'missing' };

/**
 * Trains again what a failed or cancelled job was to train, with all attempts: a new job, which names the old
 * one, in a run of its own.
 * @throws FleetError TOO_FEW_BARS where the symbol can't be trained, as `requestRun`
 */
export async function retryJob(
  { config, sql, redis }: { readonly config: Config; readonly sql: Database; readonly redis: Redis },
  jobId: string,
): Promise<Retrial> {
  const [old] = await sql<Pick<Job, 'strategy_type' | 'symbol' | 'status'>[]>`
    SELECT strategy_type, symbol, status FROM ml_training_jobs WHERE job_id = ${jobId}`;
  if (old === undefined) return { outcome: 'missing' };
  if (old.status === 'completed') return { outcome: 'completed' };
  const open = await openJob(sql, old);
  if (open !== null) return open;
  if (old.symbol !== ALL_SYMBOLS) {
    const upTo = config.MIN_TRAINING_DATA_POINTS;
    const [known] = await listSymbols(sql, { upTo, only: [old.symbol] });
    const bars = new Map(known === undefined ? [] : [[known.symbol, known.bars]]);
    refuseTooFew(barsPlaceOf(sql), old.symbol, bars, upTo);
  }
  // One statement: a job of a run, or neither. (Foreign keys are looked at when it has ended.)
  const [made] = await sql<(NewJob & { run_id: string })[]>`
    WITH job AS (
      INSERT INTO ml_training_jobs (run_id, strategy_type, symbol, trigger, max_attempts, retry_of)
      SELECT gen_random_uuid(), strategy_type, symbol, 'manual', ${1 + config.TRAINING_RETRY_ATTEMPTS}, job_id
      FROM ml_training_jobs WHERE job_id = ${jobId} AND status IN ('failed', 'cancelled')
      ON CONFLICT (strategy_type, symbol) WHERE status IN ('queued', 'running') DO NOTHING
      RETURNING run_id, job_id, strategy_type, symbol, trigger
    ), run AS (
      INSERT INTO ml_training_runs (run_id, trigger) SELECT run_id, 'manual' FROM job
    )
    SELECT * FROM job`;
  // Somebody else's came between; it may have ended by now, too.
  if (made === undefined) return (await openJob(sql, old)) ?? retryJob({ config, sql, redis }, jobId);
  const { run_id: runId, ...job } = made;
  // The reconciler brings what doesn't get there now.
  await pushJobs(redis, [job]).catch(() => undefined);
  return { outcome: 'queued', runId, job };
}

async function openJob(
  sql: Database,
  { strategy_type, symbol }: Pick<Job, 'strategy_type' | 'symbol'>,
): Promise<Extract<Retrial, { outcome: 'open' }> | null> {
  const [open] = await sql<Pick<Job, 'job_id' | 'status'>[]>`
    SELECT job_id, status FROM ml_training_jobs
    WHERE strategy_type = ${strategy_type} AND symbol = ${symbol} AND status IN ('queued', 'running')`;
  return open === undefined ? null : { outcome: 'open', openJobId: open.job_id, status: open.status };
}
