// A training process that is kept from job to job: what the next job has of the ones before (nothing), and when
// it is replaced.
import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cancelJob, readModel, reconcile, writePickle, type Config, type Pair } from '@ml-training/core';
import { isAlive } from '@ml-training/native';
import { until, type NodeProcess } from '@ml-training/testing';
import { startLab, trainingProcess } from './fleet.ts';

const lab = await startLab();
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

const lstm: Pair = { strategy_type: 'lstm', symbol: 'GOOG' };
const rl: Pair = { strategy_type: 'rl', symbol: 'GOOG' };
/** Fails at once, for want of bars, and harms nothing. */
const failing: Pair = { strategy_type: 'rl', symbol: 'NOPE' };
const minutes = 600_000;
const quick = { TRAINING_PARAMS: JSON.stringify({ rl: { total_timesteps: 256 } }) };
/** Trains an LSTM for as long as a test may take. */
const long = { TRAINING_PARAMS: JSON.stringify({ lstm: { epochs: 1000, patience: 1000 } }) };

const job = async ({ strategy_type, symbol }: Pair) =>
  (await lab.jobs()).find((row) => row.strategy_type === strategy_type && row.symbol === symbol)!;
const ended = (pid: number) => until(() => !isAlive(pid), { what: 'the process to end' });

/** Has a job trained to its end. @returns the process that is kept after it */
async function train(trainer: NodeProcess, pair: Pair): Promise<number> {
  await lab.request(pair);
  await lab.allEnded();
  return until(() => trainingProcess(trainer), { what: 'a process to be kept' });
}
/** The same where none is kept. */
async function trainAlone(trainer: NodeProcess, pair: Pair): Promise<void> {
  await lab.request(pair);
  await lab.allEnded();
  await until(() => trainingProcess(trainer) === null, { what: 'the process to end' });
}
/** A trainer whose process has had a job and now trains another one, for long. */
async function trainingAgain(env: Record<string, string> = {}): Promise<readonly [NodeProcess, number]> {
  const trainer = lab.start('trainer', { ...long, ...env });
  const kept = await train(trainer, failing);
  await lab.request(lstm);
  await lab.runningJob();
  expect(trainingProcess(trainer)).toBe(kept);
  return [trainer, kept];
}
/** Has what waits for its time trained now. */
async function retry(): Promise<void> {
  await lab.sql`UPDATE ml_training_jobs SET retry_at = NULL WHERE retry_at IS NOT NULL`;
  await reconcile(lab.sql, lab.redis);
}

/** Sums of what each newest model has learnt, by strategy and symbol. */
async function learnt(): Promise<Record<string, string>> {
  const rows = await lab.sql<{ strategy_type: string; symbol: string; file_path: string; sha256: string }[]>`
    SELECT DISTINCT ON (strategy_type, symbol) strategy_type, symbol, file_path, sha256 FROM ml_model_registry
    ORDER BY strategy_type, symbol, created_at DESC`;
  const sums: Record<string, string> = {};
  for (const row of rows) {
    const { model_state } = await readModel(lab.modelDir, row.file_path, row);
    const sum = createHash('sha256').update(writePickle(model_state)).digest('hex');
    sums[`${row.strategy_type} ${row.symbol}`] = sum;
  }
  return sums;
}

test(
  'what it learns of a job has the same bytes as by a process of its own, whatever it trained before',
  async () => {
    const pairs: Pair[] = [
      { strategy_type: 'ensemble', symbol: '@ALL' },
      ...['GOOG', 'SP500'].flatMap((symbol) => [
        { strategy_type: 'lstm', symbol },
        { strategy_type: 'rl', symbol },
      ]),
    ];
    const alone = lab.start('trainer', { ...quick, TRAINING_MAX_JOBS_PER_CHILD: '1' });
    await lab.request(...pairs);
    await lab.allEnded();
    const expected = await learnt();
    expect(Object.keys(expected)).toHaveLength(6);
    alone.kill();
    await alone.exited;
    await lab.reset();
    const trainer = lab.start('trainer', { ...quick, TRAINING_MAX_MEMORY_PER_CHILD: '0' });
    const kept = await train(trainer, failing);
    for (const pair of [...pairs, ...pairs.toReversed()]) expect(await train(trainer, pair)).toBe(kept);
    expect(await learnt()).toEqual(expected);
  },
  minutes,
);

test(
  'its peak memory is of the job alone, and no more than the process has',
  async () => {
    const trainer = lab.start('trainer', quick);
    await train(trainer, lstm);
    await train(trainer, rl);
    const peaks = (
      await lab.sql<{ mb: number | null }[]>`
        SELECT (result ->> 'peak_memory_mb')::float8 AS mb FROM ml_training_jobs ORDER BY completed_at`
    ).map(({ mb }) => mb);
    expect(peaks).toEqual([expect.any(Number), process.platform === 'linux' ? expect.any(Number) : null]);
  },
  minutes,
);

