import type { Pair } from '../jobs/types.ts';
import type { Redis } from '../redis/connect.ts';
import { redisScript, reply } from '../redis/script.ts';
import { ALL_SYMBOLS, type StrategyType } from '../strategy-types.ts';
import { keys } from './keys.ts';
import type { Entry } from './queue.ts';

const scripts = {
  pushWish: redisScript<1 | 0 | -1>(import.meta.dirname, 'push-wish'),
  nameWish: redisScript<number>(import.meta.dirname, 'name-wish'),
};

/** What is trained where a symbol's bot asks: the ensemble is one model over all symbols, whichever of them it is. */
export function pairOfWish(strategy_type: StrategyType, symbol: string): Pair {
  return { strategy_type, symbol: strategy_type === 'ensemble' ? ALL_SYMBOLS : symbol };
}

/**
 * Asks for a training as any bot does, by an entry of two fields, unless one of the pair waits in the queue or is with a
 * trainer. A repeated push after a lost reply does no harm.
 * @param maxQueueLength how many entries may wait at most; those are looked through
 * @returns `pushed`; `present` where there is one already; `full` where so many wait
 */
export async function pushWish(
  redis: Redis,
  { strategy_type, symbol }: Pair,
  maxQueueLength: number,
): Promise<'pushed' | 'present' | 'full'> {
  const entry = JSON.stringify({ strategy_type, symbol });
  const processes = await reply(redis.hkeys(keys.beats), 'HKEYS');
  const trainers = processes.flatMap((name) => /^trainer:(.+)/.exec(name)?.[1] ?? []);
  const lists = [keys.queue, ...trainers.map(keys.processing)];
  const answer = await scripts.pushWish(redis, lists, entry, maxQueueLength);
  return answer === 1 ? 'pushed' : answer === 0 ? 'present' : 'full';
}

/**
 * Gives a wish that a trainer holds its job_id. Others of the same spelling that wait are dropped, as its job serves them.
 * @returns false when the trainer doesn't hold it: whatever it holds now is to be looked at anew
 */
export async function nameWish(redis: Redis, trainerId: string, wish: Entry, named: Entry): Promise<boolean> {
  return (await scripts.nameWish(redis, [keys.processing(trainerId), keys.queue], wish, named)) >= 0;
}

/** Counts a bot's wish that was not trained, as there was no new bar. */
export async function noteSkippedWish(redis: Redis, strategyType: StrategyType): Promise<void> {
  await reply(redis.hincrby(keys.wishesSkipped, strategyType, 1), 'HINCRBY');
}

/** How many were skipped so far, by strategy. */
export async function skippedWishes(redis: Redis): Promise<ReadonlyMap<string, number>> {
  const counts = await reply(redis.hgetall(keys.wishesSkipped), 'HGETALL');
  return new Map(Object.entries(counts).map(([strategy, count]) => [strategy, Number(count)]));
}
