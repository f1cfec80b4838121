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
