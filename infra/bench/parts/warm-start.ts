import type { Part, PartContext } from '../harness/part.ts';
import { mean, SERIES_A_TURN, shown } from '../harness/power-runs.ts';
import { measure } from '../harness/run.ts';
import { turnedRule } from '../harness/signals.ts';

const types = ['ensemble', 'lstm'] as const;
/** Series, and new bars from one training to the next: a day's, or so many that the turn passes through all parts. */
const chains = [
  { signal: 'AR(1)', step: 24 },
  { signal: turnedRule.name, step: 100 },
  { signal: 'random walk', step: 24 },
] as const;
const BARS = 1_000;
const RETRAINS = 6;
const LATER = 200;

export const warmStartPart: Part = {
  name: 'warm-start',
  title: 'Warm starts against training from scratch',
  about:
    `A chain of ${RETRAINS} retrains on the newest ${BARS.toLocaleString('en')} bars of a generated series, by the default settings of the strategy: warm, ` +
    'each from the model before it, and from scratch. Both begin with the same model and are asked for the same ' +
    `${LATER} bars after each training. Differences are warm less from scratch: a log loss above 0 speaks against warm starts, an ` +
    'accuracy above 0 for them. In brackets the standard error over the series. Processor time is that of one training, judging included.',
  run: async (context) => {
    const seeds = Array.from({ length: SERIES_A_TURN * context.turns }, (_, i) => 1 + i);
    const grid = [head];
    for (const type of types)
      for (const { signal, step } of chains) {
        grid.push(await chain({ type, signal, step }, context, seeds));
        context.say(grid.at(-1)!.join('  '));
      }
    const title = `${seeds.length} series of each kind, seeds ${seeds[0]!} to ${seeds.at(-1)!}`;
    const notes = [
      `${turnedRule.name}: ${turnedRule.about}. The first training's newest learnt rows are there.`,
    ];
    return { sections: [{ title, rows: [], grid, notes }], versions: {} };
  },
};

const head = [
  'strategy',
  'series',
  'new bars',
  'log loss from scratch',
  'difference, warm',
  'accuracy from scratch',
  'difference, warm',
  'processor time (s)',
  'warm (s)',
];

async function chain(
  of: { readonly type: string; readonly signal: string; readonly step: number },
  { folder }: PartContext,
  seeds: readonly number[],
): Promise<string[]> {
  const job = { ...of, seeds, bars: BARS, retrains: RETRAINS, later: LATER, params: {} };
  const told = (await measure('contenders/warm-start.ts', job, { folder, threads: 1 })).values!;
  const difference = (score: string): number[] =>
    told[`warm ${score}`]!.map((value, i) => value - told[`scratch ${score}`]![i]!);
  return [
    of.type,
    of.signal,
    String(of.step),
    mean(told['scratch loss']!).toFixed(4),
    shown(difference('loss'), 4),
    shown(told['scratch accuracy']!),
    shown(difference('accuracy')),
    mean(told['scratch cpu']!).toFixed(2),
    mean(told['warm cpu']!).toFixed(2),
  ];
}
