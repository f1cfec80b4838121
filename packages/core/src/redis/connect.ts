import { Redis } from 'ioredis';
import { withDeadline } from '../deadline.ts';
import { FleetError } from '../errors.ts';
import { redisAddress } from './address.ts';

export type { Redis };

/**
 * A connection to Redis that reconnects for ever and never repeats a command by itself: ioredis's default
 * resends what it had no reply for, which pushes a job twice. Commands fail at once while Redis is away. A
 * server that refuses writes as a replica has been failed over from, and keeps its connections: the command
 * fails, and the connection is made again, to whichever server the address leads to by then.
 */
export function connectRedis(
  url: string,
  options: {
    name: string;
    onError: (error: Error) => void;
    /** Connects with the first command only. */
    lazy?: boolean;
  },
): Redis {
  const address = redisAddress(url);
  if (typeof address === 'string')
    throw new FleetError('CONFIG_INVALID', `REDIS_URL is no URL of Redis's: ${address}`);
  const redis = new Redis({
    ...address,
    lazyConnect: options.lazy === true,
    // CLIENT SETNAME takes no blanks, and who is refused by it is not told.
    connectionName: `ml_training:${options.name}`.replaceAll(' ', ':'),
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    connectTimeout: 5000,
    keepAlive: 10_000,
    // A half-open connection is given up; longer than any reply is waited for, the longest blocking take
    // included.
    socketTimeout: 8000,
    // True, not 2, which would send the command again. A script's reply has the word in its middle before
    // Redis 7.
    reconnectOnError: (error) => /\b(?:READONLY|MASTERDOWN)\b/.test(error.message),
    retryStrategy: (times) => Math.min(2000, 50 * 2 ** Math.min(times, 6)),
  });
  redis.on('error', options.onError);
  return redis;
}

/**
 * Settles once commands can be sent. @throws Error when that takes longer than `ms`, or `giveUp` is aborted
 */
export async function redisReady(redis: Redis, ms: number, giveUp?: AbortSignal): Promise<void> {
  if (redis.status === 'ready') return;
  const { promise, resolve } = Promise.withResolvers<void>();
  redis.once('ready', resolve);
  try {
    await withDeadline(promise, ms, 'connecting to Redis', giveUp);
  } finally {
    redis.off('ready', resolve);
  }
}
