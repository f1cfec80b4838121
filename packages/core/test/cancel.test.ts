// Cancelling and retrying against real servers: what each promises, whoever else does what at the same time.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  acknowledge,
  cancelJob,
  claimJob,
  completeJob,
  createRun,
  createTickJob,
  failJob,
  hasRoom,
  jobEntry,
  keys,
  leaveCancelled,
  pushJobs,
  readCheckpoint,
  reconcile,
  releaseJob,
  renewLease,
  retryJob,
  take,
  wishEntry,
  writeCheckpoint,
  type Claim,
  type Job,
  type Registration,
} from '../src/index.ts';
import { startLab } from './lab.ts';

const { sql, redis } = await startLab('cancel test', { max: 20 });
const MODEL_DIR = await mkdtemp(path.join(tmpdir(), 'models-'));
const config = { MODEL_DIR, MIN_TRAINING_DATA_POINTS: 2, TRAINING_RETRY_ATTEMPTS: 3 } as Parameters<
  typeof retryJob
>[0]['config'];
const fleet = { config, sql, redis };
await sql`
  INSERT INTO market_data SELECT now() - n * interval '1 hour', 'GOOG', 1, 1, 1, 1, 1 FROM generate_series(1,
    9) n`;

afterAll(async () => {
  await rm(MODEL_DIR, { recursive: true });
});
beforeEach(async () => {
  await sql`TRUNCATE ml_training_runs, ml_training_jobs, ml_model_registry, ml_training_epochs,
    ml_training_recoveries CASCADE`;
  await redis.flushall();
});

const pair = { strategy_type: 'lstm', symbol: 'GOOG' } as const;
const makeJob = async (symbol = 'GOOG') => {
  const run = await createRun(sql, {
    trigger: 'manual',
    pairs: [{ ...pair, symbol }],
    skipped: [],
    maxAttempts: 3,
  });
  await pushJobs(redis, run!.jobs);
  return run!.jobs[0]!;
};
const claim = (jobId: string, maxRunning = 100) =>
  claimJob(sql, { jobId, trainerId: 'trainer-a', maxRunning, leaseSeconds: 30, token: crypto.randomUUID() });
const claimed = async (jobId: string): Promise<Claim> => {
  const taken = await claim(jobId);
  if (taken.outcome !== 'claimed') throw new Error(`the job was not claimed: ${taken.outcome}`);
  return taken.claim;
};
const job = async (jobId: string) => {
  const [row] = await sql<Job[]>`SELECT * FROM ml_training_jobs WHERE job_id = ${jobId}`;
  return row!;
};
const cancel = (jobId: string) => cancelJob(fleet, jobId);
const fault = { code: 'X', message: 'it broke', retryable: true };
const late = { fraction: 0.9, stage: 'late' };
const model = (): Registration => ({
  model_id: crypto.randomUUID(),
  symbol: 'GOOG',
  file_path: `models/lstm/GOOG/model_${crypto.randomUUID()}.pkl`,
  sha256: 'a'.repeat(64),
  size_bytes: 1000,
  parent_model_id: null,
  metrics: { accuracy: 0.5 },
  decision: 'the first',
  promote: true,
  champion_id: null,
  data_from: '2024-01-01T00:00:00.000Z',
  data_to: '2024-02-01T00:00:00.000Z',
  data_sha256: 'b'.repeat(64),
  params: {},
});
const models = () => sql`SELECT FROM ml_model_registry`;

describe('a job that waits and is cancelled', () => {
  test('is over, out of the queue, and says so again however often it is asked', async () => {
    const { job_id } = await makeJob();
    expect(await cancel(job_id)).toEqual({ outcome: 'cancelled', was: 'queued' });
    expect(await job(job_id)).toMatchObject({
      status: 'cancelled',
      error_code: 'CANCELLED',
      error_message: 'cancelled on request while it waited in the queue',
      started_at: null,
    });
    expect((await job(job_id)).completed_at).toBeInstanceOf(Date);
    expect(await redis.llen(keys.queue)).toBe(0);
    expect(await cancel(job_id)).toEqual({ outcome: 'already', was: 'cancelled' });
    expect(await reconcile(sql, redis)).toMatchObject({ pushed: 0 });
    expect(await claim(job_id)).toEqual({ outcome: 'over' });
    expect(await sql`SELECT FROM ml_training_runs WHERE finished_at IS NOT NULL`).toHaveLength(1);
  });

  test('after a failed attempt says what that was, and leaves no checkpoint', async () => {
    const { job_id } = await makeJob();
    const own = await claimed(job_id);
    const place = { job_id, ...pair };
    await writeCheckpoint(MODEL_DIR, {
      identity: { ...place, seed: 1 },
      bars: [],
      champion: { model_id: null, reason: 'none' },
      attempt: 1,
      resumed: 0,
      progress: 0.5,
      step: 1,
      state: {},
    });
    await failJob(sql, own, fault);
    expect(await cancel(job_id)).toEqual({ outcome: 'cancelled', was: 'queued' });
    expect((await job(job_id)).error_message).toBe(
      'cancelled on request while it waited for another attempt after X: it broke',
    );
    expect(await job(job_id)).toMatchObject({ retry_at: null });
    expect(await readCheckpoint(MODEL_DIR, place)).toBeNull();
  });

  test('is over also while Redis is away; its entry, taken later, starts nothing', async () => {
    const { job_id } = await makeJob();
    expect(await cancelJob({ config, sql, redis: null }, job_id)).toMatchObject({ outcome: 'cancelled' });
    const blocking = redis.duplicate({ enableOfflineQueue: true });
    const entry = await take(blocking, 'trainer-a', 1);
    expect(await claim(job_id)).toEqual({ outcome: 'over' });
    await acknowledge(redis, 'trainer-a', entry!);
    expect(await reconcile(sql, redis)).toMatchObject({ pushed: 0, returned: 0 });
    blocking.disconnect();
  });

  test('of a wish is neither made again nor left in the queue under its other spelling', async () => {
    const wish = { job_id: crypto.randomUUID(), ...pair };
    await createTickJob(sql, wish, 3);
    await redis.lpush(keys.queue, wishEntry(wish));
    await cancel(wish.job_id);
    expect(await redis.llen(keys.queue)).toBe(0);
    expect(await createTickJob(sql, wish, 3)).toBe(true);
    expect(await claim(wish.job_id)).toEqual({ outcome: 'over' });
  });
});

