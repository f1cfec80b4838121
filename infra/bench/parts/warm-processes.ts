import { ALL_SYMBOLS } from '@ml-training/core';
import { sampleBars } from '../harness/bars.ts';
import { jobsPerMinute, startLab } from '../harness/lab.ts';
import type { Part } from '../harness/part.ts';
import type { Section } from '../harness/result.ts';
import { compare, takeTurns } from '../harness/turns.ts';

/** Short ones are to be done twice as fast at least. */
const cases = [
  { strategy_type: 'lstm', bars: 1000, symbols: 40, runs: 1, short: true },
  { strategy_type: 'lstm', bars: 500, symbols: 40, runs: 1, short: true },
  // One job is over all symbols, and so a run has one.
  { strategy_type: 'ensemble', bars: 1000, symbols: 1, runs: 12, short: true },
  { strategy_type: 'rl', bars: 1000, symbols: 6, runs: 1, short: false },
] as const;

export const warmProcessesPart: Part = {
  name: 'warm-processes',
  title: 'A training process kept from job to job, against one for each job',
  about:
    'Redis, PostgreSQL and one trainer as processes; jobs of the newest bars of GOOG under several names, with default settings ' +
    'and TRAINING_THREADS=1: with the default TRAINING_MAX_JOBS_PER_CHILD, and with 1. Jobs a minute from the first claim to the last ' +
    "completion; the start of the kept process counts. The ensemble's jobs are one symbol's, a run each.",
  run: async (context) => {
    const sections: Section[] = [];
    for (const { strategy_type, bars: length, symbols: count, runs, short } of cases) {
      const goog = sampleBars('GOOG', length);
      const symbols = Array.from({ length: count }, (_, i) => `GOOG${i + 1}`);
      const pairs =
        strategy_type === 'ensemble'
          ? [{ strategy_type, symbol: ALL_SYMBOLS }]
          : symbols.map((symbol) => ({ strategy_type, symbol }));
      const bars = symbols.map((symbol) => ({ ...goog, symbol }));
      const title = `${pairs.length * runs} jobs of ${strategy_type} with ${length.toLocaleString('en')} bars`;
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
        const row = compare('throughput', turns, (jobs) => jobs, {
          unit: 'jobs a minute',
          digits: 1,
          ...(short ? { target: { of: 'ratio', atLeast: 2 } } : {}),
        });
        sections.push({ title, sides, rows: [row] });
      } finally {
        await lab.end();
      }
    }
    return { sections, versions: {} };
  },
};
