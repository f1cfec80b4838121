// A training that is cancelled in the middle: what becomes of its process, its files, its place and the
// trainer.
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { cancelJob, keys, listCheckpoints, reconcile, type Config, type Pair } from '@ml-training/core';
import { isAlive } from '@ml-training/native';
import { startProxy, until } from '@ml-training/testing';
import { brokenInvariants, startLab, trainingProcess } from './fleet.ts';

const lab = await startLab();
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

const lstm: Pair = { strategy_type: 'lstm', symbol: 'GOOG' };
const rl: Pair = { strategy_type: 'rl', symbol: 'GOOG' };
const minute = 60_000;

/** Trains for as long as a test may take, so that it is the cancellation that ends it. */
const long = {
  TRAINING_BATCH_SIZE: '300',
  TRAINING_PARAMS: JSON.stringify({ lstm: { epochs: 1000, patience: 1000 } }),
};
const config = { MODEL_DIR: lab.modelDir } as Config;
const cancel = (jobId: string) => cancelJob({ config, sql: lab.sql, redis: lab.redis }, jobId);
const stopped = (pid: number) => until(() => !isAlive(pid), { what: 'the training process to end' });
const kept = () =>
  until(async () => (await listCheckpoints(lab.modelDir)).length > 0, { what: 'a checkpoint' });

test(
  'its process ends, it leaves no checkpoint, model or entry, and its trainer trains the next job',
  async () => {
    const trainer = lab.start('trainer', { ...long, MAX_CONCURRENT_TRAINING_JOBS: '1' });
    await lab.request(lstm, rl);
    await until(
      async () =>
        (await lab.jobs()).some(
          ({ status, ...pair }) => pair.strategy_type === 'lstm' && status === 'running',
        ),
      { what: 'the LSTM to start' },
    );
    await kept();
    const { job_id } = (await lab.jobs()).find(({ strategy_type }) => strategy_type === 'lstm')!;
    const training = trainingProcess(trainer)!;
    expect(await cancel(job_id)).toEqual({ outcome: 'cancelled', was: 'running' });
    await stopped(training);
    await trainer.waitForLine(/cancelled, the training is stopped/);
    await until(async () => (await listCheckpoints(lab.modelDir)).every(({ jobId }) => jobId !== job_id), {
      what: 'the checkpoint to go',
    });
    await lab.allEnded();
    expect(await lab.jobs()).toMatchObject([
      { ...lstm, status: 'cancelled', attempt: 1, error_code: 'CANCELLED' },
      { ...rl, status: 'completed' },
    ]);
    await until(async () => (await brokenInvariants(lab)).every((one) => one.startsWith('lstm GOOG')), {
      what: 'the lists to empty',
    });
    expect(await lab.sql`SELECT FROM ml_model_registry WHERE job_id = ${job_id}`).toHaveLength(0);
    expect(await lab.sql`SELECT FROM ml_training_jobs WHERE stopping_until IS NOT NULL`).toHaveLength(0);
  },
  minute,
);

test(
  'its process ends also while its trainer can not reach Redis',
  async () => {
    const proxy = await startProxy(lab.servers.redis.port);
    const trainer = lab.start('trainer', { ...long, REDIS_URL: proxy.via(lab.servers.redis.url) });
    await lab.request(lstm);
    await lab.runningJob();
    const training = await until(() => trainingProcess(trainer), { what: 'the training' });
    await proxy.cut();
    const [job] = await lab.jobs();
    await cancel(job!.job_id);
    await stopped(training);
    await trainer.waitForLine(/cancelled, the training is stopped/);
    await proxy.restore();
    await until(
      async () => {
        await reconcile(lab.sql, lab.redis);
        return (await lab.redis.keys(keys.processing('*'))).length + (await lab.redis.llen(keys.queue)) === 0;
      },
      { what: 'its entry to be dropped' },
    );
    expect(await lab.jobs()).toMatchObject([{ status: 'cancelled', attempt: 1 }]);
    await lab.stopServices();
    await proxy.stop();
  },
  minute,
);