describe('it is replaced', () => {
  test(
    'after TRAINING_MAX_JOBS_PER_CHILD jobs, a failed one counted',
    async () => {
      const trainer = lab.start('trainer', { ...quick, TRAINING_MAX_JOBS_PER_CHILD: '2' });
      const first = await train(trainer, failing);
      await trainAlone(trainer, rl);
      await ended(first);
      expect(await train(trainer, rl)).not.toBe(first);
    },
    minutes,
  );

  test(
    'when what failed may lie in the process, and not when it lies in the bars',
    async () => {
      const trainer = lab.start('trainer', quick);
      const first = await train(trainer, failing);
      expect(await train(trainer, rl)).toBe(first);
      const folder = path.join(lab.modelDir, 'lstm');
      await rm(folder, { recursive: true, force: true });
      await writeFile(folder, 'no folder');
      await lab.request(lstm);
      await until(async () => (await job(lstm)).error_code === 'MODEL_DIR_NOT_WRITABLE', {
        what: 'the failure',
      });
      await ended(first);
      await until(() => trainingProcess(trainer) === null, { what: 'no process to be kept' });
      await rm(folder);
      await retry();
      await lab.allEnded();
      expect(await job(lstm)).toMatchObject({ status: 'completed', attempt: 1 });
    },
    minutes,
  );

  test(
    'when the code that it has loaded is no longer what lies there',
    async () => {
      const trainer = lab.start('trainer', quick);
      const first = await train(trainer, failing);
      const source = path.join(import.meta.dirname, '../src/training/.changed-by-a-test');
      await writeFile(source, '');
      try {
        expect(await train(trainer, rl)).not.toBe(first);
      } finally {
        await rm(source);
      }
      expect(await job(rl)).toMatchObject({ status: 'completed', attempt: 1 });
    },
    minutes,
  );

  test(
    'for a strategy of the user’s own, which no other job shares a process with',
    async () => {
      await lab.writeStrategy(
        'momentum',
        `export default {
          learner: 'ensemble',
          scope: 'symbol',
          window: 21,
          features: ({ bars, ta }) => ({ return_20: ta.logReturn(bars.close, 20) }),
        };`,
      );
      const trainer = lab.start('trainer', {
        ...quick,
        STRATEGIES_DIR: lab.strategiesDir,
        TRAINING_PARAMS: '{"momentum": {"num_boost_round": 10, "forest_trees": 4}}',
      });
      const first = await train(trainer, failing);
      // Given the job, it would never end it.
      process.kill(first, 'SIGSTOP');
      const own = { strategy_type: 'momentum', symbol: 'GOOG' };
      await trainAlone(trainer, own);
      await ended(first);
      expect(await job(own)).toMatchObject({ status: 'completed', attempt: 1 });
    },
    minutes,
  );

  test(
    'when it is killed while it waits for a job, also a moment too late: no attempt is lost',
    async () => {
      const trainer = lab.start('trainer', quick);
      const first = await train(trainer, failing);
      process.kill(first, 'SIGKILL');
      await ended(first);
      const second = await train(trainer, rl);
      // It is given the job, and dies before it has begun.
      process.kill(second, 'SIGSTOP');
      await lab.request({ ...rl, symbol: 'SP500' });
      await until(async () => (await job({ ...rl, symbol: 'SP500' })).status === 'running', {
        what: 'the job to start',
      });
      process.kill(second, 'SIGKILL');
      await lab.allEnded();
      expect(await job({ ...rl, symbol: 'SP500' })).toMatchObject({ status: 'completed', attempt: 1 });
      expect(await job(rl)).toMatchObject({ status: 'completed', attempt: 1 });
    },
    minutes,
  );

  test(
    'when it is killed in a job, which is an attempt of that one',
    async () => {
      const [trainer, first] = await trainingAgain();
      process.kill(first, 'SIGKILL');
      await until(async () => (await job(lstm)).error_code === 'TRAINING_DIED', { what: 'the failure' });
      expect(await job(lstm)).toMatchObject({ status: 'queued', attempt: 1 });
      expect((await job(lstm)).error_message).toMatch(/^the training process ended by SIGKILL/);
      await retry();
      await lab.runningJob();
      expect(trainingProcess(trainer)).not.toBe(first);
    },
    minutes,
  );

  test(
    'when its job is cancelled',
    async () => {
      const [trainer, first] = await trainingAgain();
      const config = { MODEL_DIR: lab.modelDir } as Config;
      await cancelJob({ config, sql: lab.sql, redis: lab.redis }, (await job(lstm)).job_id);
      await ended(first);
      expect(await job(lstm)).toMatchObject({ status: 'cancelled' });
      expect(await train(trainer, { ...rl, symbol: 'NADA' })).not.toBe(first);
    },
    minutes,
  );
});

describe('it ends with its trainer', () => {
  test(
    'that is asked to stop in its second job, which is handed back',
    async () => {
      const [trainer, first] = await trainingAgain();
      trainer.kill('SIGTERM');
      expect(await trainer.exited).toEqual({ code: 0, signal: null });
      expect(await job(lstm)).toMatchObject({ status: 'queued', attempt: 0 });
      expect(isAlive(first)).toBe(false);
    },
    minutes,
  );

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'that gets a %s between two jobs',
    async (signal) => {
      const trainer = lab.start('trainer', quick);
      const kept = await train(trainer, failing);
      trainer.kill(signal);
      expect(await trainer.exited).toMatchObject(signal === 'SIGTERM' ? { code: 0 } : { signal });
      await ended(kept);
    },
    minutes,
  );
});
