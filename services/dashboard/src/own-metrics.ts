import type { OwnMetrics } from '@ml-training/core';

const outcomes = ['ok', 'refused', 'failed'] as const;

export interface DashboardMetrics {
  /** A request was answered. */
  answered(method: string, status: number): void;
}

/** What a dashboard tells Prometheus of itself. */
export function dashboardMetrics(metrics: OwnMetrics, openStreams: () => number): DashboardMetrics {
  const requests = metrics.counter(
    'dashboard_requests_total',
    'Requests that this dashboard answered: ok, refused (4xx) or failed (5xx)',
    ['read', 'change'].flatMap((kind) => outcomes.map((outcome) => ({ kind, outcome }))),
  );
  metrics.gauge(
    'dashboard_event_streams',
    'Pages and programs that listen to events of this dashboard',
    openStreams,
  );
  return {
    answered: (method, status) => {
      const outcome = status >= 500 ? 'failed' : status >= 400 ? 'refused' : 'ok';
      requests({ kind: method === 'GET' || method === 'HEAD' ? 'read' : 'change', outcome });
    },
  };
}
