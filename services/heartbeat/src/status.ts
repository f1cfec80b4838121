import { inWords, roles, type Beat, type Role, type Trouble } from '@ml-training/core';

/** What `GET service:ml_training:heartbeat` shows. */
export interface Heartbeat {
  /** healthy; degraded: a role is missing; down: nothing can be trained. */
  readonly status: 'healthy' | 'degraded' | 'down';
  readonly timestamp: string;
  /** What is wrong, in words; empty when healthy. */
  readonly problems: readonly string[];
  readonly roles: Readonly<Record<Role, { readonly instances: number; readonly last_beat: string | null }>>;
}

/**
 * The fleet's state from who has beaten lately and what is wrong with the servers. Without a trainer, or a server of use,
 * nothing is trained; without the others training goes on, unscheduled or unseen.
 */
export function fleetStatus(beats: readonly Beat[], troubles: readonly Trouble[], now: Date): Heartbeat {
  const entries = roles.map((role) => {
    const ages = beats.filter((beat) => beat.role === role).map((beat) => beat.age);
    const last = ages.length === 0 ? null : new Date(now.getTime() - 1000 * Math.min(...ages)).toISOString();
    return [role, { instances: ages.length, last_beat: last }] as const;
  });
  // One entry a role, straight from the list of roles.
  const byRole = Object.fromEntries(entries) as Heartbeat['roles'];
  const missing = roles.filter((role) => byRole[role].instances === 0);
  const problems = missing.map((role) => `no ${role} is running`);
  // Why a server doesn't answer changes from look to look.
  problems.unshift(...troubles.map((one) => (one.kind === 'silent' ? one.what : inWords(one))));
  const down = troubles.some(({ kind }) => kind !== 'full') || missing.includes('trainer');
  return {
    status: down ? 'down' : problems.length > 0 ? 'degraded' : 'healthy',
    timestamp: now.toISOString(),
    problems,
    roles: byRole,
  };
}
