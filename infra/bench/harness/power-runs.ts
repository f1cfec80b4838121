// Models of many generated series, and how their scores are shown.
import type { Plain } from '@ml-training/strategies';
import type { PartContext } from './part.ts';
import type { PowerCase } from './power-cases.ts';
import { measure } from './run.ts';

/** Bars after those that are learnt from, on which the models are compared. */
export const LATER = 4_000;
/** Series of each kind, for every turn. */
export const SERIES_A_TURN = 4;

/** Scores of a strategy's models on later bars, one a series. */
export async function trainedValues(
  type: string,
  of: PowerCase,
  { folder }: PartContext,
  seeds: readonly number[],
  params: Readonly<Record<string, Plain>> = {},
): Promise<Readonly<Record<string, readonly number[]>>> {
  const job = { type, of, seeds, later: LATER, params };
  return (await measure('contenders/power.ts', job, { folder, threads: 1 })).values!;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, v) => sum + v, 0) / values.length;

export function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const variance = values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
}

/** `.538 (.003)` */
export function shown(values: readonly number[], digits = 3): string {
  const text = (v: number): string => v.toFixed(digits).replace(/^(-?)0\./, '$1.');
  return values.length < 2 ? text(mean(values)) : `${text(mean(values))} (${text(standardError(values))})`;
}
