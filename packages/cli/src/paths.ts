import path from 'node:path';

/** The checkout. */
export const root = path.resolve(import.meta.dirname, '../../..');

/** What set-up and a local fleet keep there; git-ignored. */
export const runtimeDir = path.join(root, '.runtime');

export const inRoot = (...parts: string[]): string => path.join(root, ...parts);
