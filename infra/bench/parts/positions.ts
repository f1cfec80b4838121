import type { Part, PartContext } from '../harness/part.ts';
import { LATER, SERIES_A_TURN, mean, standardError } from '../harness/power-runs.ts';
import { measure } from '../harness/run.ts';
import { signals } from '../harness/signals.ts';

const names = ['AR(1)', 'volume shock', 'two-state regime', 'random walk'] as const;
const sizes = [1_000, 5_000] as const;
/** Basis points a unit. */
const costs = [0, 1, 5] as const;
/** The agent takes many times as long: it is trained on the first of the series only, one of so many. */
const SERIES_OF_RL = 2;
/** Of the series that had no part in any choice. */
const FIRST_SEED = 1;

type Values = Readonly<Record<string, readonly number[]>>;

export const positionsPart: Part = {
  name: 'positions',
  title: 'Positions: what they earn after costs',
  about:
    'Net basis points a bar on 4,000 later bars of generated hourly series (a bar moves by 50), by models of default jobs, at costs of 0, 1 and 5 ' +
    'basis points for each unit that the position changes by. "threshold" is `position_rule: threshold` with the default `band`, "expected" the default rule. ' +
    '"Cost threshold" is what a quant would try first: the learner logistic, long or short where (2p − 1) · mean size of a return is above the cost, else flat. ' +
    '"Best possible" is the rule "expected" of who knows the probability. In brackets the standard error over the series; gains are of the same series. rl is trained on half of them, the first ones.',
  run: async (context) => {
    const seeds = Array.from({ length: SERIES_A_TURN * context.turns }, (_, i) => FIRST_SEED + i);
    const seedsOfRl = seeds.slice(0, seeds.length / SERIES_OF_RL);
    const lines: string[][] = [];
    const gains: string[][] = [];
    for (const name of names)
      for (const bars of sizes) {
        const earned = (type: string): Promise<Values> =>
          earnedBy(type, { name, bars }, context, type === 'rl' ? seedsOfRl : seeds);
        const [ensemble, logistic, rl] = [
          await earned('ensemble'),
          await earned('logistic'),
          await earned('rl'),
        ];
        for (const cost of costs) {
          const of = (values: Values, rule: string): readonly number[] => values[`${rule} ${cost}`]!;
          const [threshold, expected] = [of(ensemble, 'threshold'), of(ensemble, 'expected_return')];
          const head = [name, bars.toLocaleString('en'), String(cost)];
          const quant = of(logistic, 'cost threshold');
          const columns = [threshold, expected, quant, of(logistic, 'expected_return'), of(rl, 'own')];
          lines.push([...head, ...columns.map(shown), mean(of(ensemble, 'best possible')).toFixed(2)]);
          gains.push([
            ...head,
            shown(less(expected, threshold)),
            shown(less(expected, quant)),
            shown(less(of(rl, 'own'), quant)),
          ]);
          context.say(lines.at(-1)!.join('  '));
        }
      }
    const series = `${seeds.length} series of each kind, seeds ${seeds[0]!} to ${seeds.at(-1)!}`;
    const head = ['series', 'bars', 'cost'];
    const rules = [
      'ensemble, threshold',
      'ensemble, expected',
      'logistic, cost threshold',
      'logistic, expected',
    ];
    const notes = names.map((name) => `${name}: ${signals.find((one) => one.name === name)!.about}.`);
    return {
      sections: [
        { title: series, rows: [], grid: [[...head, ...rules, 'rl', 'best possible'], ...lines], notes },
        {
          title: 'Gains, series by series',
          rows: [],
          grid: [
            [
              ...head,
              'ensemble: expected less threshold',
              'ensemble, expected, less cost threshold',
              'rl less cost threshold',
            ],
            ...gains,
          ],
        },
      ],
      versions: {},
    };
  },
};

async function earnedBy(
  type: string,
  of: { readonly name: string; readonly bars: number },
  { folder }: PartContext,
  seeds: readonly number[],
): Promise<Values> {
  const all: Record<string, number[]> = {};
  // A process at a time mustn't take longer than a measurement may.
  for (let at = 0; at < seeds.length; at += SERIES_A_TURN) {
    const some = seeds.slice(at, at + SERIES_A_TURN);
    const job = { type, of, seeds: some, later: LATER, costs };
    const { values } = await measure('contenders/positions.ts', job, { folder, threads: 1 });
    for (const [name, found] of Object.entries(values!)) all[name] = [...(all[name] ?? []), ...found];
  }
  return all;
}

const less = (ours: readonly number[], theirs: readonly number[]): number[] =>
  ours.map((value, i) => value - theirs[i]!);

/** `1.26 (0.26)` */
const shown = (values: readonly number[]): string =>
  values.length < 2
    ? mean(values).toFixed(2)
    : `${mean(values).toFixed(2)} (${standardError(values).toFixed(2)})`;
