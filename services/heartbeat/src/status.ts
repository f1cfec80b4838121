import { inWords, roles, type Beat, type Role, type Trouble } from '@ml-training/core';
import { nothingOdd, type LastTrainings } from './last-trainings.ts';

export const statuses = ['healthy', 'degraded', 'down'] as const;

/** What `GET service:ml_training:heartbeat` shows. */
export interface Heartbeat {
  /**
   * healthy; degraded: a role is missing, a pair's last training failed, or jobs wait for the infrastructure;
   * down: nothing can be trained.
   */
  readonly status: (typeof statuses)[number];
  readonly timestamp: string;
  /**
   * What is wrong, in words. Symbols that the last ensemble left out are told of here, and alone leave the
   * fleet healthy.
   */
  readonly problems: readonly string[];
  readonly roles: Readonly<Record<Role, { readonly instances: number; readonly last_beat: string | null }>>;
}

/** A fleet without the page is as healthy as any; only nobody looks at it. */
const needed = roles.filter((role) => role !== 'dashboard');

interface Known {
  /** Seconds since the last beat of roles of which nobody may live any more. */
  readonly lastSeen?: ReadonlyMap<Role, number>;
  readonly trainings?: LastTrainings;
  /** What keeps processes from starting, or from taking jobs, in words. */
  readonly obstacles?: readonly string[];
  /** Whether it is all right that no trainer runs. */
  readonly trainersMayBeAway?: boolean;
}

/**
 * The fleet's state from who has beaten lately, what is wrong with the servers, and what the last trainings
 * came to. Without a trainer, or a server of use, nothing is trained; without the others training goes on,
 * unscheduled or unseen.
 */
export function fleetStatus(
  beats: readonly Beat[],
  troubles: readonly Trouble[],
  now: Date,
  { lastSeen = new Map(), trainings = nothingOdd, obstacles = [], trainersMayBeAway = false }: Known = {},
): Heartbeat {
  const entries = roles.map((role) => {
    const ages = beats.filter((beat) => beat.role === role).map((beat) => beat.age);
    const age = Math.min(...ages, lastSeen.get(role) ?? Infinity);
    const last = age === Infinity ? null : new Date(now.getTime() - 1000 * age).toISOString();
    return [role, { instances: ages.length, last_beat: last }] as const;
  });
  // One entry a role, straight from the list of roles.
  const byRole = Object.fromEntries(entries) as Heartbeat['roles'];
  const missing = needed.filter(
    (role) => byRole[role].instances === 0 && !(role === 'trainer' && trainersMayBeAway),
  );
  const problems = [...missing.map((role) => `no ${role} is running`), ...obstacles];
  // Why a server doesn't answer changes from look to look.
  problems.unshift(...troubles.map((one) => (one.kind === 'silent' ? one.what : inWords(one))));
  if (trainings.failed !== '') problems.push(`the last training failed: ${trainings.failed}`);
  if (trainings.postponed !== '')
    problems.push(`jobs wait, no attempt is counted, see "ml jobs --status queued": ${trainings.postponed}`);
  const degraded = problems.length > 0;
  for (const [strategy, symbols] of Object.entries(trainings.leftOut))
    problems.push(`left out of the ${strategy}: ${symbols}`);
  const down = troubles.some(({ kind }) => kind !== 'full') || missing.includes('trainer');
  return {
    status: down ? 'down' : degraded ? 'degraded' : 'healthy',
    timestamp: now.toISOString(),
    problems,
    roles: byRole,
  };
}
