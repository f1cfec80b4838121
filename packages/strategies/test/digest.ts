import { createHash } from 'node:crypto';
import type { Plain } from '../src/strategy.ts';

/** SHA-256 over everything in a plain value, names, order and bytes included. */
export function digest(value: Plain): string {
  const bytesAsHex = (_: string, part: unknown): unknown =>
    part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part;
  return createHash('sha256').update(JSON.stringify(value, bytesAsHex)).digest('hex');
}
