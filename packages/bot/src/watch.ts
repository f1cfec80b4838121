import {
  connectRedis,
  errorFacts,
  keys,
  redactUrl,
  withDeadline,
  type StrategyType,
} from '@ml-training/core';
import type { Complaints } from './complain.ts';

export interface Pair {
  readonly strategy: StrategyType;
  readonly symbol: string;
}

const answerMs = 5000;

/**
 * Says when to look at the registry again: at each promotion of the pair, each
 * time the channel could be listened to anew (what was sent before is lost: Redis
 * keeps no message for those who are away), and every `everyMs` whatever happens.
 */
export function watchPromotions(
  redisUrl: string,
  pair: Pair,
  everyMs: number,
  look: () => void,
  { failed, well }: Complaints,
): { stop(): void } {
  let stopped = false;
  const fail = (error: unknown): void => {
    // What is cut off by stop() is no trouble; and never the error whole, which may carry the URL's password.
    if (!stopped)
      failed(new Error(`Redis at ${redactUrl(redisUrl)} (REDIS_URL): ${errorFacts(error).error}`));
  };
  const redis = connectRedis(redisUrl, { name: 'bot', onError: fail });
  redis.on('ready', () => {
    // Listen first and look then, so that nothing falls between.
    withDeadline(redis.subscribe(keys.models), answerMs, `subscribing to ${keys.models}`).then(() => {
      well();
      look();
    }, fail);
  });
  redis.on('message', (_channel: string, text: string) => {
    if (concerns(text, pair)) look();
  });
  const timer = setInterval(() => {
    look();
    // Nothing else is sent on this connection; without an answer it is given up and made anew.
    if (redis.status === 'ready') withDeadline(redis.ping(), answerMs, 'PING').catch(fail);
  }, everyMs);
  return {
    stop: () => {
      stopped = true;
      clearInterval(timer);
      redis.disconnect();
    },
  };
}

/** Whoever can reach Redis can write to the channel; what the registry says counts in any case. */
function concerns(text: string, { strategy, symbol }: Pair): boolean {
  try {
    const message = JSON.parse(text) as { strategy_type?: unknown; symbol?: unknown } | null;
    return message?.strategy_type === strategy && message.symbol === symbol;
  } catch {
    return false;
  }
}
