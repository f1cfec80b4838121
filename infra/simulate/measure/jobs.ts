import { ALL_SYMBOLS, strategyOf, type Pair } from '@ml-training/core';
import { sampleBars } from '../../bench/harness/bars.ts';
import { startLab, type FinishedJob, type Lab } from '../../bench/harness/lab.ts';
import type { JobTime } from '../facts.ts';
import { secondsOfChildren } from './processor.ts';

const measuredStrategies = ['ensemble', 'lstm', 'rl'] as const;
const symbols = 6;

/** Servers with bars of some symbols alike: the newest 1,000 of GOOG under other names. */
export function startJobLab(folder: string, count = symbols): Promise<Lab> {
  const goog = sampleBars('GOOG', 1000);
  return startLab(
    Array.from({ length: count }, (_, i) => ({ ...goog, symbol: `GOOG${i + 1}` })),
    folder,
  );
}

/** So many jobs of a strategy, one a symbol, or one over all. */
export const jobsOf = (strategy_type: string, count: number): Pair[] =>
  strategyOf(strategy_type).scope === 'all'
    ? [{ strategy_type, symbol: ALL_SYMBOLS }]
    : Array.from({ length: count }, (_, i) => ({ strategy_type, symbol: `GOOG${i + 1}` }));

/** Trains some jobs of each strategy by one trainer, one after another, with one thread. */
export async function measureJobs(
  folder: string,
  say: (line: string) => void,
): Promise<Readonly<Record<string, JobTime>>> {
  const lab = await startJobLab(folder);
  const found: Record<string, JobTime> = {};
  try {
    for (const strategy of measuredStrategies) {
      const pairs = jobsOf(strategy, symbols);
      const cpu: number[] = [];
      const jobs = await lab.train(pairs, {
        trainers: 1,
        env: { TRAINING_THREADS: '1' },
        around: async () => void cpu.push(await secondsOfChildren()),
      });
      found[strategy] = jobTime(jobs, cpu.at(-1)! - cpu[0]!);
      const { seconds, cpuSeconds } = found[strategy];
      say(
        `${strategy}: ${seconds.map((one) => one.toFixed(2)).join(', ')} s, processor ${cpuSeconds.toFixed(2)} s`,
      );
    }
    return found;
  } finally {
    await lab.end();
  }
}

function jobTime(jobs: readonly FinishedJob[], cpuSeconds: number): JobTime {
  const inTurn = jobs.toSorted((a, b) => a.started_at.getTime() - b.started_at.getTime());
  const secondsOf = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;
  const between = inTurn.slice(1).map((job, i) => secondsOf(inTurn[i]!.completed_at, job.started_at));
  return {
    seconds: inTurn.map(({ started_at, completed_at }) => secondsOf(started_at, completed_at)),
    cpuSeconds: cpuSeconds / jobs.length,
    betweenSeconds: between.length === 0 ? 0 : between.reduce((sum, one) => sum + one, 0) / between.length,
  };
}
