// What a search of settings tries: ranges that the settings declare, and points spread over them.
import type { ParamSpec, ParamSpecs, TuneRange } from '@ml-training/sdk';
import { createRandom } from '../random.ts';

type Value = number | string | boolean;
export type Values = Readonly<Record<string, Value>>;

/** A setting that is searched. */
export interface Dimension {
  readonly name: string;
  readonly kind: ParamSpec['kind'];
  readonly tune: TuneRange | { readonly choices: readonly Value[] };
}

/**
 * The settings that a search may change: those with `tune`, save what somebody has fixed.
 * @param fixed names that TRAINING_PARAMS sets
 */
export const spaceOf = (specs: ParamSpecs, fixed: readonly string[] = []): readonly Dimension[] =>
  Object.entries(specs).flatMap(([name, { kind, tune }]) =>
    tune === undefined || fixed.includes(name) ? [] : [{ name, kind, tune }],
  );

/**
 * The settings of each trial. The first is what is used now; the others are spread evenly over the space, by
 * Roberts' additive sequence from a start that the seed gives ("The unreasonable effectiveness of
 * quasirandom sequences", 2018): no two fall together, in any number of dimensions, and more trials begin
 * with the same ones, so that a search can be made longer. What was tried already is not tried again; fewer
 * trials come back where the space has no more.
 * @param now the value of each dimension that is used without a search
 */
export function trialsIn(space: readonly Dimension[], now: Values, count: number, seed: number): Values[] {
  const trials = [now];
  const seen = new Set([keyOf(space, now)]);
  if (space.length === 0) return trials;
  const random = createRandom(seed).fork('tuning');
  const start = space.map(() => random.next());
  const step = stepsOf(space.length);
  // Of a space of a few choices all have come long before.
  for (let n = 1; trials.length < count && n <= 50 * count; n++) {
    const values = Object.fromEntries(
      space.map((dimension, d) => [dimension.name, valueAt(dimension, (start[d]! + n * step[d]!) % 1)]),
    );
    const key = keyOf(space, values);
    if (seen.has(key)) continue;
    seen.add(key);
    trials.push(values);
  }
  return trials;
}

const keyOf = (space: readonly Dimension[], values: Values): string =>
  JSON.stringify(space.map(({ name }) => values[name]));

/** 1/φ, 1/φ² … of the φ above 1 with φ^(d+1) = φ + 1: the golden ratio of d dimensions. */
function stepsOf(dimensions: number): number[] {
  let phi = 1.5;
  for (let i = 0; i < 50; i++) phi = (1 + phi) ** (1 / (dimensions + 1));
  return Array.from({ length: dimensions }, (_, d) => phi ** -(d + 1));
}

/** @param u from 0 to below 1 */
function valueAt({ kind, tune }: Dimension, u: number): Value {
  if ('choices' in tune) return tune.choices[Math.floor(u * tune.choices.length)]!;
  const { low, high, log = false } = tune;
  // Each whole number has a piece of the range of its own, the ends too.
  if (kind === 'integer' && !log) return low + Math.floor(u * (high - low + 1));
  const value = log ? low * (high / low) ** u : low + u * (high - low);
  if (kind === 'integer') return Math.round(value);
  return Math.min(high, Math.max(low, Number(value.toPrecision(3))));
}
