import { keys } from '../queue/keys.ts';
import type { Redis } from '../redis/connect.ts';
import { redisScript, reply } from '../redis/script.ts';

const scripts = {
  beat: redisScript<number>(import.meta.dirname, 'beat'),
  live: redisScript<(string | number)[]>(import.meta.dirname, 'live'),
  heartbeat: redisScript<1>(import.meta.dirname, 'heartbeat'),
  last: redisScript<(string | number)[]>(import.meta.dirname, 'last'),
};

export const roles = ['scheduler', 'trainer', 'heartbeat', 'metrics', 'dashboard'] as const;
export type Role = (typeof roles)[number];

/** Seconds between two beats of a process, and after which one counts as gone. */
export const beatEverySeconds = 5;
const goneAfterSeconds = 20;

export interface Beat {
  readonly role: Role;
  readonly instance: string;
  /** Seconds since the beat. */
  readonly age: number;
}

/** Tells the others that this process lives. */
export async function beat(redis: Redis, role: Role, instance: string): Promise<void> {
  await scripts.beat(redis, [keys.beats, keys.lastBeats], role, instance);
}

/** Takes this process off the list, as it stops. */
export async function lastBeat(redis: Redis, role: Role, instance: string): Promise<void> {
  await reply(redis.hdel(keys.beats, `${role}:${instance}`), 'HDEL');
}

/** Writes service:ml_training:heartbeat, which is gone after `seconds`. */
export async function publishHeartbeat(redis: Redis, text: string, seconds: number): Promise<void> {
  await scripts.heartbeat(redis, [keys.heartbeat], text, seconds);
}

/** The processes that live, by their beats. */
export async function liveInstances(redis: Redis): Promise<Beat[]> {
  const flat = await scripts.live(redis, [keys.beats], goneAfterSeconds);
  const beats: Beat[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [role = '', ...rest] = String(flat[i]).split(':');
    const known = roles.find((name) => name === role);
    if (known !== undefined) beats.push({ role: known, instance: rest.join(':'), age: Number(flat[i + 1]) });
  }
  return beats;
}

/**
 * Seconds since the last beat of each role that ever beat, also when none of its processes lives any more.
 */
export async function lastBeats(redis: Redis): Promise<ReadonlyMap<Role, number>> {
  const flat = await scripts.last(redis, [keys.lastBeats]);
  const ages = new Map<Role, number>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const known = roles.find((name) => name === flat[i]);
    if (known !== undefined) ages.set(known, Number(flat[i + 1]));
  }
  return ages;
}
