import { expect, test } from '@jest/globals';
import { until } from './until.ts';

test('answers with the first truthy answer, and takes an error as "not yet"', async () => {
  let calls = 0;
  const answer = await until(
    () => {
      calls += 1;
      if (calls === 1) throw new Error('refused');
      return calls === 3 ? 'here' : undefined;
    },
    { what: 'an answer', everyMs: 1 },
  );
  expect(answer).toBe('here');
  expect(calls).toBe(3);
});

test('says what was awaited and what the last try answered', async () => {
  const rows = (): unknown => false;
  await expect(until(rows, { what: 'a row', timeoutMs: 20, everyMs: 1 })).rejects.toThrow(
    'waited 20 ms for a row: the last answer was false',
  );
  const refuse = (): never => {
    throw new Error('connection refused');
  };
  await expect(until(refuse, { what: 'a row', timeoutMs: 20, everyMs: 1 })).rejects.toThrow(
    'waited 20 ms for a row: the last try failed: connection refused',
  );
});

test('does not wait for a predicate that never answers', async () => {
  const never = Promise.withResolvers<boolean>().promise;
  await expect(until(() => never, { what: 'a reply', timeoutMs: 20 })).rejects.toThrow(
    'waited 20 ms for a reply: it was never answered',
  );
});