describe('a job that runs and is cancelled', () => {
  test('is its trainer’s no more: no renewal, result, failure or return counts, and no model comes of it', async () => {
    const { job_id } = await makeJob();
    const own = await claimed(job_id);
    await renewLease(sql, own, 30, { fraction: 0.42, stage: 'training' });
    expect(await cancel(job_id)).toEqual({ outcome: 'cancelled', was: 'running' });
    expect(await renewLease(sql, own, 30, late)).toBe(false);
    expect(await completeJob(sql, own, {}, [model()])).toBe(false);
    expect(await failJob(sql, own, fault)).toBeNull();
    expect(await releaseJob(sql, own)).toBe(false);
    expect(
      await claimJob(sql, {
        jobId: job_id,
        trainerId: 'a',
        maxRunning: 9,
        leaseSeconds: 30,
        token: own.token,
      }),
    ).toEqual({ outcome: 'over' });
    expect(await job(job_id)).toMatchObject({
      status: 'cancelled',
      attempt: 1,
      error_message: 'cancelled on request during attempt 1 of 3, at 42 %',
      lease_expires_at: null,
    });
    expect(await models()).toHaveLength(0);
  });

  test('keeps its place until its trainer says that the training has stopped', async () => {
    const [first, second] = [await makeJob('A'), await makeJob('B')];
    const own = await claimed(first.job_id);
    await cancel(first.job_id);
    expect(await claim(second.job_id, 1)).toEqual({ outcome: 'no_room' });
    expect(await hasRoom(sql, 1)).toBe(false);
    expect(await leaveCancelled(sql, own)).toBe(true);
    expect(await hasRoom(sql, 1)).toBe(true);
    expect(await claim(second.job_id, 1)).toMatchObject({ outcome: 'claimed' });
  });

  test('keeps it no longer than the lease would have lasted', async () => {
    const [first, second] = [await makeJob('A'), await makeJob('B')];
    await claimed(first.job_id);
    await sql`UPDATE ml_training_jobs SET lease_expires_at = now() - interval '1 s'
      WHERE job_id = ${first.job_id}`;
    await cancel(first.job_id);
    expect(await claim(second.job_id, 1)).toMatchObject({ outcome: 'claimed' });
  });

  test('leaves nothing to whoever left a job that was not cancelled', async () => {
    const own = await claimed((await makeJob()).job_id);
    expect(await leaveCancelled(sql, own)).toBe(false);
    await completeJob(sql, own, {}, [model()]);
    expect(await leaveCancelled(sql, own)).toBe(false);
  });
});

test('what has ended is not cancelled, and what is not there is missing', async () => {
  const { job_id } = await makeJob();
  await completeJob(sql, await claimed(job_id), {}, [model()]);
  expect(await cancel(job_id)).toEqual({ outcome: 'ended', was: 'completed' });
  expect(await job(job_id)).toMatchObject({ status: 'completed', error_code: null });
  expect(await cancel(crypto.randomUUID())).toEqual({ outcome: 'missing', was: null });
});

