import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundedDatabase, onceAMinute, type Database, type ServiceContext } from '@ml-training/core';
import type { Topic } from '../../schemas/events.ts';

/** What open pages hear of: a topic, and what of it is new. */
export interface Change {
  readonly topic: Topic;
  readonly data: unknown;
}

/** Looks for what is new since its last look; what it answers is sent to every page. The first look sends nothing. */
export type Watcher = (sql: Database) => Promise<readonly Change[]>;

interface Sent extends Change {
  readonly number: number;
}

export interface Listener {
  send(event: { readonly id: string; readonly topic: Topic | 'reset'; readonly data: unknown }): void;
}

export interface Hub {
  /** Adds what is looked at every `everyMs` while somebody listens. */
  watch(watcher: Watcher, everyMs: number): void;
  /** @param lastId of the last event that the listener heard; what came since is sent first @returns ends it */
  listen(listener: Listener, lastId: string | null): () => void;
  /** How many listen now. */
  listeners(): number;
  close(): void;
}

/** Changes that are kept for who comes back after a lost connection. */
const kept = 500;
const lookMs = 3000;

/**
 * One look at the database for all open pages, however many, and none while no page is open. Who comes back with an id
 * that isn't known any more (a restart, too long away) hears `reset`: ask for everything anew.
 */
export function createHub({ sql, log, stopping }: Pick<ServiceContext, 'sql' | 'log' | 'stopping'>): Hub {
  const run = randomBytes(4).toString('hex');
  const complain = onceAMinute(log, 'could not look for changes');
  const looks = boundedDatabase(sql, { ms: lookMs, what: 'looking for changes', max: 2 });
  const listeners = new Set<Listener>();
  const sent: Sent[] = [];
  const watchers: { watcher: Watcher; everyMs: number }[] = [];
  let last = 0;
  let awake = Promise.withResolvers<void>();
  const closed = new AbortController();
  const isClosed = (): boolean => closed.signal.aborted;
  const idOf = (number: number): string => `${run}-${number}`;

  const publish = (change: Change): void => {
    last += 1;
    sent.push({ ...change, number: last });
    if (sent.length > kept) sent.shift();
    for (const listener of listeners) listener.send({ id: idOf(last), ...change });
  };

  const keepLooking = async (watcher: Watcher, everyMs: number): Promise<void> => {
    while (!closed.signal.aborted) {
      if (listeners.size === 0) await awake.promise;
      if (isClosed()) return;
      await looks.run(watcher, closed.signal).then(
        (changes) => changes.forEach(publish),
        (error: unknown) => {
          if (!closed.signal.aborted && !stopping.aborted) complain(error);
        },
      );
      await sleep(everyMs, undefined, { signal: closed.signal }).catch(() => undefined);
    }
  };

  return {
    watch: (watcher, everyMs) => {
      watchers.push({ watcher, everyMs });
      void keepLooking(watcher, everyMs);
    },
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
      if (closed.signal.aborted) return;
      closed.abort();
      awake.resolve();
      void looks.end();
    },
  };
}

function numberOf(id: string, run: string): number | null {
  const [ofRun, number] = id.split('-');
  return ofRun === run && /^\d+$/.test(number ?? '') ? Number(number) : null;
}
