import { diskMetrics, nowInSeconds, type Config, type OwnMetrics } from '@ml-training/core';

/** What a scheduler does again and again. */
const duties = ['tick', 'reconcile', 'clean_up'] as const;
export type Duty = (typeof duties)[number];

export interface SchedulerMetrics {
  /** A round of a duty is over. */
  round(duty: Duty, outcome: 'done' | 'failed'): void;
  /** This process has started a run, and not another scheduler. */
  runStarted(): void;
}

/** What a scheduler tells Prometheus of itself; rounds that a stop has cut off count as neither. */
export function schedulerMetrics(metrics: OwnMetrics, config: Pick<Config, 'MODEL_DIR'>): SchedulerMetrics {
  const doneAt = new Map<Duty, number>();
  const rounds = metrics.counter(
    'scheduler_rounds_total',
    'Rounds of each duty of this scheduler, by how they ended',
    duties.flatMap((duty) => [
      { duty, outcome: 'done' },
      { duty, outcome: 'failed' },
    ]),
  );
  const runs = metrics.counter('scheduler_runs_started_total', 'Scheduled runs that this process started', [
    {},
  ]);
  metrics.gauge(
    'scheduler_round_timestamp_seconds',
    'When this scheduler was last done with a round of a duty',
    () => [...doneAt].map(([duty, value]) => ({ labels: { duty }, value })),
  );
  diskMetrics(metrics, config.MODEL_DIR);
  return {
    round: (duty, outcome) => {
      rounds({ duty, outcome });
      if (outcome === 'done') doneAt.set(duty, nowInSeconds());
    },
    runStarted: () => {
      runs();
    },
  };
}
