import { StrategyError } from '../errors.ts';
import type { Plain } from '../strategy.ts';

export type PlainRecord = { readonly [key: string]: Plain };

export const isRecord = (value: Plain | undefined): value is PlainRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

export const damaged = (where: string, what: string): StrategyError =>
  new StrategyError(
    'INVALID_MODEL',
    `rl: ${where} ${what}; the checkpoint is damaged or of another training: delete it and train from the beginning`,
  );

/** @throws StrategyError INVALID_MODEL when it is no whole number from 0 to `most`. */
export function wholeNumber(value: Plain | undefined, where: string, most: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw damaged(where, `is no whole number from 0 to ${most}`);
}