describe('at the same moment', () => {
  const rounds = Array.from({ length: 20 }, (_, i) => i);
  /** Both orders come up: neither is sent first every time. */
  const together = <A, B>(round: number, a: () => Promise<A>, b: () => Promise<B>): Promise<[A, B]> => {
    if (round % 2 === 0) return Promise.all([a(), b()]);
    const second = b();
    return Promise.all([a(), second]);
  };

  test('a job is cancelled or completed, never both, and only a completed one has a model', async () => {
    for (const round of rounds) {
      const { job_id } = await makeJob();
      const own = await claimed(job_id);
      const [{ outcome }, completed] = await together(
        round,
        () => cancel(job_id),
        () => completeJob(sql, own, {}, [model()]),
      );
      const { status } = await job(job_id);
      expect([outcome, completed, status]).toEqual(
        completed ? ['ended', true, 'completed'] : ['cancelled', false, 'cancelled'],
      );
      expect(await sql`SELECT FROM ml_model_registry WHERE job_id = ${job_id}`).toHaveLength(
        completed ? 1 : 0,
      );
    }
  });

  test('a claim that comes first is cancelled with its job, one that comes late gets nothing', async () => {
    for (const round of rounds) {
      const { job_id } = await makeJob();
      const [{ outcome }, taken] = await together(
        round,
        () => cancel(job_id),
        () => claim(job_id),
      );
      expect(outcome).toBe('cancelled');
      expect(['claimed', 'over']).toContain(taken.outcome);
      if (taken.outcome === 'claimed') expect(await renewLease(sql, taken.claim, 30, late)).toBe(false);
      const after = await job(job_id);
      expect(after.status).toBe('cancelled');
      if (after.started_at !== null)
        expect(after.completed_at!.getTime()).toBeGreaterThanOrEqual(after.started_at.getTime());
    }
  });

  test('a job whose lease is over is cancelled, recovered before or not', async () => {
    for (const round of rounds) {
      const { job_id } = await makeJob();
      await claimed(job_id);
      await sql`UPDATE ml_training_jobs SET lease_expires_at = now() - interval '1 s'
        WHERE job_id = ${job_id}`;
      const [{ outcome }] = await together(
        round,
        () => cancel(job_id),
        () => reconcile(sql, redis),
      );
      expect(outcome).toBe('cancelled');
      expect((await job(job_id)).status).toBe('cancelled');
      await reconcile(sql, redis);
      expect((await job(job_id)).status).toBe('cancelled');
    }
  });

  test('of many who cancel one does, and of many who retry one does', async () => {
    const { job_id } = await makeJob();
    await claimed(job_id);
    const outcomes = await Promise.all(rounds.map(() => cancel(job_id)));
    expect(outcomes.filter(({ outcome }) => outcome === 'cancelled')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'already')).toHaveLength(rounds.length - 1);
    const retrials = await Promise.all(rounds.map(() => retryJob(fleet, job_id)));
    const [made, ...more] = retrials.filter((one) => one.outcome === 'queued');
    expect(more).toEqual([]);
    for (const one of retrials)
      if (one.outcome !== 'queued')
        expect(one).toEqual({ outcome: 'open', openJobId: made!.job.job_id, status: 'queued' });
    expect(await sql`SELECT FROM ml_training_runs`).toHaveLength(2);
  });
});

describe('a retry', () => {
  test('of a failed or cancelled job is a new one, in a run of its own, that names the old one', async () => {
    const { job_id } = await makeJob();
    await failJob(sql, await claimed(job_id), { ...fault, retryable: false });
    const made = await retryJob(fleet, job_id);
    if (made.outcome !== 'queued') throw new Error(made.outcome);
    expect(await job(made.job.job_id)).toMatchObject({
      ...pair,
      status: 'queued',
      trigger: 'manual',
      attempt: 0,
      max_attempts: 4,
      retry_of: job_id,
      run_id: made.runId,
    });
    expect(await sql`SELECT run_id, trigger FROM ml_training_runs WHERE run_id = ${made.runId}`).toEqual([
      { run_id: made.runId, trigger: 'manual' },
    ]);
    expect(await redis.lrange(keys.queue, 0, -1)).toContainEqual(jobEntry(made.job));
    expect(await job(job_id)).toMatchObject({ status: 'failed', error_code: 'X' });
    // The new one is open now.
    expect(await retryJob(fleet, job_id)).toEqual({
      outcome: 'open',
      openJobId: made.job.job_id,
      status: 'queued',
    });
  });

  test('of what is open, completed, not there, or has too few bars is none, and makes no run', async () => {
    const { job_id } = await makeJob();
    expect(await retryJob(fleet, job_id)).toEqual({ outcome: 'open', openJobId: job_id, status: 'queued' });
    await completeJob(sql, await claimed(job_id), {}, [model()]);
    expect(await retryJob(fleet, job_id)).toEqual({ outcome: 'completed' });
    expect(await retryJob(fleet, crypto.randomUUID())).toEqual({ outcome: 'missing' });
    const other = await makeJob('NOBARS');
    await cancel(other.job_id);
    await expect(retryJob(fleet, other.job_id)).rejects.toMatchObject({
      code: 'TOO_FEW_BARS',
      message: expect.stringMatching(/^NOBARS has no bars/),
    });
    expect(await sql`SELECT FROM ml_training_runs`).toHaveLength(2);
  });
});
