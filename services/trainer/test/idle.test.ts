// Trainers that are started because jobs wait, and end by themselves when none does.
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Pair } from '@ml-training/core';
import { brokenInvariants, startLab } from './fleet.ts';

const lab = await startLab();
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

const pairs: Pair[] = [
  { strategy_type: 'ensemble', symbol: '@ALL' },
  { strategy_type: 'lstm', symbol: 'GOOG' },
  { strategy_type: 'lstm', symbol: 'SP500' },
];

test('with TRAINER_IDLE_SECONDS trainers do all there is, each job to its end, and end well', async () => {
  await lab.request(...pairs);
  // A job takes longer than a second without one.
  const env = { TRAINER_IDLE_SECONDS: '1', TRAINING_BATCH_SIZE: '1000' };
  const trainers = [lab.start('trainer', env), lab.start('trainer', env)];
  const codes = await Promise.all(trainers.map(({ exited }) => exited));
  expect(codes.map(({ code }) => code)).toEqual([0, 0]);
  expect(await brokenInvariants(lab)).toEqual([]);
  expect((await lab.jobs()).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  for (const { lines } of trainers)
    expect(lines.join('\n')).toMatch(/"why":"no job for 1 s, as TRAINER_IDLE_SECONDS says"/);
});

test('without it a trainer waits for the next job', async () => {
  const trainer = lab.start('trainer');
  await lab.request(pairs[1]!);
  await lab.allEnded();
  await lab.request(pairs[2]!);
  await lab.allEnded();
  expect(trainer.lines.join('\n')).not.toMatch(/stopping by itself/);
});
