import { keys } from '../queue/keys.ts';
import type { Redis } from '../redis/connect.ts';
import { reply } from '../redis/script.ts';
import { liveInstances, roles, type Role } from './beat.ts';

/** Whose trouble is told: a role's, or that of what compose runs before them all. */
export type Troubled = Role | 'prepare';
const all: readonly Troubled[] = [...roles, 'prepare'];

/** As long as the heartbeat's key lives; whoever is still in trouble says so again before. */
const forgottenSeconds = 90;

/**
 * Says in Redis why a role can't start, for the heartbeat to show. Where no heartbeat service lives, which
 * may be in the same trouble, the operator's key says so at once.
 */
export async function noteObstacle(redis: Redis, who: Troubled, reason: string): Promise<void> {
  await reply(redis.set(keys.obstacle(who), reason, 'EX', forgottenSeconds), 'SET');
  const beats = await liveInstances(redis);
  if (beats.some((beat) => beat.role === 'heartbeat')) return;
  const down = {
    status: 'down',
    timestamp: new Date().toISOString(),
    problems: [inWords(who, reason)],
    roles: Object.fromEntries(roles.map((name) => [name, { instances: 0, last_beat: null }])),
  };
  await reply(redis.set(keys.heartbeat, JSON.stringify(down), 'EX', forgottenSeconds), 'SET');
}

/**
 * A role has started: what one of its processes said before is over. Another that is in trouble still will
 * say it again.
 */
export async function forgetObstacle(redis: Redis, role: Role): Promise<void> {
  await reply(redis.del(keys.obstacle(role)), 'DEL');
}

/** Says why a trainer that runs takes no job, for the heartbeat to show: again and again while that lasts. */
export async function notePause(redis: Redis, reason: string): Promise<void> {
  await reply(redis.set(pauseKey, reason, 'EX', forgottenSeconds), 'SET');
}

/** A trainer takes jobs again. Another that does not yet will say so again. */
export async function forgetPause(redis: Redis): Promise<void> {
  await reply(redis.del(pauseKey), 'DEL');
}

const pauseKey = keys.obstacle('jobs');

/** What keeps roles from starting, or trainers from taking jobs, in words. */
export async function notedObstacles(redis: Redis): Promise<string[]> {
  const reasons = await reply(redis.mget(pauseKey, ...all.map((who) => keys.obstacle(who))), 'MGET');
  const say = [pausedInWords, ...all.map((who) => (reason: string) => inWords(who, reason))];
  return say.flatMap((words, i) => {
    const reason = reasons[i];
    return typeof reason === 'string' ? [words(reason)] : [];
  });
}

const pausedInWords = (reason: string): string => `a trainer takes no job: ${reason}`;
const inWords = (who: Troubled, reason: string): string => `${who} can not start: ${reason}`;
