import { loadStrategy, olderDefaultFeatures } from '@ml-training/strategies';
import { sliceBars, computeFeatures } from '../../../packages/strategies/src/features/index.ts';
import { writeArrays } from '../harness/arrays.ts';
import type { Part, PartContext } from '../harness/part.ts';
import { seriesOfCase, type PowerCase } from '../harness/power-cases.ts';
import { preparePeer, type Peer } from '../harness/python.ts';
import type { Section } from '../harness/result.ts';
import { LATER, SERIES_A_TURN, mean, shown, standardError, trainedValues } from '../harness/power-runs.ts';
import { measure } from '../harness/run.ts';
import { pools, signals } from '../harness/signals.ts';

const sizes = [1_000, 5_000] as const;
const types = ['ensemble', 'lstm', 'rl'] as const;
/** The agent takes many times as long: it is trained on the first of the series only, one of so many. */
const SERIES_OF_RL = 4;
const baselines = ['LR25', 'lag logistic', 'lag LightGBM', 'MLP'] as const;

const about =
  'Accuracy on 4,000 later bars of generated hourly series whose rule is known, by models of default jobs on the newest 1,000 ' +
  "or 5,000 bars. Beside them what a quant would try first, fitted in Python on the rows that ours were fitted and chosen on: scikit-learn's " +
  'logistic regression on 25 features (LR25), and on five lagged returns and the log of the volume a logistic regression, LightGBM and a small ' +
  'neural network (MLP). "Best possible" is the mean accuracy of who knows the rule. In brackets the standard error over the series. A figure of ours is marked ' +
  '↓ where it is below the best baseline by more than two standard errors of the difference, ↑ where it is above by as much. rl is trained on a quarter of the series, the first ones.';

/** The series of the reported table, and those on which settings and features were chosen. */
const seedsOf = { power: 1, 'power-choice': 101 } as const;

const partOf = (name: keyof typeof seedsOf, title: string, more: string): Part => ({
  name,
  title,
  about: `${about} ${more}`,
  run: async (context) => {
    const peer = await preparePeer('baselines', context.say);
    const seeds = Array.from({ length: SERIES_A_TURN * context.turns }, (_, i) => seedsOf[name] + i);
    const single = await singleSeries(context, peer, seeds);
    return { sections: [...single, await poolSection(context, seeds)], versions: peer.versions };
  },
});

export const powerPart = partOf(
  'power',
  'Power: what the models find',
  'These series had no part in any choice; those of the next table had.',
);
export const powerChoicePart = partOf(
  'power-choice',
  'Power, on the series that choices were made on',
  'Default features and settings were chosen by these series, so that ours may look a little better here.',
);

async function singleSeries(context: PartContext, peer: Peer, seeds: readonly number[]): Promise<Section[]> {
  const lines: string[][] = [];
  const notes: string[] = [];
  for (const { name, about: rule } of signals) {
    notes.push(`${name}: ${rule}.`);
    for (const bars of sizes) {
      const of: PowerCase = { name, bars };
      const told = await baselineValues(of, context, peer, seeds);
      const best = baselines.reduce((a, b) => (mean(told[b]!) > mean(told[a]!) ? b : a));
      const ours: string[] = [];
      for (const type of types) {
        const some = type === 'rl' ? seeds.slice(0, Math.ceil(seeds.length / SERIES_OF_RL)) : seeds;
        const values = await trainedValues(type, of, context, some);
        ours.push(`${shown(values.accuracy!)}${mark(values.accuracy!, told[best]!)}`);
        if (name === 'random walk')
          notes.push(
            `Of ${some.length} random walks of ${bars} bars the interval of the accuracy lay above the baseline in ` +
              `${values.clears!.reduce((a, b) => a + b, 0)} reports of ${type}.`,
          );
        context.say(`${name}, ${bars} bars, ${type}: ${ours.at(-1)!}; best baseline ${shown(told[best]!)}`);
      }
      lines.push([
        name,
        bars.toLocaleString('en'),
        ...ours,
        ...baselines.map((b) => shown(told[b]!)),
        shown(told['best possible']!).replace(/ .*/, ''),
      ]);
    }
  }
  const grid = [['series', 'bars', ...types, ...baselines, 'best possible'], ...lines];
  return [
    {
      title: `${seeds.length} series of each kind, seeds ${seeds[0]!} to ${seeds.at(-1)!}`,
      rows: [],
      grid,
      notes,
    },
  ];
}

/** AUC of one symbol in a pool against the same learnt alone, by the ensemble. */
async function poolSection(context: PartContext, seeds: readonly number[]): Promise<Section> {
  const lines: string[][] = [];
  for (const { name, about: rule } of pools) {
    const of = { name, bars: 1_000 };
    const alone = await trainedValues('ensemble', { ...of, alone: true }, context, seeds);
    const pooled = await trainedValues('ensemble', of, context, seeds);
    const differences = pooled.auc!.map((value, i) => value - alone.auc![i]!);
    lines.push([`${name}: ${rule}`, shown(alone.auc!), shown(pooled.auc!), shown(differences)]);
    context.say(lines.at(-1)!.join('  '));
  }
  return {
    title: 'The ensemble over several symbols: AUC of the first, 1,000 bars each',
    rows: [],
    grid: [['symbols', 'alone', 'in the pool', 'difference'], ...lines],
  };
}

async function baselineValues(
  of: PowerCase,
  { folder }: PartContext,
  peer: Peer,
  seeds: readonly number[],
): Promise<Readonly<Record<string, readonly number[]>>> {
  const all = seeds.map((seed) => seriesOfCase(of, LATER, seed)[0]!);
  const count = of.bars + LATER;
  const shape = [seeds.length, count];
  const columns = all.map(({ bars }) =>
    computeFeatures(bars, olderDefaultFeatures).data.map((v) => (Number.isNaN(v) ? 0 : v)),
  );
  const arrays = await writeArrays(folder, {
    close: [joined(all.map(({ bars }) => bars.close)), shape],
    volume: [joined(all.map(({ bars }) => bars.volume)), shape],
    rise: [joined(all.map(({ rise }) => rise)), shape],
    features: [joined(columns), [...shape, olderDefaultFeatures.length]],
  });
  const ensemble = await loadStrategy('ensemble');
  const known = sliceBars(all[0]!.bars, { from: 0, to: of.bars });
  const { train, validation } = ensemble.prepare([known], {}).symbols[0]!;
  const first = train.rows[0]!;
  const last = validation.rows.at(-1)! + 1;
  const job = { arrays, series: seeds.length, first, last, asked: of.bars };
  return (await measure('peers/power.py', job, { folder, threads: 1, python: peer.python })).values!;
}

function joined(arrays: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** Series by series, as both sides see the same. */
function mark(ours: readonly number[], theirs: readonly number[]): string {
  if (ours.length < 2) return '';
  const differences = ours.map((value, i) => value - theirs[i]!);
  const limit = 2 * standardError(differences);
  return mean(differences) < -limit ? ' ↓' : mean(differences) > limit ? ' ↑' : '';
}
