import { randomUUID } from 'node:crypto';
import { pause, withDeadline } from '../deadline.ts';
import { redisReady, type Redis } from '../redis/connect.ts';
import { redisScript, reply } from '../redis/script.ts';
import { keys, processingPrefix } from './keys.ts';
import { spellingsOf, urgencyOf, usualSpelling, type EntryJob, type Urgency } from './payload.ts';

const scripts = {
  takeFull: redisScript<string | null>(import.meta.dirname, 'take-full'),
  pushAbsent: redisScript<number>(import.meta.dirname, 'push-absent'),
  requeue: redisScript<0 | 1>(import.meta.dirname, 'requeue'),
  exchange: redisScript<0 | 1>(import.meta.dirname, 'exchange'),
  bury: redisScript<0 | 1>(import.meta.dirname, 'bury'),
  returnAll: redisScript<number>(import.meta.dirname, 'return-all'),
  wishesFirst: redisScript<number>(import.meta.dirname, 'wishes-first', 'urgency'),
  urgentFirst: redisScript<number>(import.meta.dirname, 'urgent-first', 'urgency'),
};

/** What a list holds, byte for byte: garbage that isn't UTF-8 would not be found again by its text. */
export type Entry = Buffer;

const deadRecords = 1000;
const deadEntryLength = 1000;

/** A script of so many entries, beside a queue of 30,000, holds Redis up for some 10 ms. */
const entriesAtOnce = 1000;

/**
 * Adds those entries that the queue does not hold yet, the first one to be taken first.
 * @returns how many were added
 * @throws when a batch is not answered in time; those before it are in the queue, it may be, those after it
 *   are not
 */
export async function push(redis: Redis, entries: readonly string[]): Promise<number> {
  let pushed = 0;
  for (let from = 0; from < entries.length; from += entriesAtOnce)
    pushed += await scripts.pushAbsent(redis, [keys.queue], ...entries.slice(from, from + entriesAtOnce));
  return pushed;
}

/**
 * Puts the queue in order: bots' wishes are taken first, then what people asked for, then what the schedule
 * wants, each as it came. To be called after a push of jobs; wishes that come later each take sees to itself.
 */
export async function putInOrder(redis: Redis): Promise<void> {
  await scripts.urgentFirst(redis, [keys.queue], randomUUID());
}

/**
 * The next entry, moved to the trainer's processing list; null when none came within `seconds`. An entry that
 * is there already was taken by a call whose reply got lost, and comes first; then wishes that came meanwhile.
 * @param connection one of the trainer's own for this purpose: the command blocks it
 * @param giveUp ends the wait for a connection
 * @throws Error when Redis is away or the reply is overdue; the connection is then replaced
 */
export async function take(
  connection: Redis,
  trainerId: string,
  seconds: number,
  giveUp?: AbortSignal,
): Promise<Entry | null> {
  await redisReady(connection, 5000, giveUp);
  const processing = keys.processing(trainerId);
  try {
    if ((await scripts.wishesFirst(connection, [keys.queue, processing], entriesAtOnce)) === -1) {
      const held = await reply(connection.lindexBuffer(processing, -1), 'LINDEX');
      if (held !== null) return held;
    }
    const blocking = connection.brpoplpushBuffer(keys.queue, processing, seconds);
    return await withDeadline(blocking, (seconds + 3) * 1000, 'BRPOPLPUSH on Redis').catch(
      async (error: unknown) => {
        if (!isFull(error)) throw error;
        if ((await scripts.takeFull(connection, [keys.queue, processing])) === null)
          await pause(seconds * 1000, giveUp);
        // As it is, byte for byte; a script's reply comes as text.
        return await reply(connection.lindexBuffer(processing, -1), 'LINDEX');
      },
    );
  } catch (error) {
    // A half-open connection would swallow every further command: drop it, ioredis makes a new one.
    if (connection.status === 'ready') connection.disconnect(true);
    throw error;
  }
}

