import { readFileSync } from 'node:fs';

/**
 * Whether this process still runs, as anybody's. False also for a zombie: it holds nothing any more, and in a
 * container whose first process is no init nobody ever reaps it.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, as somebody else's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return process.platform !== 'linux' || !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    // "pid (name) state …", where the name itself may hold parentheses.
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // Reaped since, or /proc hides what is somebody else's.
    return false;
  }
}
