import { StrategyError } from './errors.ts';
import type { Plain } from './strategy.ts';

/** @throws StrategyError INVALID_MODEL naming `where`. */
export function recordOf(plain: Plain | undefined, where: string): { readonly [key: string]: Plain } {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain) || plain instanceof Uint8Array)
    throw invalid(where, 'is missing or no dictionary');
  // Neither null, list nor bytes: of Plain only the dictionary is left, which Array.isArray can't tell of readonly lists.
  return plain as { readonly [key: string]: Plain };
}

/** @throws StrategyError INVALID_MODEL naming `where`. */
export function integerOf(plain: Plain | undefined, min: number, max: number, where: string): number {
  if (typeof plain !== 'number' || !Number.isInteger(plain) || plain < min || plain > max)
    throw invalid(
      where,
      `is ${JSON.stringify(plain)}, expected ${min === max ? min : `a whole number from ${min} to ${max}`}`,
    );
  return plain;
}

export function invalid(where: string, what: string): StrategyError {
  return new StrategyError('INVALID_MODEL', `${where} ${what}; retrain the model or fetch the file again`);
}
