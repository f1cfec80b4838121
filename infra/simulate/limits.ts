import type { Measured } from './facts.ts';
import { costsOf, tookAt } from './model/costs.ts';
import type { Scenario } from './model/scenario.ts';

/** Something that a fleet can have too much of. */
export interface Limit {
  readonly what: string;
  /** How much of what there is this fleet needs; above 1 it breaks. */
  readonly share: number;
  /** Both numbers, in words. */
  readonly words: string;
  readonly change: string;
}

/** As docker-compose.yml and infra/kubernetes start it; 100 where nobody has set it. */
const postgresConnections = 200;
/** In the fleet's own code: a tick's look and a reconciliation (services/scheduler), a scrape (services/metrics). */
const given = { tickSeconds: 30, reconcileSeconds: 30, scrapeSeconds: 8 };
const scrapeEverySeconds = 15;
const renewalsAJobSecond = 1;

/**
 * What this fleet needs of everything that there is one of, the scarcest first, if each of its symbols is to be
 * trained by each strategy once in so many seconds.
 */
export function limitsOf(scenario: Scenario, measured: Measured, periodSeconds: number): Limit[] {
  const { symbols, strategies, trainers, cores, maxRunning } = scenario;
  const costs = costsOf(measured, scenario);
  const pairs = symbols * strategies.length;
  const jobsASecond = pairs / periodSeconds;
  const cpuSeconds =
    strategies.reduce((sum, strategy) => sum + measured.jobs[strategy]!.cpuSeconds, 0) / strategies.length;
  const aloneSeconds =
    strategies.reduce((sum, strategy) => sum + meanOf(measured.jobs[strategy]!.seconds), 0) /
    strategies.length;
  const running = Math.min(maxRunning, trainers, jobsASecond * aloneSeconds);
  const lastSpeed = measured.coreSpeed.at(-1) ?? 1;
  const connections = connectionsOf(measured, trainers);
  const seconds = (what: string): number => tookAt(measured.sizes, what, pairs);
  const renewals = Math.max(...measured.renewals.map(({ perSecond }) => perSecond));
  const limits: Limit[] = [
    {
      what: 'processor',
      share: (jobsASecond * cpuSeconds) / (cores * lastSpeed),
      words: `${(jobsASecond * cpuSeconds).toFixed(1)} of ${(cores * lastSpeed).toFixed(1)} cores`,
      change: 'more machines',
    },
    {
      what: 'trainers',
      share: (jobsASecond * (aloneSeconds + costs.betweenSeconds)) / Math.min(trainers, maxRunning),
      words: `${(jobsASecond * (aloneSeconds + costs.betweenSeconds)).toFixed(1)} of ${Math.min(trainers, maxRunning)} at work`,
      change: 'more of them, MAX_CONCURRENT_TRAINING_JOBS',
    },
    {
      what: 'connections to PostgreSQL',
      share: connections / postgresConnections,
      words: `${Math.round(connections)} of ${postgresConnections} (max_connections in compose)`,
      change: 'PgBouncer in transaction mode, or max_connections',
    },
    {
      what: 'the claim lock',
      share: jobsASecond * costs.claimSeconds(running),
      words: `${jobsASecond.toFixed(2)} of ${(1 / costs.claimSeconds(running)).toFixed(0)} claims a second`,
      change: 'faster commits: a disk with less latency',
    },
    {
      what: 'the lock of the totals',
      share: jobsASecond * costs.completeSeconds(running),
      words: `${jobsASecond.toFixed(2)} of ${(1 / costs.completeSeconds(running)).toFixed(0)} completions a second`,
      change: 'faster commits',
    },
    {
      what: 'renewals of leases',
      share: (running * renewalsAJobSecond) / renewals,
      words: `${(running * renewalsAJobSecond).toFixed(0)} of ${renewals.toFixed(0)} a second`,
      change: 'a larger database machine',
    },
    {
      what: 'starting a run',
      share: seconds('starting a run') / given.tickSeconds,
      words: `${seconds('starting a run').toFixed(2)} of ${given.tickSeconds} s, after which it is given up`,
      change: 'fewer pairs a fleet',
    },
    {
      what: 'a reconciliation',
      share: seconds('a reconciliation') / given.reconcileSeconds,
      words: `${seconds('a reconciliation').toFixed(2)} of ${given.reconcileSeconds} s, every ${scenario.reconcileSeconds} s`,
      change: 'TRAINING_RECONCILE_SECONDS',
    },
    {
      what: 'a scrape',
      share: seconds('a scrape') / given.scrapeSeconds,
      words: `${seconds('a scrape').toFixed(2)} of ${given.scrapeSeconds} s, every ${scrapeEverySeconds} s`,
      change: 'scrape less often',
    },
  ];
  return limits.sort((a, b) => b.share - a.share);
}

/** All services, one of each and the trainers, each with a training. */
export function connectionsOf({ connections }: Measured, trainers: number): number {
  const of = (role: string): number => connections[role] ?? 0;
  const others = ['scheduler', 'heartbeat', 'metrics', 'dashboard'].reduce((sum, role) => sum + of(role), 0);
  return others + trainers * (of('trainer') + of('training'));
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, one) => sum + one, 0) / values.length;
