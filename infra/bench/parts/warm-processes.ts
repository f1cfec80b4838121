import { ALL_SYMBOLS } from '@ml-training/core';
import { sampleBars } from '../harness/bars.ts';
import { jobsPerMinute, startLab } from '../harness/lab.ts';
import type { Part } from '../harness/part.ts';
import type { Section } from '../harness/result.ts';
import { compare, takeTurns } from '../harness/turns.ts';

const cases = [
  { strategy_type: 'lstm', symbols: 40, runs: 1 },
  { strategy_type: 'rl', symbols: 12, runs: 1 },
  // One job is over all symbols, and so a run has one.
  { strategy_type: 'ensemble', symbols: 1, runs: 12 },
] as const;

export const warmProcessesPart: Part = {
  name: 'warm-processes',
  title: 'A training process kept from job to job, against one for each job',
  about:
    'Redis, PostgreSQL and one trainer as processes; jobs of the newest 1,000 bars of GOOG under several names, with default settings ' +
    'and TRAINING_THREADS=1: with the default TRAINING_MAX_JOBS_PER_CHILD, and with 1. Jobs a minute from the first claim to the last ' +
    "completion; the start of the kept process counts. The ensemble's jobs are one symbol's, a run each.",
  run: async (context) => {
    const sections: Section[] = [];
    const goog = sampleBars('GOOG', 1000);
    for (const { strategy_type, symbols: count, runs } of cases) {
      const symbols = Array.from({ length: count }, (_, i) => `GOOG${i + 1}`);
      const pairs =
        strategy_type === 'ensemble'
          ? [{ strategy_type, symbol: ALL_SYMBOLS }]
          : symbols.map((symbol) => ({ strategy_type, symbol }));
      const bars = symbols.map((symbol) => ({ ...goog, symbol }));
      const title = `${pairs.length * runs} jobs of ${strategy_type}`;
      const lab = await startLab(bars, context.folder);
      try {
        const rate = async (env: Readonly<Record<string, string>>): Promise<number> =>
          jobsPerMinute(
            await lab.train(pairs, { trainers: 1, runs, env: { TRAINING_THREADS: '1', ...env } }),
          );
        const sides = ['kept', 'one for each job'] as const;
        const turns = await takeTurns(
          context,
          title,
          { ours: () => rate({}), peer: () => rate({ TRAINING_MAX_JOBS_PER_CHILD: '1' }) },
          (jobs) => `${jobs.toFixed(1)} jobs a minute`,
          sides,
        );
        const target = { of: 'ratio', atLeast: 2 } as const;
        const row = compare('throughput', turns, (jobs) => jobs, {
          unit: 'jobs a minute',
          digits: 1,
          target,
        });
        sections.push({ title, sides, rows: [row] });
      } finally {
        await lab.end();
      }
    }
    return { sections, versions: {} };
  },
};
