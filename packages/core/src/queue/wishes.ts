import { isStrategyType, jobSymbol, type StrategyType } from '@ml-training/sdk';
import type { Pair } from '../jobs/types.ts';
import type { Redis } from '../redis/connect.ts';
import { redisScript, reply } from '../redis/script.ts';
import { keys } from './keys.ts';
import type { Entry } from './queue.ts';

const script = redisScript<1 | 0 | -1>(import.meta.dirname, 'push-wish', 'urgency');

/**
 * What is trained where a symbol's bot asks: one model over all symbols, whichever of them it is, or the
 * symbol's own. Of a strategy that this process wasn't told of the trainer says which, as of any bot's wish.
 */
export function pairOfWish(strategy_type: StrategyType, symbol: string): Pair {
  return { strategy_type, symbol: isStrategyType(strategy_type) ? jobSymbol(strategy_type, symbol) : symbol };
}

/**
 * Asks for a training as any bot does, by an entry of two fields, unless one of the pair was asked for and
 * waits, or is with a trainer. One that waits for the schedule is moved to the front by the wish. A repeated
 * push after a lost reply does no harm.
 * @param maxQueueLength how many entries may wait at most that are not the schedule's
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
  const answer = await script(redis, lists, entry, maxQueueLength);
  return answer === 1 ? 'pushed' : answer === 0 ? 'present' : 'full';
}

/**
 * Drops from the queue whatever is spelled like a wish that a trainer holds, which stands for them all: its
 * training reads the bars after they were pushed. A bot that pushes at every tick would otherwise cost a look
 * each, and a failed job each.
 * @returns how many there were
 */
export async function dropRepeated(redis: Redis, wish: Entry): Promise<number> {
  return reply(redis.lrem(keys.queue, 0, wish), 'LREM');
}

/** Counts bots' wishes that were not trained, as there was no new bar. */
export async function noteSkippedWishes(
  redis: Redis,
  strategyType: StrategyType,
  wishes: number,
): Promise<void> {
  await reply(redis.hincrby(keys.wishesSkipped, strategyType, wishes), 'HINCRBY');
}

/** How many were skipped so far, by strategy. */
export async function skippedWishes(redis: Redis): Promise<ReadonlyMap<string, number>> {
  const counts = await reply(redis.hgetall(keys.wishesSkipped), 'HGETALL');
  return new Map(Object.entries(counts).map(([strategy, count]) => [strategy, Number(count)]));
}
