import type { Database } from '../database/connect.ts';

/** How many observations lie at or below each upper bound, as a Prometheus histogram counts them. */
export interface Distribution {
  readonly labels: Readonly<Record<string, string>>;
  /** By ascending bound in seconds; the last is Infinity, whose count is that of all. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly count: number;
  /** Seconds. */
  readonly sum: number;
}

export interface JobTotals {
  /** Rows there are now. */
  readonly jobs: readonly {
    readonly strategy_type: string;
    readonly status: string;
    readonly count: number;
  }[];
  /** Ever ended, whether their rows are still there or not; `seconds` is the time of their last attempts. */
  readonly ended: readonly {
    readonly strategy_type: string;
    readonly outcome: string;
    readonly count: number;
    readonly seconds: number;
  }[];
  readonly wait: readonly Distribution[];
  readonly duration: readonly Distribution[];
  readonly stages: readonly Distribution[];
}

/** Upper bounds of the histograms' buckets, in seconds, as migrations/013_totals.sql sorts into them. */
export const secondsBuckets = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200] as const;

interface Total {
  readonly name: string;
  readonly strategy_type: string;
  readonly label: string;
  readonly le: number;
  readonly count: number;
  readonly sum: number;
}

/**
 * What all jobs come to, out of ml_training_totals and the few that are open: as quick at a million jobs as
 * at ten.
 */
export async function readJobTotals(sql: Database): Promise<JobTotals> {
  // One statement: a job that ends meanwhile is open or ended, never both.
  const totals = await sql<Total[]>`
    SELECT name, strategy_type, label, le, sum(count)::float8 AS count, sum(sum) AS sum
    FROM ml_training_totals GROUP BY name, strategy_type, label, le
    UNION ALL
    SELECT 'kept', strategy_type, status, 'Infinity', count(*)::float8, 0
    FROM ml_training_jobs WHERE status IN ('queued', 'running') GROUP BY strategy_type, status`;
  const named = (name: string): Total[] => totals.filter((total) => total.name === name);
  return {
    jobs: named('kept').map(({ strategy_type, label, count }) => ({ strategy_type, status: label, count })),
    ended: named('ended').map(({ strategy_type, label, count, sum }) => ({
      strategy_type,
      outcome: label,
      count,
      seconds: sum,
    })),
    wait: distributions(named('wait_seconds')),
    duration: distributions(named('duration_seconds')),
    stages: distributions(named('stage_seconds')),
  };
}

/** One for each strategy, or strategy and stage. */
function distributions(totals: readonly Total[]): Distribution[] {
  const groups = Map.groupBy(totals, ({ strategy_type, label }) => `${strategy_type} ${label}`);
  return [...groups.values()].map((group) => {
    const { strategy_type, label } = group[0]!;
    const upTo = (bound: number): number =>
      group.reduce((count, one) => (one.le <= bound ? count + one.count : count), 0);
    return {
      labels: { ...(label === '' ? {} : { stage: label }), strategy_type },
      buckets: [...secondsBuckets, Infinity].map((le) => ({ le, count: upTo(le) })),
      count: upTo(Infinity),
      sum: group.reduce((sum, one) => sum + one.sum, 0),
    };
  });
}
