import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { connectDatabase, type Log } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { createHub, type Change, type Hub } from './hub.ts';

const quiet = { warn: () => undefined } as unknown as Log;
let hub: Hub;
const open = (): Hub => {
  // Nothing listens there; these watchers ask no database.
  const sql = connectDatabase('postgres://nobody@127.0.0.1:9/none', { applicationName: 'hub test' });
  return (hub = createHub({ sql, log: quiet, stopping: new AbortController().signal }));
};
afterEach(() => hub.close());

/** A listener that keeps what it hears. */
function listener() {
  const heard: { id: string; topic: string; data: unknown; at: number }[] = [];
  return {
    heard,
    send: (event: { id: string; topic: string; data: unknown }) =>
      heard.push({ ...event, at: performance.now() }),
  };
}

/** A watcher that tells what it is given. */
function source() {
  let waiting: Change[] = [];
  let looks = 0;
  return {
    tell: (...changes: Change[]) => waiting.push(...changes),
    looks: () => looks,
    watcher: async () => {
      looks += 1;
      const told = waiting;
      waiting = [];
      return told;
    },
  };
}

/** Many turns of the event loop and its timers, in which a watcher of every millisecond would look. */
const turns = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await sleep(1);
};

test('a watcher looks only while somebody listens', async () => {
  const { watcher, looks } = source();
  open().watch(watcher, 1, { withoutDatabase: true });
  await turns();
  expect(looks()).toBe(0);
  const stop = hub.listen(listener(), null);
  await until(() => looks() > 3, { what: 'looks' });
  stop();
  const then = looks();
  await turns();
  // The one under way, and no more.
  expect(looks()).toBeLessThanOrEqual(then + 1);
});

test('updates are a quarter of a second apart: lists of a topic are one, of others the newest is told', async () => {
  const { watcher, tell } = source();
  open().watch(watcher, 1, { withoutDatabase: true });
  const page = listener();
  hub.listen(page, null);
  tell({ topic: 'jobs', data: [0] });
  await until(() => page.heard.length === 1, { what: 'the first update' });
  for (let i = 1; i <= 20; i++) {
    tell({ topic: 'jobs', data: [i] });
    tell({ topic: 'health', data: { i } });
    await sleep(1);
  }
  const told = () => page.heard.flatMap(({ topic, data }) => (topic === 'jobs' ? (data as number[]) : []));
  await until(() => told().length === 21, { what: 'all of it' });
  expect(told()).toEqual(Array.from({ length: 21 }, (_, i) => i));
  await until(() => page.heard.some(({ data }) => JSON.stringify(data) === '{"i":20}'), {
    what: 'the newest',
  });
  const times = page.heard.filter(({ topic }) => topic === 'jobs').map(({ at }) => at);
  // A timer may be a millisecond early, and no more.
  for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeGreaterThan(240);
});

test('who comes back with the last event’s id hears the rest; with an unknown one, to ask again', async () => {
  const { watcher, tell } = source();
  open().watch(watcher, 1, { withoutDatabase: true });
  const page = listener();
  hub.listen(page, null);
  for (let i = 1; i <= 3; i++) {
    tell({ topic: 'jobs', data: [i] });
    await until(() => page.heard.length === i, { what: `event ${i}` });
  }
  const ids = page.heard.map(({ id }) => id);
  const back = (lastId: string | null): [string, unknown][] => {
    const one = listener();
    hub.listen(one, lastId)();
    return one.heard.map(({ topic, data }) => [topic, data]);
  };
  expect(back(ids[0]!)).toEqual([
    ['jobs', [2]],
    ['jobs', [3]],
  ]);
  expect(back(ids[2]!)).toEqual([]);
  expect(back(null)).toEqual([]);
  for (const unknown of [
    '0-1',
    'nonsense',
    '',
    `${ids[0]!.split('-')[0]!}-99`,
    `${ids[0]!.split('-')[0]!}-x`,
  ])
    expect([unknown, back(unknown)]).toEqual([unknown, [['reset', null]]]);
});

test('a look that fails is tried again', async () => {
  const { watcher, tell } = source();
  let failures = 0;
  open().watch(
    async () => {
      if (failures++ < 3) throw new Error('away');
      return watcher();
    },
    1,
    { withoutDatabase: true },
  );
  const page = listener();
  hub.listen(page, null);
  tell({ topic: 'queue', data: [1] });
  await until(() => page.heard.length === 1, { what: 'the change' });
});
