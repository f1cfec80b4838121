import { constants, getPriority, setPriority } from 'node:os';

/**
 * Training takes every core there is; leases, health checks and the servers on this machine come first. The
 * priority is only ever lowered: whoever has started us under `nice` meant it, and only root may go back up.
 */
export function lowerPriority(): void {
  const wanted = constants.priority.PRIORITY_BELOW_NORMAL;
  try {
    // A higher number is a lower priority.
    if (getPriority() < wanted) setPriority(wanted);
  } catch {
    // A training as important as everything else is still a training.
  }
}
