import { randomBytes } from 'node:crypto';
import {
  boundedDatabase,
  pause,
  throttledWarning,
  withDeadline,
  type Database,
  type ServiceContext,
} from '@ml-training/core';
import type { Topic } from '../../schemas/events.ts';

/**
 * What open pages hear of: a topic, and what of it is new. Lists of one topic that come close together are
 * sent as one.
 */
export interface Change {
  readonly topic: Topic;
  readonly data: unknown;
}

/**
 * Looks for what is new since its last look; what it answers is sent to every page. The first look sends
 * nothing.
 */
export type Watcher = (sql: Database) => Promise<readonly Change[]>;

interface Sent extends Change {
  readonly number: number;
}

interface Listener {
  send(event: { readonly id: string; readonly topic: Topic | 'reset'; readonly data: unknown }): void;
}

interface Watching {
  /**
   * Whether it looks while PostgreSQL is away: for one that asks it nothing, or over a connection of its own.
   */
  readonly withoutDatabase?: boolean;
}

export interface Hub {
  /** Adds what is looked at every `everyMs` while somebody listens. */
  watch(watcher: Watcher, everyMs: number, options?: Watching): void;
  /**
   * @param lastId of the last event that the listener heard; what came since is sent first @returns ends it
   */
  listen(listener: Listener, lastId: string | null): () => void;
  /** How many listen now. */
  listeners(): number;
  close(): void;
}

/** Changes that are kept for who comes back after a lost connection. */
const kept = 500;
const lookMs = 3000;
/** At most four updates a second to a page, each with one event a topic. */
const updateMs = 250;

/**
 * One look at the database for all open pages, however many, and none while no page is open. Who comes back
 * with an id that isn't known any more (a restart, too long away) hears `reset`: ask for everything again.
 */
export function createHub({ sql, log, stopping }: Pick<ServiceContext, 'sql' | 'log' | 'stopping'>): Hub {
  const run = randomBytes(4).toString('hex');
  const warn = throttledWarning(log, 'could not look for changes');
  const looks = boundedDatabase(sql, { ms: lookMs, what: 'looking for changes', max: 1 });
  const listeners = new Set<Listener>();
  const sent: Sent[] = [];
  const pending = new Map<Topic, unknown>();
  let last = 0;
  let sentAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let awake = Promise.withResolvers<void>();
  const closed = new AbortController();
  const isClosed = (): boolean => closed.signal.aborted;
  const idOf = (number: number): string => `${run}-${number}`;

  const flush = (): void => {
    timer = null;
    sentAt = performance.now();
    for (const [topic, data] of pending) {
      last += 1;
      sent.push({ topic, data, number: last });
      if (sent.length > kept) sent.shift();
      for (const listener of listeners) listener.send({ id: idOf(last), topic, data });
    }
    pending.clear();
  };
  const publish = ({ topic, data }: Change): void => {
    const before = pending.get(topic);
    pending.set(
      topic,
      Array.isArray(before) && Array.isArray(data)
        ? [...(before as unknown[]), ...(data as unknown[])]
        : data,
    );
    timer ??= setTimeout(flush, Math.max(0, sentAt + updateMs - performance.now()));
  };

  // One after the other, so that a single connection, which is kept, does for all.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (watcher: Watcher): Promise<readonly Change[]> => {
    const own = turn.then(() => looks.run(watcher, closed.signal));
    turn = own.catch(() => undefined);
    return own;
  };

  const keepLooking = async (
    watcher: Watcher,
    everyMs: number,
    { withoutDatabase }: Watching,
  ): Promise<void> => {
    const look =
      withoutDatabase === true
        ? () => withDeadline(watcher(sql), 2 * lookMs, 'looking for changes', closed.signal)
        : () => inTurn(watcher);
    while (!isClosed()) {
      if (listeners.size === 0) await awake.promise;
      if (isClosed()) return;
      await look().then(
        (changes) => changes.forEach(publish),
        (error: unknown) => {
          if (!isClosed() && !stopping.aborted) warn(error);
        },
      );
      await pause(everyMs, closed.signal);
    }
  };

  return {
    watch: (watcher, everyMs, options = {}) => void keepLooking(watcher, everyMs, options),
    listen: (listener, lastId) => {
      const heard = lastId === null ? last : numberOf(lastId, run);
      const oldest = sent[0]?.number ?? last + 1;
      if (heard === null || heard > last || heard < oldest - 1)
        listener.send({ id: idOf(last), topic: 'reset', data: null });
      else
        for (const { number, topic, data } of sent)
          if (number > heard) listener.send({ id: idOf(number), topic, data });
      listeners.add(listener);
      awake.resolve();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) awake = Promise.withResolvers<void>();
      };
    },
    listeners: () => listeners.size,
    close: () => {
      if (isClosed()) return;
      closed.abort();
      if (timer !== null) clearTimeout(timer);
      awake.resolve();
      void looks.end();
    },
  };
}

function numberOf(id: string, run: string): number | null {
  const [ofRun, number] = id.split('-');
  return ofRun === run && /^\d+$/.test(number ?? '') ? Number(number) : null;
}
