import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Plain } from '@ml-training/strategies';
import { sampleBars } from '../harness/bars.ts';
import { jobsPerMinute, startLab } from '../harness/lab.ts';
import type { Part, PartContext } from '../harness/part.ts';
import type { Section, Target } from '../harness/result.ts';
import { measure } from '../harness/run.ts';
import { compare, takeTurns } from '../harness/turns.ts';

/** So many that the start of each trainer's training process, which comes once, is a small part. */
const SYMBOLS = 24;
/** One kind after the other, the short one last: so two trainers finish at nearly the same time. */
const strategies = ['rl', 'lstm'] as const;

/** About six seconds each. */
const alone: readonly { readonly strategy: 'lstm' | 'ppo'; readonly params: Record<string, Plain> }[] = [
  { strategy: 'lstm', params: { epochs: 200, patience: 10_000 } },
  { strategy: 'ppo', params: { total_timesteps: 300_000, seeds: 1, evaluations: 1 } },
];

export const fleetPart: Part = {
  name: 'fleet',
  title: 'Two trainers against one',
  about:
    `The real thing: Redis, PostgreSQL and trainers as processes. ${SYMBOLS} symbols (the newest 1,000 bars of GOOG under ` +
    `${SYMBOLS} names), an RL and an LSTM job each with default settings and TRAINING_THREADS=1. Jobs a minute from the first ` +
    'claim to the last completion; two trainers and one take turns. Beside it what the machine lets two processes do at best: ' +
    'the same trainings without trainers and servers, two at once and one alone.',
  run: async (context) => ({
    sections: [await trainers(context), ...(await processes(context))],
    versions: {},
  }),
};

async function trainers(context: PartContext): Promise<Section> {
  const goog = sampleBars('GOOG', 1000);
  const symbols = Array.from({ length: SYMBOLS }, (_, i) => `GOOG${i + 1}`);
  const bars = symbols.map((symbol) => ({ ...goog, symbol }));
  const pairs = strategies.flatMap((strategy_type) => symbols.map((symbol) => ({ strategy_type, symbol })));
  context.say('starting Redis and PostgreSQL');
  const lab = await startLab(bars, context.folder);
  try {
    return await twoAgainstOne(context, {
      title: `${pairs.length} jobs`,
      sides: ['two trainers', 'one trainer'],
      form: { unit: 'jobs a minute', digits: 1, target: { of: 'ratio', atLeast: 1.9 } },
      rate: async (count) =>
        jobsPerMinute(await lab.train(pairs, { trainers: count, env: { TRAINING_THREADS: '1' } })),
    });
  } finally {
    await lab.end();
  }
}

/** What two cores give where nothing but the machine lies between the two. */
async function processes(context: PartContext): Promise<Section[]> {
  const sections: Section[] = [];
  for (const { strategy, params } of alone) {
    const train = async (nth: number): Promise<number> => {
      const folder = path.join(context.folder, `${strategy}-${nth}`);
      await mkdir(folder, { recursive: true });
      const job = { symbol: 'GOOG', bars: 1000, seed: 1, params };
      return (await measure(`contenders/${strategy}.ts`, job, { folder, threads: 1 })).seconds;
    };
    const section = await twoAgainstOne(context, {
      title: `The machine: trainings of ${strategy}, no trainers`,
      sides: ['two processes', 'one process'],
      form: { unit: 'trainings a minute', digits: 1 },
      rate: async (count) => {
        const seconds = await Promise.all(Array.from({ length: count }, (_, nth) => train(nth)));
        return seconds.reduce((sum, one) => sum + 60 / one, 0);
      },
    });
    sections.push(section);
  }
  return sections;
}

interface Compared {
  readonly title: string;
  readonly sides: readonly [two: string, one: string];
  readonly form: { readonly unit: string; readonly digits: number; readonly target?: Target };
  /** What so many at once do a minute. */
  readonly rate: (count: number) => Promise<number>;
}

async function twoAgainstOne(context: PartContext, { title, sides, form, rate }: Compared): Promise<Section> {
  const turns = await takeTurns(
    context,
    title,
    { ours: () => rate(2), peer: () => rate(1) },
    (one) => `${one.toFixed(form.digits)} ${form.unit}`,
    sides,
  );
  return { title, sides, rows: [compare('throughput', turns, (one) => one, form)] };
}
