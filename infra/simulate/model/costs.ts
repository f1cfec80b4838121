import type { AtSize, Measured, Rate } from '../facts.ts';
import type { Scenario } from './scenario.ts';

/** What a fleet's steps take, in seconds. */
export interface Costs {
  /** How long a claim has its lock, with so many jobs running. */
  claimSeconds(running: number): number;
  completeSeconds(running: number): number;
  /** From a tick to the last entry in the queue, of so many pairs. */
  startSeconds(pairs: number): number;
  /** A look at a queue of so many entries that finds little to do. */
  reconcileSeconds(waiting: number): number;
  /** From a completion to the trainer's next take, and from a trainer's death to its first. */
  readonly betweenSeconds: number;
  readonly restartSeconds: number;
  /** @param chance in [0, 1): which of the measured jobs it is like */
  jobOf(strategy: string, chance: number): JobCost;
}

interface JobCost {
  /** Of the processor, and in which nothing of it works, on a machine of its own. */
  readonly cpuSeconds: number;
  readonly waitSeconds: number;
  /** That it uses while it works. */
  readonly cores: number;
}

/** A process manager starts it again, and it connects. */
const restartSeconds = 5;

export function costsOf(measured: Measured, { strategies }: Pick<Scenario, 'strategies'>): Costs {
  for (const strategy of strategies)
    if (measured.jobs[strategy] === undefined)
      throw new Error(
        `no job of ${strategy} was measured; there are ${Object.keys(measured.jobs).join(', ')}`,
      );
  const between = strategies.map((strategy) => measured.jobs[strategy]!.betweenSeconds);
  return {
    claimSeconds: heldBy(measured.claims),
    completeSeconds: heldBy(measured.completions),
    startSeconds: (pairs) => tookAt(measured.sizes, 'starting a run', pairs),
    reconcileSeconds: (waiting) => tookAt(measured.sizes, 'a reconciliation', waiting),
    betweenSeconds: between.reduce((sum, one) => sum + one, 0) / between.length,
    restartSeconds,
    jobOf: (strategy, chance) => {
      const { seconds, cpuSeconds } = measured.jobs[strategy.replace(/-\d+$/, '')]!;
      const mean = seconds.reduce((sum, one) => sum + one, 0) / seconds.length;
      const one = seconds[Math.floor(chance * seconds.length)]!;
      const cpu = (cpuSeconds * one) / mean;
      return { cpuSeconds: cpu, waitSeconds: Math.max(0, one - cpu), cores: Math.max(1, cpu / one) };
    },
  };
}

/**
 * Seconds for which one has the lock: where many contend for it they come one after the other, so it is what
 * passes between two. With more running a claim counts more; a straight line between those that were measured.
 */
function heldBy(rates: readonly Rate[]): (running: number) => number {
  const best = [...Map.groupBy(rates, ({ running }) => running)].map(([running, some]) => ({
    running,
    seconds: 1 / Math.max(...some.map(({ perSecond }) => perSecond)),
  }));
  const [few, many] = [best[0]!, best.at(-1)!];
  const slope = many === few ? 0 : (many.seconds - few.seconds) / (many.running - few.running);
  return (running) => few.seconds + Math.max(0, slope) * Math.max(0, running - few.running);
}

/**
 * Seconds that something takes with so many pairs: between two sizes that were measured a straight line on
 * logarithmic axes, below the smallest as there, beyond the largest in proportion. 0 where it always failed.
 */
export function tookAt(sizes: readonly AtSize[], what: string, pairs: number): number {
  const known = sizes
    .flatMap(({ pairs: size, took }) => {
      const ms = took[what]?.cpuMs;
      return ms === undefined ? [] : [{ size, ms: Math.max(ms, 0.1) }];
    })
    .sort((a, b) => a.size - b.size);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return 0;
  if (pairs <= first.size) return first.ms / 1000;
  if (pairs >= last.size) return (last.ms * pairs) / last.size / 1000;
  const above = known.findIndex(({ size }) => size >= pairs);
  const [low, high] = [known[above - 1]!, known[above]!];
  const share = Math.log(pairs / low.size) / Math.log(high.size / low.size);
  return (low.ms * (high.ms / low.ms) ** share) / 1000;
}
