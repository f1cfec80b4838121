import { expect, test } from '@jest/globals';
import { keepLease } from './lease.ts';

const silent = (): Promise<boolean> => new Promise(() => undefined);
const ignore = (): void => undefined;

test('a lease that can not be renewed is given up before it ends', async () => {
  // A tenth of it is what a timer may come late.
  const seconds = 10;
  const claimedAt = performance.now();
  // Refused at once as long as there is time, and then kept waiting: the latest that the end can be noticed.
  let asked = 0;
  const renew = (): Promise<boolean> =>
    (asked += 1) <= 3 ? Promise.reject(new Error('connection refused')) : silent();
  expect(await keepLease(seconds, claimedAt, renew, new AbortController().signal, ignore)).toBe(
    'could not be renewed in time',
  );
  // What is left of the lease is there to stop the training in.
  expect(performance.now() - claimedAt).toBeLessThan(1000 * seconds);
});

test('a process that was stopped until after its lease ended does not ask for it again', async () => {
  const longAgo = performance.now() - 60_000;
  const renew = (): Promise<boolean> => Promise.reject(new Error('asked'));
  const failures: unknown[] = [];
  const kept = keepLease(30, longAgo, renew, new AbortController().signal, (error) => failures.push(error));
  expect(await kept).toBe('could not be renewed in time');
  expect(failures).toEqual([]);
});

test('a lease that somebody else has is given up', async () => {
  const renew = (): Promise<boolean> => Promise.resolve(false);
  expect(await keepLease(1, performance.now(), renew, new AbortController().signal, ignore)).toBe(
    'taken over',
  );
});

test('a lease that is let go is not waited for, not even in the middle of a renewal', async () => {
  const released = new AbortController();
  const renew = (): Promise<boolean> => {
    released.abort();
    return silent();
  };
  const failures: unknown[] = [];
  const kept = keepLease(1, performance.now(), renew, released.signal, (error) => failures.push(error));
  expect(await kept).toBeNull();
  expect(failures).toEqual([]);
});
