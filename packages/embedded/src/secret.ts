import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The password kept in `folder`, made at the first call. Other users of the machine reach the port as well,
 * and a superuser of the database, or a Redis that may be reconfigured, can write files as us.
 */
export function password(folder: string): string {
  const file = join(folder, 'password');
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
