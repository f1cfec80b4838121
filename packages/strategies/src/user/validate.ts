// How parts of the user's file are looked at, and what is thrown of one that is wrong.

/** Something in the default export that is not as it must be. */
export class DeclarationError extends Error {}

export type Unknown = Readonly<Record<string, unknown>>;

/** @throws DeclarationError */
export function recordOf(value: unknown, what: string): Unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    throw new DeclarationError(`${what} is ${shown(value)}: give an object, { name: … }`);
  return value as Unknown;
}

/** Any value as a message can show it. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `a ${value.constructor.name}`;
  if (typeof value === 'string') return JSON.stringify(value);
  const plain = typeof value === 'number' || typeof value === 'boolean' || value === null;
  return plain ? String(value) : `a ${typeof value}`;
}

/** In bars, of features and of volatility. */
export const maxWindow = 10_000;

/** @throws DeclarationError */
export function wholeNumber(value: unknown, what: string, max: number, meaning: string, min = 1): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
    throw new DeclarationError(
      `${what} is ${shown(value)}: give a whole number from ${min} to ${max}${meaning}`,
    );
  return value as number;
}
