import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fleetFile, localFleet, type LocalFleet } from '../settings.ts';

/**
 * Makes this process the one that runs a fleet in this checkout: two would share its servers' data.
 * @throws Error naming the process that does so already
 */
export function claimCheckout(file = fleetFile): void {
  if (localFleet(file) === null) rmSync(file, { force: true });
  if (!link(write(file, { pid: process.pid }), file))
    throw new Error(
      `A fleet runs in this checkout already (process ${localFleet(file)?.pid ?? 'unknown'}); "npm run -s ml -- train" asks it for a training.`,
    );
}

/** Gives the draft its name unless that is taken: of two at once one wins. */
function link(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/** Tells other commands where the servers are. */
export function noteServers(servers: Omit<LocalFleet, 'pid'>): void {
  renameSync(write(fleetFile, { pid: process.pid, ...servers }), fleetFile);
}

export function releaseCheckout(): void {
  rmSync(fleetFile, { force: true });
}

/** A draft, so that nobody reads half of it. Addresses with passwords: for this user's eyes only. */
function write(file: string, fleet: LocalFleet): string {
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(fleet), { mode: 0o600 });
  return draft;
}
