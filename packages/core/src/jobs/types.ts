import type { StrategyType } from '@ml-training/sdk';

export const jobStatuses = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];
export const jobTriggers = ['schedule', 'manual', 'tick'] as const;
export type JobTrigger = (typeof jobTriggers)[number];

/** A strategy and the symbol it is trained for; `@ALL` for one over all symbols. */
export interface Pair {
  readonly strategy_type: StrategyType;
  readonly symbol: string;
}

/** `lstm GOOG`: what a pair is called where it is looked up by a text. */
export const pairName = ({ strategy_type, symbol }: Pair): string => `${strategy_type} ${symbol}`;

export interface Job extends Pair {
  readonly job_id: string;
  readonly run_id: string | null;
  readonly status: JobStatus;
  readonly trigger: JobTrigger;
  readonly attempt: number;
  readonly max_attempts: number;
  /** How often it was put off for what is no fault of its own, since an attempt last counted. */
  readonly postponed: number;
  readonly retry_at: Date | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
  readonly trainer_id: string | null;
  readonly progress: number;
  readonly stage: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  /** The failed or cancelled job that this one tries again; it may be deleted by now. */
  readonly retry_of: string | null;
}

/** A job that one trainer holds; every write of it carries the token. */
export interface Claim extends Pair {
  readonly jobId: string;
  readonly token: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly postponed: number;
}
