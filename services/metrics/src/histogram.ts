import type { Distribution } from '@ml-training/core';
import type { Metric } from 'prom-client';

/**
 * A Prometheus histogram whose counts come from SQL. prom-client's own can only observe values one by one,
 * which a process that starts after the jobs can't do.
 */
export function histogramOf(name: string, help: string, read: () => readonly Distribution[]): Metric {
  const values = () =>
    read().flatMap(({ labels, buckets, count, sum }) => [
      ...buckets.map((bucket) => ({
        metricName: `${name}_bucket`,
        labels: { ...labels, le: bucket.le === Infinity ? '+Inf' : bucket.le },
        value: bucket.count,
      })),
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ]);
  const metric = {
    name,
    get: async () => ({ name, help, type: 'histogram', values: values(), aggregator: 'sum' }),
  };
  // A registry calls nothing but `name` and `get` of a metric that is neither reset nor removed.
  return metric as unknown as Metric;
}
