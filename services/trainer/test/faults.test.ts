// What may be killed, restarted or wiped while jobs run, with real processes and servers: every job is
// completed once.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keys, type Pair } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { brokenInvariants, startLab } from './fleet.ts';

const lab = await startLab();
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

const everything: Pair[] = [
  { strategy_type: 'ensemble', symbol: '@ALL' },
  { strategy_type: 'lstm', symbol: 'GOOG' },
  { strategy_type: 'lstm', symbol: 'SP500' },
];
const seconds = 150_000;
/** Bars enough that a training is seen under way before it is over. */
const long = {
  TRAINING_BATCH_SIZE: '5000',
  TRAINING_PARAMS: JSON.stringify({ lstm: { patience: 40 } }),
};

describe('every job is completed exactly once', () => {
  test(
    'when a trainer is killed in the middle of a job',
    async () => {
      lab.start('scheduler');
      const victim = lab.start('trainer', long);
      await lab.request(...everything);
      const job = await lab.runningJob();
      victim.kill('SIGKILL');
      await victim.exited;
      await lab.endLeases();
      lab.start('trainer', long);
      await lab.allEnded();
      // What the dead trainer held is put back when its last beat is 20 s old, and dropped as over.
      await until(async () => (await brokenInvariants(lab)).length === 0, {
        what: 'the lists to empty',
      });
      expect((await lab.jobs()).find(({ job_id }) => job_id === job.job_id)?.attempt).toBe(2);
    },
    seconds,
  );

  test(
    'when Redis is killed and comes back in the middle of a run',
    async () => {
      lab.start('scheduler');
      lab.start('trainer', long);
      await lab.request(...everything);
      await lab.runningJob();
      await lab.servers.redis.kill();
      await lab.servers.redis.restart();
      await lab.allEnded();
      await until(async () => (await brokenInvariants(lab)).length === 0, { what: 'the lists to empty' });
      // Redis is no part of a running job: nothing was done twice.
      expect((await lab.jobs()).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    },
    seconds,
  );

  test(
    'when FLUSHALL empties Redis in the middle of a run',
    async () => {
      lab.start('scheduler');
      lab.start('trainer', long);
      await lab.request(...everything);
      await lab.runningJob();
      await lab.redis.flushall();
      await lab.allEnded();
      await until(async () => (await brokenInvariants(lab)).length === 0, { what: 'the lists to empty' });
      expect((await lab.jobs()).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    },
    seconds,
  );
});

test('a trainer that is asked to stop hands its job back within 10 s, the attempt not counted', async () => {
  // Enough bars that the training lasts until the signal arrives.
  const trainer = lab.start('trainer', { TRAINING_BATCH_SIZE: '2000' });
  await lab.request({ strategy_type: 'lstm', symbol: 'GOOG' });
  await lab.runningJob();
  trainer.kill('SIGTERM');
  // A service that can't stop within 9 s says so and ends with 1.
  expect(await trainer.exited).toEqual({ code: 0, signal: null });
  expect(await lab.jobs()).toMatchObject([{ status: 'queued', attempt: 0 }]);
  expect(await lab.redis.llen(keys.queue)).toBe(1);
}, 60_000);

test('a job that takes longer than TRAINING_JOB_TIMEOUT is killed, and says what to do', async () => {
  // On 1000 bars an idle machine is done within the second.
  lab.start('trainer', { TRAINING_JOB_TIMEOUT: '1', TRAINING_BATCH_SIZE: '5000' });
  await lab.redis.lpush(keys.queue, '{"strategy_type": "lstm", "symbol": "SP500"}');
  const [job] = await until(
    async () => {
      const jobs = await lab.jobs();
      return jobs[0]?.error_code === 'JOB_TIMEOUT' && jobs;
    },
    { what: 'the time-out' },
  );
  expect(job).toMatchObject({ status: 'queued', attempt: 1, trigger: 'tick' });
  expect(job?.error_message).toBe(
    'not done after 1 s (TRAINING_JOB_TIMEOUT): raise it, or lower TRAINING_BATCH_SIZE',
  );
}, 60_000);

test('garbage goes to the dead list, what can not be trained fails at once, and the trainer lives on', async () => {
  const trainer = lab.start('trainer');
  const garbage = [
    'not JSON',
    '{"strategy_type":"svm","symbol":"GOOG"}',
    '{"strategy_type":"lstm","symbol":"../x"}',
  ];
  await lab.redis.lpush(keys.queue, ...garbage);
  await lab.request({ strategy_type: 'lstm', symbol: 'NOPE' });
  const [job] = await until(
    async () => {
      const jobs = await lab.jobs();
      return jobs[0]?.status === 'failed' && jobs;
    },
    { what: 'the job to fail' },
  );
  expect(job).toMatchObject({ error_code: 'TOO_FEW_BARS', attempt: 1 });
  expect(job?.error_message).toMatch(
    /^NOPE has 0 bars in market_data, not the 100 bars that MIN_TRAINING_DATA_POINTS asks for/,
  );
  const dead = (await lab.redis.lrange(keys.dead, 0, -1)).map(
    (record) => JSON.parse(record) as { reason: string },
  );
  expect(dead.map(({ reason }) => reason).sort()).toEqual([
    expect.stringMatching(/^no symbol: "\.\.\/x" has nothing, or only dots, before or after a \//),
    'not JSON',
    'strategy_type is none of ensemble, lstm, rl',
  ]);
  expect(trainer.lines.join('\n')).not.toMatch(/"level":"error".*nobody handled/);
}, 60_000);

describe('a training process that dies before it can say a word says why in its job', () => {
  const dies = {
    'a library that is not there': "throw new Error('libgomp.so.1: cannot open shared object file')",
    'an error that tells the database URL': 'throw new Error(`no way to ${process.env.DATABASE_URL}`)',
    'a native abort': "process.stderr.write('corrupted size vs. prev_size\\n'); process.abort()",
  };
  test.each(Object.entries(dies))(
    '%s',
    async (_, how) => {
      const preload = path.join(lab.modelDir, 'dies.mjs');
      // The trainer has no channel to a parent; only its child dies.
      await writeFile(preload, `if (process.send) { ${how} }`);
      const trainer = lab.start('trainer', { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` });
      await lab.request({ strategy_type: 'lstm', symbol: 'GOOG' });
      const [job] = await until(
        async () => {
          const jobs = await lab.jobs();
          return jobs[0]?.error_code === 'TRAINING_DIED' && jobs;
        },
        { what: 'the failure' },
      );
      expect(job?.error_message).toMatch(
        /^the training process ended (with exit code 1|by SIGABRT): (Error: libgomp\.so\.1: cannot open shared object file$|Error: no way to postgres(ql)?:\/\/postgres:\*\*\*@127|corrupted size vs\. prev_size)/,
      );
      const { password } = new URL(lab.servers.postgres.url);
      expect(job?.error_message).not.toContain(password);
      expect(trainer.lines.join('\n')).toMatch(/libgomp|no way to|corrupted/);
    },
    60_000,
  );
});