/** At maxmemory Redis refuses whatever may take more; it has no other sign of it than this word. */
const isFull = (error: unknown): boolean => error instanceof Error && error.message.startsWith('OOM ');

/**
 * Forgets an entry that is done with.
 * @param former what it was exchanged for: a Redis that was killed and lost its last second has that one
 *   again
 */
export async function acknowledge(
  redis: Redis,
  trainerId: string,
  entry: Entry,
  former: Entry | null = null,
): Promise<void> {
  const processing = keys.processing(trainerId);
  const forgotten = await reply(redis.lrem(processing, 1, entry), 'LREM');
  if (forgotten === 0 && former !== null) await reply(redis.lrem(processing, 1, former), 'LREM');
}

/**
 * Puts another entry in the place of a taken one, in one step.
 * @returns false when the trainer doesn't hold it: whatever it holds now is to be looked at again
 */
export async function exchange(redis: Redis, trainerId: string, entry: Entry, by: Entry): Promise<boolean> {
  return (await scripts.exchange(redis, [keys.processing(trainerId)], entry, by)) === 1;
}

/** Puts a taken entry back as the next one. */
export async function requeue(redis: Redis, trainerId: string, entry: Entry): Promise<void> {
  await scripts.requeue(redis, [keys.processing(trainerId), keys.queue], entry);
}

/** Moves a taken entry to the dead list, with the reason. */
export async function bury(redis: Redis, trainerId: string, entry: Entry, reason: string): Promise<void> {
  const record = JSON.stringify({
    at: new Date().toISOString(),
    reason,
    payload: entry.toString('utf8', 0, deadEntryLength),
  });
  await scripts.bury(redis, [keys.processing(trainerId), keys.dead], entry, record, deadRecords);
}

export interface WaitingEntries {
  /** In no particular order and in their usual spelling. */
  readonly entries: ReadonlySet<string>;
  /** Whether they stand in order. */
  readonly inOrder: boolean;
  /** How urgent the one is that was pushed last; 1 in an empty queue. */
  readonly newest: Urgency;
}

/**
 * Every entry that waits. Read in pieces from the end that is pushed to: what is pushed meanwhile moves the others on, so that some
 * come twice, and none is missed that waits all the time.
 */
export async function waitingEntries(redis: Redis): Promise<WaitingEntries> {
  const entries = new Set<string>();
  let inOrder = true;
  let newest: Urgency | null = null;
  let last = Infinity;
  for (let from = 0; ; from += entriesAtOnce) {
    const piece = await reply(redis.lrange(keys.queue, from, from + entriesAtOnce - 1), 'LRANGE');
    for (const entry of piece) {
      entries.add(usualSpelling(entry));
      const urgency = urgencyOf(entry);
      newest ??= urgency;
      if (urgency > last) inOrder = false;
      last = urgency;
    }
    if (piece.length < entriesAtOnce) return { entries, inOrder, newest: newest ?? 1 };
  }
}

/** The backlog an operator sees. */
export async function queueLength(redis: Redis): Promise<number> {
  return reply(redis.llen(keys.queue), 'LLEN');
}

/** Ids of the trainers that hold an entry. */
export async function holdingTrainers(redis: Redis): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, page] = await reply(
      redis.scan(cursor, 'MATCH', `${processingPrefix}*`, 'COUNT', 1000),
      'SCAN',
    );
    for (const key of page) found.add(key.slice(processingPrefix.length));
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}

/**
 * Takes a job's entry out of the queue, where it waits there. What a trainer holds already it drops by
 * itself.
 */
export async function forgetWaiting(redis: Redis, job: EntryJob): Promise<void> {
  for (const entry of spellingsOf(job)) await reply(redis.lrem(keys.queue, 0, entry), 'LREM');
}

/** Puts back what a trainer that is gone had taken. @returns number of entries */
export async function returnAll(redis: Redis, trainerId: string): Promise<number> {
  return scripts.returnAll(redis, [keys.processing(trainerId), keys.queue]);
}
