import type { Part, PartContext } from '../harness/part.ts';
import { LATER, mean, SERIES_A_TURN, standardError } from '../harness/power-runs.ts';
import type { Section } from '../harness/result.ts';
import { measure } from '../harness/run.ts';

const TRIALS = 20;
const cases = [
  ['ensemble', 'AR(1)', 1_000],
  ['ensemble', 'volume reversal', 1_000],
  ['ensemble', 'random walk', 1_000],
  ['ensemble', 'volume reversal', 5_000],
] as const;

type Value = 'now' | 'tuned' | 'best' | 'chosen';

export const tunePart: Part = {
  name: 'tune',
  title: 'Tuning: does what a search finds hold?',
  about:
    `Series of the power bench. A search of ${TRIALS} trials looks at the bars before the holdout of a default job on the newest 1,000 or 5,000 ` +
    `bars and at as many older ones; then the job is trained by the settings in use and by what was found, and both models are asked for ${LATER.toLocaleString('en')} later bars. ` +
    'Given is by how much the log-likelihood of a bar is better than by the settings in use, times 10,000, with the standard error over the series: of what the search ' +
    'takes (beyond noise, else the settings in use), and of the trial that looked best, taken whatever noise there is.',
  run: async (context) => {
    const seeds = Array.from({ length: SERIES_A_TURN * context.turns }, (_, i) => 1 + i);
    return { sections: [await searched(context, seeds)], versions: {} };
  },
};

async function searched({ folder, say }: PartContext, seeds: readonly number[]): Promise<Section> {
  const lines: string[][] = [];
  for (const [type, name, bars] of cases) {
    const found = { now: [], tuned: [], best: [], chosen: [] } as Record<Value, number[]>;
    for (const seed of seeds) {
      // A search a process, as one takes minutes.
      const job = { type, of: { name, bars }, seeds: [seed], later: LATER, trials: TRIALS };
      const { values } = await measure('contenders/tune.ts', job, { folder, threads: 1 });
      for (const value of ['now', 'tuned', 'best', 'chosen'] as const) found[value].push(...values![value]!);
    }
    const { now, tuned, best, chosen } = found;
    const lead = (of: readonly number[]): string => shown(of.map((v, i) => 10_000 * (v - now[i]!)));
    const taken = chosen.reduce((a, b) => a + b, 0);
    lines.push([
      type,
      name,
      bars.toLocaleString('en'),
      `${taken} of ${seeds.length}`,
      lead(tuned),
      lead(best),
    ]);
    say(lines.at(-1)!.join('  '));
  }
  return {
    title: `${seeds.length} series of each kind, seeds ${seeds[0]!} to ${seeds.at(-1)!}`,
    rows: [],
    grid: [
      ['strategy', 'series', 'bars', 'others taken', 'as the search takes', 'the one that looked best'],
      ...lines,
    ],
  };
}

const shown = (values: readonly number[]): string =>
  values.length < 2
    ? mean(values).toFixed(1)
    : `${mean(values).toFixed(1)} (${standardError(values).toFixed(1)})`;
