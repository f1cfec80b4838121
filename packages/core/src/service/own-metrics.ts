import type { Metric, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;
interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/**
 * What a process tells Prometheus of itself at HEALTH_PORT/metrics. Nothing of it is of the whole fleet: see
 * docs/monitoring.md.
 */
export interface OwnMetrics {
  /**
   * A counter, which begins with the process.
   * @param name without `ml_training_`, ending in `_total`
   * @param known series that are there from the start, so that their first event counts as an increase
   */
  counter(name: string, help: string, known?: readonly Labels[]): (labels?: Labels, by?: number) => void;
  /**
   * A value that is looked at when it is asked for.
   * @param read null: there is none now
   */
  gauge(name: string, help: string, read: () => Reading | Promise<Reading>): void;
  readonly contentType: string;
  /** Prometheus's text. */
  render(): Promise<string>;
}

type Reading = number | null | readonly Sample[];

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly read: () => Promise<readonly Sample[]>;
}

/**
 * Counts in plain maps, and loads prom-client with the first scrape: it takes some 40 ms of a start, which a
 * fleet that nobody scrapes does not spend.
 */
export function createOwnMetrics(): OwnMetrics {
  const families: Family[] = [];
  let registry: Promise<Registry> | null = null;
  const add = (family: Family): void => {
    if (families.some(({ name }) => name === family.name)) throw new Error(`${family.name} is there already`);
    families.push(family);
  };
  return {
    counter: (name, help, known = []) => {
      const series = new Map<string, { labels: Labels; value: number }>();
      const at = (labels: Labels) => {
        const key = JSON.stringify(labels);
        const found = series.get(key) ?? { labels, value: 0 };
        series.set(key, found);
        return found;
      };
      known.forEach(at);
      const read = () => Promise.resolve([...series.values()]);
      add({ name: `ml_training_${name}`, help, type: 'counter', read });
      return (labels = {}, by = 1) => {
        at(labels).value += by;
      };
    },
    gauge: (name, help, read) => {
      add({
        name: `ml_training_${name}`,
        help,
        type: 'gauge',
        read: async () => {
          const reading = await read();
          if (reading === null) return [];
          return typeof reading === 'number' ? [{ labels: {}, value: reading }] : reading;
        },
      });
    },
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    render: async () => {
      const opened = await (registry ??= openRegistry());
      // A process is scraped before its role has begun, too.
      for (const family of families)
        if (opened.getSingleMetric(family.name) === undefined) opened.registerMetric(asMetric(family));
      return opened.metrics();
    },
  };
}

/** Of Node's own, those that are misnamed: gauges that end as counters do. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

async function openRegistry(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  return registry;
}

function asMetric({ name, help, type, read }: Family): Metric {
  const metric = { name, get: async () => ({ name, help, type, values: await read(), aggregator: 'sum' }) };
  // A registry calls nothing but `name` and `get` of a metric that is neither reset nor removed.
  return metric as unknown as Metric;
}

/** Seconds since 1970, of now. */
export const nowInSeconds = (): number => Date.now() / 1000;
