import { StrategyError } from '../errors.ts';
import type { Plain } from '../strategy.ts';

export function invalid(where: string, what: string): StrategyError {
  return new StrategyError(
    'INVALID_MODEL',
    `${where} ${what}; the model file is damaged or of another version`,
  );
}

/** @throws StrategyError INVALID_MODEL unless `value` is a dictionary. */
export function asRecord(value: Plain | undefined, where: string): { readonly [key: string]: Plain } {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw invalid(where, 'is no dictionary');
  // Arrays and bytes are excluded above, which Array.isArray can't tell the compiler of readonly arrays.
  return value as { readonly [key: string]: Plain };
}
