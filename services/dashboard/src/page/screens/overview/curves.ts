import type { Trainers } from '../../../schemas/trainers.ts';

// What events add to what was asked for; pure.

type Item = Trainers['items'][number];
type Job = NonNullable<Item['job']>;
export type Curve = Job['curves'][number];

export interface Point {
  readonly job_id: string;
  readonly name: string;
  readonly step: number;
  readonly value: number;
}

/** A picture is no wider. */
const maxPoints = 300;

/**
 * Curves with points that came since; a step that is written again, as by a new attempt, takes the newer
 * value and ends the curve there.
 */
export function withPoints(curves: readonly Curve[], points: readonly Omit<Point, 'job_id'>[]): Curve[] {
  const byName = new Map(curves.map((curve) => [curve.name, curve]));
  for (const [name, own] of Map.groupBy(points, (point) => point.name)) {
    const before = byName.get(name) ?? { name, steps: [], values: [] };
    const first = Math.min(...own.map(({ step }) => step));
    const kept = before.steps.findIndex((step) => step >= first);
    const upTo = kept === -1 ? before.steps.length : kept;
    byName.set(name, {
      name,
      steps: [...before.steps.slice(0, upTo), ...own.map(({ step }) => step)].slice(-maxPoints),
      values: [...before.values.slice(0, upTo), ...own.map(({ value }) => value)].slice(-maxPoints),
    });
  }
  return [...byName.values()];
}

const maxCurves = 4;

/** The curves that a small picture shows: losses where there are any, else rewards, else the first. */
export function mainCurves(curves: readonly Curve[]): Curve[] {
  const of = (words: RegExp): Curve[] => curves.filter(({ name }) => words.test(name));
  const found = [of(/loss/), of(/reward|return/), curves].find((some) => some.length > 0) ?? [];
  return found.slice(0, maxCurves);
}

/** Curves side by side over the steps that any of them has; null where one has none. */
export function aligned(curves: readonly Curve[]): { steps: number[]; values: (number | null)[][] } {
  const steps = [...new Set(curves.flatMap((curve) => curve.steps))].sort((a, b) => a - b);
  const values = curves.map((curve) => {
    const at = new Map(curve.steps.map((step, i) => [step, curve.values[i]!]));
    return steps.map((step) => at.get(step) ?? null);
  });
  return { steps, values };
}
