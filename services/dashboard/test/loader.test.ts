// The process that loads models: started when asked, one question at a time, given up when it hangs, gone
// when it has rested.
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { Bars } from '@ml-training/core';
import { isAlive, until } from '@ml-training/testing';
import { createLoader, type Loader, type LoaderOptions } from '../src/inference/loader.ts';

const open: Loader[] = [];
const start = (options: Partial<LoaderOptions> = {}): Loader => {
  const main = path.join(import.meta.dirname, 'fixtures/stand-in.ts');
  const loader = createLoader({ modelDir: '/nowhere', main, deadlineMs: 240_000, ...options });
  open.push(loader);
  return loader;
};
afterEach(() => open.splice(0).forEach((loader) => loader.close()));

const model = (file_path: string) => ({ model_id: 'm', file_path, sha256: 's', size_bytes: '1' });
const bars = (close: number): Bars => {
  const column = Float64Array.of(0, close);
  return {
    symbol: 'GOOG',
    time: column,
    open: column,
    high: column,
    low: column,
    close: column,
    volume: column,
  };
};
/** Nothing held, and no question why. */
const plainly = { holding: 0, explain: false } as const;
const read = (close: number) => () => Promise.resolve(bars(close));

test('a model is asked about the bars that it wants', async () => {
  const loader = start();
  expect(loader.pid()).toBeNull();
  const asked: unknown[] = [];
  const answer = await loader.predict(model('whole'), plainly, (...wanted) => {
    asked.push(wanted);
    return Promise.resolve(bars(0.25));
  });
  expect(answer).toMatchObject({ probability: 0.25, horizon: 3, action: 'long' });
  expect(asked).toEqual([['GOOG', 2]]);
  expect(await loader.obstacle(model('whole'))).toBeNull();
  expect(await loader.obstacle(model('damaged'))).toBe('damaged has sha256 x');
});

test('questions wait for each other, and each has its own answer', async () => {
  const loader = start();
  const answers = await Promise.all(
    [0.1, 0.2, 0.3, 0.4].map((close) => loader.predict(model('whole'), plainly, read(close))),
  );
  expect(answers.map(({ probability }) => probability)).toEqual([0.1, 0.2, 0.3, 0.4]);
});

test('too many that wait are refused at once', async () => {
  const loader = start();
  const asked = Array.from({ length: 40 }, () => loader.obstacle(model('whole')));
  const outcomes = await Promise.allSettled(asked);
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(8);
  expect(refused[0]).toMatchObject({ reason: { status: 503, code: 'TOO_MANY_PREDICTIONS' } });
});

test('a model that never answers is given up, and the next question has a process of its own', async () => {
  const loader = start({ deadlineMs: 3000 });
  await expect(loader.obstacle(model('hangs'))).rejects.toMatchObject({
    status: 503,
    code: 'PREDICTION_TIMEOUT',
  });
  expect(loader.pid()).toBeNull();
  const patient = start();
  expect(await patient.obstacle(model('whole'))).toBeNull();
});

test('the death of the process is said, and the next question is answered', async () => {
  const loader = start();
  await expect(loader.obstacle(model('dies'))).rejects.toMatchObject({
    status: 503,
    code: 'MODEL_PROCESS_FAILED',
  });
  expect(await loader.obstacle(model('whole'))).toBeNull();
});

test('bars that can not be read end the question, and not the process', async () => {
  const loader = start();
  await loader.obstacle(model('whole'));
  const pid = loader.pid();
  await expect(
    loader.predict(model('whole'), plainly, () => Promise.reject(new Error('no bars'))),
  ).rejects.toThrow('no bars');
  expect(await loader.predict(model('whole'), plainly, read(0.5))).toMatchObject({ probability: 0.5 });
  expect(loader.pid()).toBe(pid);
});

test('a machine without the runtimes says so', async () => {
  const loader = start();
  await expect(loader.obstacle(model('no runtime'))).rejects.toMatchObject({
    status: 501,
    code: 'NO_NATIVE_RUNTIME',
    message: expect.stringMatching(
      /can't be loaded where the dashboard runs: TensorFlow doesn't load; ask in a trainer's/,
    ),
  });
});

test('it ends when nobody has asked for a while, and with the dashboard', async () => {
  const loader = start({ idleMs: 50 });
  await loader.obstacle(model('whole'));
  await until(() => loader.pid() === null, { what: 'the process has ended' });
  await loader.obstacle(model('whole'));
  const lasting = start();
  await lasting.obstacle(model('whole'));
  const pid = lasting.pid()!;
  lasting.close();
  await until(() => !isAlive(pid), { what: 'the process is gone' });
  await expect(lasting.obstacle(model('whole'))).rejects.toMatchObject({ status: 503, code: 'STOPPING' });
});
