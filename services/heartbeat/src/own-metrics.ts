import { nowInSeconds, type OwnMetrics } from '@ml-training/core';
import { statuses, type Heartbeat } from './status.ts';

/** What a heartbeat process tells Prometheus of itself. */
export function heartbeatMetrics(metrics: OwnMetrics): {
  written(heartbeat: Pick<Heartbeat, 'status' | 'problems'>): void;
  failed(): void;
} {
  let last: { readonly heartbeat: Pick<Heartbeat, 'status' | 'problems'>; readonly at: number } | null = null;
  const writes = metrics.counter(
    'heartbeat_writes_total',
    'Heartbeats that this process wrote, or could not',
    [{ outcome: 'written' }, { outcome: 'failed' }],
  );
  metrics.gauge(
    'heartbeat_written_timestamp_seconds',
    'When this process last wrote service:ml_training:heartbeat',
    () => last?.at ?? null,
  );
  metrics.gauge(
    'heartbeat_problems',
    'Problems in the heartbeat that this process wrote last',
    () => last?.heartbeat.problems.length ?? null,
  );
  metrics.gauge('heartbeat_status', '1 for the status in the heartbeat that this process wrote last', () =>
    last === null
      ? null
      : statuses.map((status) => ({ labels: { status }, value: last?.heartbeat.status === status ? 1 : 0 })),
  );
  return {
    written: (heartbeat) => {
      last = { heartbeat, at: nowInSeconds() };
      writes({ outcome: 'written' });
    },
    failed: () => {
      writes({ outcome: 'failed' });
    },
  };
}
