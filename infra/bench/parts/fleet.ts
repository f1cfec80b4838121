import { sampleBars } from '../harness/bars.ts';
import { jobsPerMinute, startLab } from '../harness/lab.ts';
import type { Part } from '../harness/part.ts';
import { compare, takeTurns } from '../harness/turns.ts';

/** So many that the start of each trainer's training process, which comes once, is a small part. */
const SYMBOLS = 24;
/** One kind after the other, the short one last: so two trainers finish at nearly the same time. */
const strategies = ['rl', 'lstm'] as const;

export const fleetPart: Part = {
  name: 'fleet',
  title: 'Two trainers against one',
  about:
    `The real thing: Redis, PostgreSQL and trainers as processes. ${SYMBOLS} symbols (the newest 1,000 bars of GOOG under ` +
    `${SYMBOLS} names), an RL and an LSTM job each with default settings and TRAINING_THREADS=1. Jobs a minute from the first ` +
    'claim to the last completion; two trainers and one take turns.',
  run: async (context) => {
    const goog = sampleBars('GOOG', 1000);
    const symbols = Array.from({ length: SYMBOLS }, (_, i) => `GOOG${i + 1}`);
    const bars = symbols.map((symbol) => ({ ...goog, symbol }));
    const pairs = strategies.flatMap((strategy_type) => symbols.map((symbol) => ({ strategy_type, symbol })));
    context.say('starting Redis and PostgreSQL');
    const lab = await startLab(bars, context.folder);
    try {
      const rate = async (trainers: number): Promise<number> =>
        jobsPerMinute(await lab.train(pairs, { trainers, env: { TRAINING_THREADS: '1' } }));
      const turns = await takeTurns(
        context,
        `${pairs.length} jobs`,
        { ours: () => rate(2), peer: () => rate(1) },
        (jobs) => `${jobs.toFixed(1)} jobs a minute`,
        ['two trainers', 'one trainer'],
      );
      const target = { of: 'ratio', atLeast: 1.9 } as const;
      const row = compare('throughput', turns, (jobs) => jobs, { unit: 'jobs a minute', digits: 1, target });
      return {
        sections: [{ title: `${pairs.length} jobs`, sides: ['two trainers', 'one trainer'], rows: [row] }],
        versions: {},
      };
    } finally {
      await lab.end();
    }
  },
};
