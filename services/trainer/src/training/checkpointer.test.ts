import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Plain } from '@ml-training/strategies';
import { createCheckpointer, Stopped } from './checkpointer.ts';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const pass = (ms: number): void => jest.advanceTimersByTime(ms);

function setUp(write?: () => Promise<void>) {
  const kept: Plain[] = [];
  const failures: unknown[] = [];
  const stopping = new AbortController();
  const checkpointer = createCheckpointer(
    async (state) => {
      await write?.();
      kept.push(state);
    },
    stopping.signal,
    (error) => failures.push(error),
  );
  return { ...checkpointer, kept, failures, stopping };
}

test('a state is kept at the first safe point, and then about once a second', async () => {
  const { checkpoint, kept } = setUp();
  for (const [state, ms] of [
    [1, 0] as const,
    [2, 999] as const,
    [3, 1] as const,
    [4, 999] as const,
    [5, 5000] as const,
  ]) {
    pass(ms);
    await checkpoint(() => state);
  }
  expect(kept).toEqual([1, 3, 5]);
});

test('a state that nobody keeps is not even made', async () => {
  const { checkpoint } = setUp();
  await checkpoint(() => 1);
  await checkpoint(() => {
    throw new Error('made');
  });
});

test('what takes long to write is kept more seldom, but once a minute', async () => {
  let took = 100;
  const { checkpoint, kept } = setUp(() => {
    pass(took);
    return Promise.resolve();
  });
  await checkpoint(() => 1);
  pass(1899);
  await checkpoint(() => 2);
  pass(1);
  took = 10_000;
  await checkpoint(() => 3);
  pass(49_999);
  await checkpoint(() => 4);
  pass(1);
  await checkpoint(() => 5);
  expect(kept).toEqual([1, 3, 5]);
});

test('asked to stop, it keeps the state of the next safe point and ends there, not before', async () => {
  const { checkpoint, kept, signal, stopping } = setUp();
  await checkpoint(() => 1);
  stopping.abort();
  expect(signal.aborted).toBe(false);
  await expect(checkpoint(() => 2)).rejects.toBeInstanceOf(Stopped);
  expect(kept).toEqual([1, 2]);
  expect(signal.reason).toBeInstanceOf(Stopped);
});

test('a request to stop is heard in the middle of a training that never pauses', async () => {
  const { checkpoint, kept, stopping } = setUp();
  setImmediate(() => stopping.abort());
  await expect(
    (async () => {
      for (let state = 1; state < 1000; state++) await checkpoint(() => state);
    })(),
  ).rejects.toBeInstanceOf(Stopped);
  expect(kept.length).toBeGreaterThan(0);
});

test('a state that can not be written is reported, the training goes on; a stop ends it all the same', async () => {
  const { checkpoint, failures, stopping } = setUp(() => Promise.reject(new Error('disk full')));
  await checkpoint(() => 1);
  expect(failures).toMatchObject([{ message: 'disk full' }]);
  stopping.abort();
  await expect(checkpoint(() => 2)).rejects.toBeInstanceOf(Stopped);
});
