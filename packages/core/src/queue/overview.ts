import type { Redis } from '../redis/connect.ts';
import { reply } from '../redis/script.ts';
import { keys } from './keys.ts';
import { parsePayload, type Payload } from './payload.ts';
import { holdingTrainers } from './queue.ts';

/** What a trainer holds: usually one entry, that of the job it trains. */
export interface HeldEntries {
  readonly trainerId: string;
  readonly payloads: readonly Payload[];
}

/** What every trainer holds now. */
export async function heldEntries(redis: Redis): Promise<HeldEntries[]> {
  const trainers = (await holdingTrainers(redis)).sort();
  const lists = await Promise.all(
    trainers.map((trainerId) => reply(redis.lrange(keys.processing(trainerId), 0, 9), 'LRANGE')),
  );
  return trainers
    .map((trainerId, i) => ({ trainerId, payloads: (lists[i] ?? []).map(parsePayload) }))
    .filter(({ payloads }) => payloads.length > 0);
}

/** Entries looked at for wishes. */
const looked = 1000;

/**
 * Wishes of bots among the entries that are taken next, by strategy: they have no row before a trainer takes
 * them. Of a queue of more than a thousand entries the others are not looked at.
 */
export async function waitingWishes(redis: Redis): Promise<ReadonlyMap<string, number>> {
  const entries = await reply(redis.lrange(keys.queue, -looked, -1), 'LRANGE');
  const wishes = new Map<string, number>();
  for (const payload of entries.map(parsePayload))
    if (payload.kind === 'wish')
      wishes.set(payload.strategyType, (wishes.get(payload.strategyType) ?? 0) + 1);
  return wishes;
}
