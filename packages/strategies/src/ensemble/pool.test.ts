import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { fitPool, logit, poolProbabilities } from './pool.ts';

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const free = { prior: [0, 0, 0], l2: 0 };

/** Log odds of two sources that know different things, one that knows nothing, and labels of their sum. */
function sources(rows: number, seed: number) {
  const random = createRandom(seed);
  const draw = (size: number): Float64Array =>
    Float64Array.from({ length: rows }, () => size * random.normal());
  const [first, second, noise] = [draw(0.6), draw(0.6), draw(0.6)];
  const labels = Uint8Array.from(first, (z, i) => Number(random.next() < sigmoid(z + second[i]! + 0.2)));
  return { members: [first, second, noise].map((z) => z.map(sigmoid)), labels };
}

/** The objective by its definition. */
function objective(
  members: readonly Float64Array[],
  labels: Uint8Array,
  { prior, intercept: centre = 0, l2 }: { prior: readonly number[]; intercept?: number; l2: number },
  point: readonly number[],
): number {
  const intercept = point.at(-1)!;
  let sum = (l2 / 2) * [...prior, centre].reduce((all, p, k) => all + (point[k]! - p) ** 2, 0);
  labels.forEach((label, i) => {
    const z = members.reduce((all, p, k) => all + point[k]! * Math.log(p[i]! / (1 - p[i]!)), intercept);
    sum -= Math.log(label === 1 ? sigmoid(z) : 1 - sigmoid(z));
  });
  return sum;
}

describe('the pool of log odds', () => {
  test.each([
    ['free', free],
    ['with a prior', { prior: [0, 0, 1], l2: 50 }],
    ['with a prior of the intercept as well', { prior: [0, 1, 0], intercept: -1, l2: 200 }],
  ])('ends where no direction that is allowed leads further down, %s', (_, how) => {
    const { members, labels } = sources(1500, 1);
    const { weights, intercept } = fitPool(members, labels, how);
    const point = [...weights, intercept];
    const least = objective(members, labels, how, point);
    point.forEach((value, k) => {
      for (const move of [1e-3, -1e-3]) {
        if (k < members.length && value + move < 0) continue;
        const moved = point.map((v, i) => (i === k ? v + move : v));
        expect(objective(members, labels, how, moved)).toBeGreaterThan(least);
      }
    });
  });

  test('adds what two members know, and takes none that knows nothing or the opposite', () => {
    const { members, labels } = sources(20_000, 2);
    const { weights, intercept } = fitPool(members, labels, free);
    // Standard errors are near 0.03.
    expect(weights[0]).toBeCloseTo(1, 0);
    expect(Math.abs(weights[0]! - 1)).toBeLessThan(0.12);
    expect(Math.abs(weights[1]! - 1)).toBeLessThan(0.12);
    expect(weights[2]).toBeLessThan(0.1);
    expect(Math.abs(intercept - 0.2)).toBeLessThan(0.1);
    const opposite = members[0]!.map((p) => 1 - p);
    expect(fitPool([members[0]!, opposite], labels, { prior: [0, 0], l2: 1 }).weights[1]).toBe(0);
  });

  test('is the prior where there are no rows, and close to it where there are few', () => {
    const prior = [0, 0.25, 1];
    const empty = [1, 2, 3].map(() => new Float64Array(0));
    const none = fitPool(empty, new Uint8Array(0), { prior, intercept: 0.5, l2: 10 });
    expect([...none.weights, none.intercept]).toEqual([...prior, 0.5]);
    const { members, labels } = sources(10, 3);
    const few = fitPool(members, labels, { prior, l2: 10 });
    prior.forEach((p, k) => expect(Math.abs(few.weights[k]! - p)).toBeLessThan(0.3));
  });

  test('flattens members that are too sure, and sharpens those that are not sure enough', () => {
    const { members, labels } = sources(5000, 4);
    const raised = (power: number): number => {
      const given = members.slice(0, 1).map((p) => p.map((v) => sigmoid(power * logit(v))));
      return fitPool(given, labels, { prior: [1], l2: 0 }).weights[0]!;
    };
    expect(raised(3)).toBeCloseTo(raised(1) / 3, 3);
    expect(raised(0.5)).toBeCloseTo(raised(1) * 2, 3);
  });

  test('copes with members that are sure and wrong, say one half, are twins, or labels all alike', () => {
    const { members, labels } = sources(300, 5);
    const wrong = Float64Array.from(labels, (label) => 1 - label);
    const half = new Float64Array(300).fill(0.5);
    for (const given of [
      [wrong, members[0]!],
      [half, half],
      [members[0]!, members[0]!],
      [wrong, half],
    ])
      for (const told of [labels, new Uint8Array(300), new Uint8Array(300).fill(1)]) {
        const { weights, intercept } = fitPool(given, told, { prior: [0, 1], l2: 10 });
        expect([...weights, intercept].every(Number.isFinite)).toBe(true);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
        const said = poolProbabilities(given, weights, { slope: 1, intercept });
        expect(said.every((p) => p >= 0 && p <= 1)).toBe(true);
      }
    expect(fitPool([wrong, members[0]!], labels, { prior: [0, 1], l2: 10 }).weights[0]).toBe(0);
    const twins = fitPool([members[0]!, members[0]!], labels, { prior: [0, 0], l2: 10 }).weights;
    expect(twins[0]).toBeCloseTo(twins[1]!, 6);
  });
});

test('poolProbabilities are the log odds added up, by slope and intercept', () => {
  const [a, b] = [Float64Array.of(0.2, 0.9), Float64Array.of(0.6, 0.5)];
  const said = poolProbabilities([a, b], Float64Array.of(0.75, 0.25), { slope: 2, intercept: 0.1 });
  const odds = (p: number): number => Math.log(p / (1 - p));
  [0, 1].forEach((i) =>
    expect(said[i]).toBeCloseTo(sigmoid(0.1 + 2 * (0.75 * odds(a[i]!) + 0.25 * odds(b[i]!))), 12),
  );
});
