import {
  builtInTypes,
  diskMetrics,
  nowInSeconds,
  strategyTypes,
  type Config,
  type OwnMetrics,
  type StrategyType,
} from '@ml-training/core';

/**
 * What became of an attempt, as this trainer saw it. `queued`: it failed and the job will be retried;
 * `failed`: it was the last; `unknown`: a stop came before the database had answered.
 */
const outcomes = [
  'completed',
  'queued',
  'failed',
  'postponed',
  'handed_back',
  'cancelled',
  'lost',
  'unknown',
] as const;
export type AttemptOutcome = (typeof outcomes)[number];

export interface TrainerMetrics {
  started(strategy: StrategyType): void;
  at(stage: string, fraction: number): void;
  renewed(): void;
  ended(strategy: StrategyType, outcome: AttemptOutcome): void;
}

/**
 * What a trainer tells Prometheus of itself. The fleet's own counts, `jobs` and `jobs_finished_total`, are
 * the exporter's.
 */
export function trainerMetrics(metrics: OwnMetrics, config: Pick<Config, 'MODEL_DIR'>): TrainerMetrics {
  let now: { strategy: StrategyType; stage: string; fraction: number } | null = null;
  let renewedAt: number | null = null;
  const attempts = metrics.counter(
    'trainer_attempts_total',
    'Attempts at jobs that this trainer has ended, by what became of them',
    // Zeros; a strategy of the user's own comes with its first attempt.
    builtInTypes.flatMap((strategy_type) => outcomes.map((outcome) => ({ strategy_type, outcome }))),
  );
  metrics.gauge('trainer_jobs_running', 'Jobs that this trainer trains now', () =>
    strategyTypes().map((strategy_type) => ({
      labels: { strategy_type },
      value: now?.strategy === strategy_type ? 1 : 0,
    })),
  );
  metrics.gauge('trainer_job_stage', '1 for what the job in training is at', () =>
    now === null ? null : [{ labels: { strategy_type: now.strategy, stage: nameOf(now.stage) }, value: 1 }],
  );
  metrics.gauge(
    'trainer_job_progress_ratio',
    'Share done of the job in training',
    () => now?.fraction ?? null,
  );
  metrics.gauge(
    'trainer_lease_renewed_timestamp_seconds',
    'When the lease of the job in training was last renewed',
    () => (now === null ? null : renewedAt),
  );
  diskMetrics(metrics, config.MODEL_DIR);
  return {
    started: (strategy) => {
      now = { strategy, stage: 'starting', fraction: 0 };
      renewedAt = nowInSeconds();
    },
    at: (stage, fraction) => {
      if (now !== null) now = { ...now, stage, fraction };
    },
    renewed: () => {
      renewedAt = nowInSeconds();
    },
    ended: (strategy_type, outcome) => {
      now = null;
      attempts({ strategy_type, outcome });
    },
  };
}

/** `training 3 of 8` of the RL agents is `training`: however many seeds there are, a label has few values. */
const nameOf = (stage: string): string => stage.replace(/\s*\d.*$/, '');
