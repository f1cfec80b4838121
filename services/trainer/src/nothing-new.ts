import { noteSkippedWishes, pairsWithoutNewBars, type Pair, type ServiceContext } from '@ml-training/core';

type WishContext = Pick<ServiceContext, 'config' | 'log' | 'redis' | 'sql'>;

const sayEveryMs = 60_000;
let saidAt = -Infinity;
let sinceSaid = 0;

/**
 * Whether bots' wishes would train a pair on the very bars of its last training. They are then counted, and
 * logged: a bot that wishes at every tick of its market must not fill the log, so that one line a minute
 * stands for all.
 */
export async function nothingNewFor(
  { config, log, redis, sql }: WishContext,
  pair: Pair,
  wishes: number,
): Promise<boolean> {
  const [skipped] = await pairsWithoutNewBars(sql, [pair], config.TRAINING_SYMBOLS);
  if (skipped === undefined) return false;
  sinceSaid += wishes;
  if (performance.now() - saidAt >= sayEveryMs) {
    log.info('a wish is skipped', { ...skipped, wishes: sinceSaid });
    saidAt = performance.now();
    sinceSaid = 0;
  }
  // A count is worth no wish that stays in the queue.
  await noteSkippedWishes(redis, pair.strategy_type, wishes).catch(() => undefined);
  return true;
}
