import type { Redis } from '../redis/connect.ts';
import { reply } from '../redis/script.ts';
import type { StrategyType } from '../strategy-types.ts';
import { keys } from './keys.ts';

/** Counts a bot's wish that was not trained, as there was no new bar. */
export async function noteSkippedWish(redis: Redis, strategyType: StrategyType): Promise<void> {
  await reply(redis.hincrby(keys.wishesSkipped, strategyType, 1), 'HINCRBY');
}

/** How many were skipped so far, by strategy. */
export async function skippedWishes(redis: Redis): Promise<ReadonlyMap<string, number>> {
  const counts = await reply(redis.hgetall(keys.wishesSkipped), 'HGETALL');
  return new Map(Object.entries(counts).map(([strategy, count]) => [strategy, Number(count)]));
}
