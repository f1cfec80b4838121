import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measured, Validated } from './facts.ts';
import { jobsOf, measureJobs, startJobLab } from './measure/jobs.ts';
import { simulate } from './model/fleet.ts';

const strategies = ['lstm', 'rl'] as const;
const symbols = 12;
const trainerCounts = [1, 2, 4] as const;
const maxRunning = 4;
const quietLoad = 3;
const patienceMs = 15 * 60_000;

/** What the prediction is off by, as a share of the real time. */
export const errorOf = ({ predicted, real }: Validated): number => predicted / real - 1;

/**
 * Real fleets on this machine beside their predictions. What a job takes is measured just before, as it is the
 * machine of now that is predicted.
 */
export async function validate(
  measured: Measured,
  folder: string,
  say: (line: string) => void,
): Promise<readonly Validated[]> {
  await quiet(say);
  say('measuring jobs one by one');
  const jobs = await measureJobs(folder, say);
  const now = { ...measured, jobs };
  const found: Validated[] = [];
  const lab = await startJobLab(folder, symbols);
  try {
    for (const trainers of trainerCounts) {
      await quiet(say);
      const load = loadavg()[0]!;
      const pairs = strategies.flatMap((strategy) => jobsOf(strategy, symbols));
      const done = await lab.train(pairs, {
        trainers,
        env: { TRAINING_THREADS: '1', MAX_CONCURRENT_TRAINING_JOBS: String(maxRunning) },
      });
      const first = Math.min(...done.map(({ started_at }) => started_at.getTime()));
      const last = Math.max(...done.map(({ completed_at }) => completed_at.getTime()));
      const real = (last - first) / 1000;
      const predicted = predict(now, trainers);
      found.push({ at: new Date().toISOString(), load, trainers, jobs: pairs.length, predicted, real });
      say(`${trainers} trainers: predicted ${predicted.toFixed(1)} s, real ${real.toFixed(1)} s`);
    }
  } finally {
    await lab.end();
  }
  return found;
}

/** Of several draws of the jobs the median, as the real one is one draw of them. */
function predict(measured: Measured, trainers: number): number {
  const seconds = Array.from({ length: 21 }, (_, seed) => {
    const scenario = {
      symbols,
      strategies,
      trainers,
      cores: measured.cores,
      hosts: 1,
      maxRunning,
      cron: '0 0 * * *',
      runs: 1,
      tooLong: 'warn',
      failures: 0,
      deaths: 0,
      retries: 3,
      leaseSeconds: 30,
      reconcileSeconds: 10,
      seed,
    } as const;
    // From the first claim on, as the real one is timed.
    const instant = { ...measured, sizes: [] };
    return simulate(scenario, instant).seconds;
  }).sort((a, b) => a - b);
  return seconds[Math.floor(seconds.length / 2)]!;
}

async function quiet(say: (line: string) => void): Promise<void> {
  const end = performance.now() + patienceMs;
  for (let load = loadavg()[0]!; load >= quietLoad; load = loadavg()[0]!) {
    if (performance.now() > end) {
      say(`the machine was busy all the time (load ${load.toFixed(1)}): the figures are no use`);
      return;
    }
    say(`waiting for a quiet machine: load ${load.toFixed(1)}`);
    await sleep(20_000);
  }
}
