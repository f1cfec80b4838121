import { StrategyError } from './errors.ts';
import type { Plain } from './strategy.ts';

/**
 * A dictionary out of a stored state, which may hold anything.
 * @param where names the value in messages, e.g. `model_state.lstm`.
 * @throws StrategyError INVALID_MODEL
 */
export function recordOf(plain: Plain | undefined, where: string): { readonly [key: string]: Plain } {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain) || plain instanceof Uint8Array)
    throw invalid(where, 'is missing or no dictionary');
  // Of Plain only the dictionary is left; Array.isArray can't tell the compiler so of readonly lists.
  return plain as { readonly [key: string]: Plain };
}

/** @throws StrategyError INVALID_MODEL when it is no whole number from `min` to `max`. */
export function integerOf(plain: Plain | undefined, min: number, max: number, where: string): number {
  if (typeof plain !== 'number' || !Number.isInteger(plain) || plain < min || plain > max)
    throw invalid(
      where,
      `is ${JSON.stringify(plain)}, expected ${min === max ? min : `a whole number from ${min} to ${max}`}`,
    );
  return plain;
}

export function invalid(where: string, what: string): StrategyError {
  return new StrategyError(
    'INVALID_MODEL',
    `${where} ${what}; the file is damaged or of another version: retrain the model or fetch the file again`,
  );
}
