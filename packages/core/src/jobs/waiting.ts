import type { StrategyType } from '@ml-training/sdk';
import type { Database } from '../database/connect.ts';
/** Jobs of a strategy that wait. */
export interface Waiting {
  readonly strategy_type: StrategyType;
  /** For a trainer. */
  readonly ready: number;
  /** For the moment of their next attempt. */
  readonly later: number;
  /** When the oldest that is ready was made, or its wait was over; null when none is. */
  readonly oldest_at: Date | null;
  /** When the next of the others may be tried again. */
  readonly next_retry_at: Date | null;
}

/** What waits, by strategy; read from an index alone. */
export async function waitingJobs(sql: Database): Promise<Waiting[]> {
  return sql<Waiting[]>`
    SELECT strategy_type,
           count(*) FILTER (WHERE coalesce(retry_at <= now(), true))::int AS ready,
           count(*) FILTER (WHERE retry_at > now())::int AS later,
           min(coalesce(retry_at, created_at)) FILTER (WHERE coalesce(retry_at <= now(), true)) AS oldest_at,
           min(retry_at) FILTER (WHERE retry_at > now()) AS next_retry_at
    FROM ml_training_jobs WHERE status = 'queued' GROUP BY strategy_type ORDER BY strategy_type`;
}
