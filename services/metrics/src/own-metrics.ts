import { nowInSeconds, type OwnMetrics } from '@ml-training/core';

const works = ['scrape', 'roll_up'] as const;

/**
 * What a process of the metrics service tells Prometheus of itself, at HEALTH_PORT; what it tells of the
 * fleet is at METRICS_PORT.
 * @returns runs a piece of its work, and counts how it ended
 */
export function exporterMetrics(
  metrics: OwnMetrics,
): <T>(work: (typeof works)[number], run: () => Promise<T>) => Promise<T> {
  const last = new Map<string, { readonly at: number; readonly seconds: number }>();
  const ended = metrics.counter(
    'exporter_rounds_total',
    'Scrapes of the fleet and roll-ups that this process has answered or made, by how they ended',
    works.flatMap((work) => [
      { work, outcome: 'done' },
      { work, outcome: 'failed' },
    ]),
  );
  const each = (value: (one: { at: number; seconds: number }) => number) => () =>
    [...last].map(([work, one]) => ({ labels: { work }, value: value(one) }));
  metrics.gauge(
    'exporter_round_timestamp_seconds',
    'When this process was last done with one',
    each(({ at }) => at),
  );
  metrics.gauge(
    'exporter_round_seconds',
    'How long the last one took that was done',
    each(({ seconds }) => seconds),
  );
  return async (work, run) => {
    const began = performance.now();
    try {
      const result = await run();
      last.set(work, { at: nowInSeconds(), seconds: (performance.now() - began) / 1000 });
      ended({ work, outcome: 'done' });
      return result;
    } catch (error) {
      ended({ work, outcome: 'failed' });
      throw error;
    }
  };
}
