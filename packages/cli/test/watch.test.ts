import { afterAll, expect, test } from '@jest/globals';
import { spawnNode } from '@ml-training/testing';
import { jsonShapes } from '../src/json-shapes.ts';
import { startLab } from './ml.ts';

const lab = await startLab();
afterAll(() => lab.end());

test('ml watch follows a fleet that runs elsewhere, a line at each change, until it is asked to stop', async () => {
  const env = { REDIS_URL: lab.redisUrl, DATABASE_URL: lab.databaseUrl };
  const watching = spawnNode(new URL('../src/main.ts', import.meta.url), { args: ['watch', '--json'], env });
  await watching.waitForLine(/"queue_length":0/);
  await lab.redis.lpush('ml_training_queue', '{"strategy_type":"lstm","symbol":"GOOG"}');
  const line = await watching.waitForLine(/"queue_length":1/);
  const state = JSON.parse(line) as object;
  expect(Object.keys(state)).toEqual(Object.keys(jsonShapes['watch']!));
  expect(state).toMatchObject({ roles: { trainer: 0 }, active_models: 0, newest_jobs: [] });
  watching.kill('SIGINT');
  expect(await watching.exited).toEqual({ code: 0, signal: null });
});
