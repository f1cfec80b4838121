import {
  connectRedis,
  errorFacts,
  FleetError,
  keys,
  pushWish,
  redactUrl,
  redisReady,
  withDeadline,
  type Pair,
} from '@ml-training/core';
import { backOffMs } from './back-off.ts';
import { complainOnce } from './complain.ts';
import { oneAtATime } from './one-at-a-time.ts';

/** At the most so often the queue is asked; what a burst of ticks wants meanwhile goes together. */
const betweenMs = 1000;

export interface Wishes {
  /** Those not sent yet, the longest waiting first. */
  readonly waiting: () => Pair[];
  /** Keeps a wish until it is in the queue; one that is kept already stays one. Never throws, never waits. */
  readonly add: (pair: Pair) => void;
  /** Tries to send what waits, and leaves nothing open. */
  readonly close: (waitMs: number) => Promise<void>;
}

/**
 * A bot's wishes on their way to the queue, however long
 * Redis is away or the queue is long; each pair waits once.
 */
export function keepWishes(redisUrl: string, maxQueueLength: number, tell: (error: Error) => void): Wishes {
  const waiting = new Map<string, Pair>();
  const { failed, well } = complainOnce(tell);
  let failedTries = 0;
  let pause: NodeJS.Timeout | null = null;
  let state: 'open' | 'closing' | 'closed' = 'open';

  const fail = (error: unknown): void => {
    // What is cut off by the closing is no trouble; and never
    // the error whole, which may carry the URL's password.
    if (state !== 'closed')
      failed(new Error(`Redis at ${redactUrl(redisUrl)} (REDIS_URL): ${errorFacts(error).error}`));
  };
  const redis = connectRedis(redisUrl, { name: 'bot asks', onError: fail });

  const sendAll = async (): Promise<void> => {
    for (const [key, pair] of waiting) {
      if ((await pushWish(redis, pair, maxQueueLength)) === 'full') throw longQueue(maxQueueLength);
      waiting.delete(key);
      failedTries = 0;
    }
  };
  const sending = oneAtATime(async () => {
    if (waiting.size === 0 || pause !== null || redis.status !== 'ready') return;
    try {
      await sendAll();
      well();
    } catch (error) {
      failedTries += 1;
      if (error instanceof FleetError) failed(error);
      else fail(error);
    }
    if (state !== 'open') return;
    // Also after a connection was lost: a server that refuses
    // everyone right after their connecting is not to be stormed.
    pause = setTimeout(
      () => {
        pause = null;
        sending.run();
      },
      failedTries === 0 ? betweenMs : backOffMs(failedTries, Math.random()),
    );
  });
  redis.on('ready', () => {
    if (waiting.size === 0) well();
    sending.run();
  });

  return {
    waiting: () => [...waiting.values()],
    add: (pair) => {
      const key = `${pair.strategy_type} ${pair.symbol}`;
      if (waiting.has(key)) return;
      waiting.set(key, pair);
      sending.run();
    },
    close: async (waitMs) => {
      state = 'closing';
      if (pause !== null) clearTimeout(pause);
      pause = null;
      const lastTry = async (): Promise<void> => {
        await sending.settled();
        if (waiting.size === 0) return;
        await redisReady(redis, waitMs);
        sending.run();
        await sending.settled();
      };
      await withDeadline(lastTry(), waitMs, 'sending what waits').catch(() => undefined);
      state = 'closed';
      redis.disconnect();
      if (waiting.size > 0) failed(unsent([...waiting.keys()]));
    },
  };
}

const longQueue = (limit: number): FleetError =>
  new FleetError(
    'QUEUE_FULL',
    `${limit} or more jobs wait in ${keys.queue} that were asked for (maxQueueLength): this bot's wishes wait in the bot until they are ` +
      'fewer; start more trainers, or ask less often (retrainFrequency)',
  );

const unsent = (pairs: readonly string[]): FleetError =>
  new FleetError(
    'WISHES_UNSENT',
    `the bot's wishes were closed before these could be sent: ${pairs.slice(0, 10).join(', ')}` +
      `${pairs.length > 10 ? ` and ${pairs.length - 10} more` : ''}; ask again with "ml train", or wait for the schedule`,
  );
