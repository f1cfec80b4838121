import type { Plain } from '@ml-training/strategies';
import type { Part, PartContext } from '../harness/part.ts';
import { mean, SERIES_A_TURN, standardError } from '../harness/power-runs.ts';
import { regimesOf } from '../harness/regimes.ts';
import type { Section } from '../harness/result.ts';
import { measure } from '../harness/run.ts';

const BARS = 1_000;
/** Reported, and those that choices were made on. */
const seedsOf = { refit: 1, 'refit-choice': 101 } as const;
const types = ['ensemble', 'lstm', 'logistic'] as const;
const settings: readonly (readonly [string, Readonly<Record<string, Plain>>])[] = [
  ['half_life_bars 200', { half_life_bars: 200 }],
  ['half_life_bars 400', { half_life_bars: 400 }],
  ['train_bars 500', { train_bars: 500 }],
];

const about =
  `Accuracy, in per cent, on bars after the newest of ${BARS} generated hourly ones that a default training was given: of the model as it was ` +
  'judged, and by how many points it changes when the same is refitted on all of them (REFIT=judged). In brackets the standard error over the ' +
  'series. The rule of some series changes within the bars that are learnt from. Below, the ensemble, refitted, with settings that forget what is old.';

const partOf = (name: keyof typeof seedsOf, title: string, more: string): Part => ({
  name,
  title,
  about: `${about} ${more}`,
  run: async (context) => {
    const seeds = Array.from({ length: SERIES_A_TURN * context.turns }, (_, i) => seedsOf[name] + i);
    const { section, ensemble } = await refits(context, seeds);
    return { sections: [section, await recency(context, seeds, ensemble)], versions: {} };
  },
});

export const refitPart = partOf(
  'refit',
  'What a refit on all bars gains',
  'These series had no part in any choice.',
);
export const refitChoicePart = partOf(
  'refit-choice',
  'What a refit gains, on the series that choices were made on',
  'The default of REFIT was chosen by these series.',
);

const regimes = regimesOf(BARS);

/** @returns with the accuracies of the refitted ensemble, by series. */
async function refits(context: PartContext, seeds: readonly number[]) {
  const ensemble = new Map<string, readonly number[]>();
  const lines: string[][] = [];
  for (const { signal } of regimes) {
    const line = [signal.name];
    for (const type of types) {
      const { judged, refitted } = await accuracies(type, signal.name, context, seeds);
      if (type === 'ensemble') ensemble.set(signal.name, refitted);
      line.push(percent(judged), points(refitted.map((value, i) => value - judged[i]!)));
    }
    lines.push(line);
    context.say(line.join('  '));
  }
  const section: Section = {
    title: `${seeds.length} series of each kind, seeds ${seeds[0]!} to ${seeds.at(-1)!}`,
    rows: [],
    grid: [['series', ...types.flatMap((type) => [`${type}, judged`, 'refitted'])], ...lines],
    notes: regimes.map(
      ({ signal, later }) => `${signal.name}: ${signal.about}; asked on ${later} later bars.`,
    ),
  };
  return { section, ensemble };
}

/** Of the refitted ensemble: by how many points settings change its accuracy. */
async function recency(
  context: PartContext,
  seeds: readonly number[],
  defaults: ReadonlyMap<string, readonly number[]>,
): Promise<Section> {
  const lines: string[][] = [];
  for (const { signal } of regimes) {
    const as = defaults.get(signal.name)!;
    const line = [signal.name, percent(as)];
    for (const [, params] of settings) {
      const { refitted } = await accuracies('ensemble', signal.name, context, seeds, params);
      line.push(points(refitted.map((value, i) => value - as[i]!)));
    }
    lines.push(line);
    context.say(line.join('  '));
  }
  return {
    title: 'Weights by recency and a rolling window: the refitted ensemble',
    rows: [],
    grid: [['series', 'defaults', ...settings.map(([name]) => name)], ...lines],
  };
}

async function accuracies(
  type: string,
  name: string,
  { folder }: PartContext,
  seeds: readonly number[],
  params: Readonly<Record<string, Plain>> = {},
): Promise<{ readonly judged: readonly number[]; readonly refitted: readonly number[] }> {
  const job = { type, bars: BARS, name, seeds, params };
  const { values } = await measure('contenders/refit.ts', job, { folder, threads: 1 });
  return { judged: values!['judged']!, refitted: values!['refitted']! };
}

const percent = (values: readonly number[]): string => (100 * mean(values)).toFixed(1);

const points = (changes: readonly number[]): string => {
  const change = 100 * mean(changes);
  const error = changes.length < 2 ? '' : ` (${(100 * standardError(changes)).toFixed(1)})`;
  return `${change >= 0 ? '+' : '−'}${Math.abs(change).toFixed(1)}${error}`;
};
