import type { ErrorCode } from './errors.ts';

/**
 * What the operating system, Node and postgres.js say of a server that can't be reached, or of a connection
 * that is lost.
 */
const connection = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
]);
/**
 * A server that refuses work for now, by SQLSTATE: lost connections, no resources, operators, its disk;
 * read-only; locks.
 */
const sqlState = /^(08|53|57|58)[0-9A-Z]{3}$|^(25006|40001|40P01|55P03)$/;

const resources = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);
const full = new Set(['ENOSPC', 'EDQUOT']);
const storage = new Set(['EIO', 'EROFS', 'ESTALE', 'ENOTCONN', 'ENXIO']);

/**
 * An error that says nothing of the job it hit: the same may succeed as soon as what the fleet runs on is
 * well again.
 */
export interface Trouble {
  readonly code: ErrorCode;
  /** What is to be had again, in words. */
  readonly lacks: string;
}

/** Of which infrastructure an error tells, itself or as the cause of it; null for any other. */
export function infrastructureTrouble(error: unknown): Trouble | null {
  for (let at = error, depth = 0; isObject(at) && depth < 10; at = at['cause'], depth++) {
    const trouble = typeof at['code'] === 'string' ? troubleOf(at['code']) : null;
    if (trouble !== null) return trouble;
  }
  return null;
}

function troubleOf(code: string): Trouble | null {
  if (connection.has(code) || sqlState.test(code))
    return { code: 'DATABASE_UNAVAILABLE', lacks: 'the database (DATABASE_URL) did not do its part' };
  if (full.has(code)) return { code: 'DISK_FULL', lacks: 'there was no room on a disk' };
  if (resources.has(code))
    return {
      code: 'OUT_OF_RESOURCES',
      lacks: 'the machine or container is at a limit (processes, open files, memory)',
    };
  if (storage.has(code)) return { code: 'STORAGE_FAILED', lacks: 'a file system failed or is read-only' };
  return null;
}

// By shape and not by class: errors of another realm, and of postgres.js, are none of this one's classes.
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
