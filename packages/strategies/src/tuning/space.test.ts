import { describe, expect, test } from '@jest/globals';
import { builtInStrategies, lightgbmSettings, logisticSettings, type ParamSpecs } from '@ml-training/sdk';
import { readParams } from '../params.ts';
import { rungsOf, trainingsOf } from './halving.ts';
import { spaceOf, trialsIn } from './space.ts';

const specs = {
  rate: { kind: 'number', default: 0.01, min: 0, max: 1, tune: { low: 0.001, high: 0.1, log: true } },
  share: { kind: 'number', default: 0.5, min: 0, max: 1, tune: { low: 0.2, high: 0.8 } },
  units: { kind: 'integer', default: 3, min: 1, max: 9, tune: { low: 2, high: 5 } },
  kind: { kind: 'choice', default: 'a', choices: ['a', 'b', 'c'], tune: { choices: ['a', 'c'] } },
  fixed: { kind: 'integer', default: 1, min: 1, max: 9 },
} as const satisfies ParamSpecs;
const now = { rate: 0.01, share: 0.5, units: 3, kind: 'a' };

describe('the trials of a search', () => {
  const space = spaceOf(specs);

  test('begin with the settings in use, and stay the same when more are asked for', () => {
    const twenty = trialsIn(space, now, 20, 7);
    expect(twenty[0]).toBe(now);
    expect(trialsIn(space, now, 50, 7).slice(0, 20)).toEqual(twenty);
    expect(trialsIn(space, now, 20, 8)).not.toEqual(twenty);
  });

  test('are spread over each range, ends and choices included, and over logarithms where it says so', () => {
    const trials = trialsIn(space, now, 1001, 1).slice(1);
    const of = (name: keyof typeof now) => trials.map((one) => one[name] as number);
    const share = (values: readonly unknown[], of: (value: never) => boolean): number =>
      values.filter((value) => of(value as never)).length / values.length;
    for (const v of of('rate')) expect(v >= 0.001 && v <= 0.1).toBe(true);
    for (const v of of('share')) expect(v >= 0.2 && v <= 0.8).toBe(true);
    // Half of them lie below the middle: of a rate the geometric one.
    expect(share(of('rate'), (v: number) => v < 0.01)).toBeCloseTo(0.5, 1);
    expect(share(of('share'), (v: number) => v < 0.5)).toBeCloseTo(0.5, 1);
    for (const units of [2, 3, 4, 5])
      expect(share(of('units'), (v: number) => v === units)).toBeCloseTo(0.25, 1);
    expect([...new Set(trials.map(({ kind }) => kind))].toSorted()).toEqual(['a', 'c']);
  });

  test('are each another one, and no more than there are', () => {
    const [, , units, kind] = space;
    const few = trialsIn([units!, kind!], { units: 3, kind: 'a' }, 50, 1);
    expect(new Set(few.map((one) => JSON.stringify([one['units'], one['kind']]))).size).toBe(8);
    expect(few).toHaveLength(8);
    expect(trialsIn([], {}, 50, 1)).toEqual([{}]);
  });

  test('leave alone what has no range, and what somebody has fixed', () => {
    expect(spaceOf(specs).map(({ name }) => name)).toEqual(['rate', 'share', 'units', 'kind']);
    expect(spaceOf(specs, ['rate', 'kind']).map(({ name }) => name)).toEqual(['share', 'units']);
  });
});

test.each([
  ...builtInStrategies.map(({ type, settings }) => [type, settings] as const),
  ['lightgbm', lightgbmSettings] as const,
  ['logistic', logisticSettings] as const,
])('whatever a search of %s tries can be set, and is nothing that it is judged by', (type, settings) => {
  const space = spaceOf(settings);
  expect(space.length).toBeGreaterThan(0);
  const all: ParamSpecs = settings;
  const defaults = Object.fromEntries(space.map(({ name }) => [name, all[name]!.default as number]));
  for (const values of trialsIn(space, defaults, 200, 1)) readParams(settings, values, type);
  for (const name of [
    'horizon',
    'holdout_share',
    'embargo_share',
    'cost_bps',
    'validation_share',
    'features',
  ])
    expect(space.map((one) => one.name)).not.toContain(name);
});

test.each([
  [19, 4, ['19×1', '10×2', '5×4'], 43],
  [1, 4, ['1×1', '1×2', '1×4'], 8],
  [3, 4, ['3×1', '2×2', '2×4'], 13],
  [8, 1, ['8×1'], 9],
  [8, 5, ['8×1', '4×2', '2×4', '2×5'], 23],
  [0, 2, ['0×1', '0×2'], 2],
])('%i trials on %i folds are halved as %j, %i trainings', (trials, folds, expected, trainings) => {
  const rungs = rungsOf(trials, folds);
  expect(rungs.map((rung) => `${rung.trials}×${rung.folds}`)).toEqual(expected);
  expect(trainingsOf(rungs)).toBe(trainings);
});
