// Every start of a job is kept, whoever starts or ends it, with what it waited, took and came to.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { startServers } from '@ml-training/testing';
import {
  attemptsOf,
  claimJob,
  completeJob,
  connectDatabase,
  createTickJob,
  epochsOf,
  expireJobs,
  failJob,
  migrate,
  noteEpochs,
  releaseJob,
  renewLease,
  type Claim,
  type Failure,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('attempts test');
beforeEach(() => sql`TRUNCATE ml_training_jobs CASCADE`);

const queued = async (maxAttempts = 4): Promise<string> => {
  const job_id = crypto.randomUUID();
  await createTickJob(sql, { job_id, strategy_type: 'lstm', symbol: 'GOOG' }, maxAttempts);
  return job_id;
};
/** Claims the job as soon as it is due, which what time does to it makes now. */
const claimed = async (jobId: string, trainerId = 'trainer-a'): Promise<Claim> => {
  await sql`UPDATE ml_training_jobs SET retry_at = now() - interval '1 ms' WHERE job_id = ${jobId}
    AND retry_at IS NOT NULL`;
  const request = { jobId, trainerId, maxRunning: 100, leaseSeconds: 30, token: crypto.randomUUID() };
  const taken = await claimJob(sql, request);
  if (taken.outcome !== 'claimed') throw new Error(`the job was not claimed: ${taken.outcome}`);
  return taken.claim;
};
const letLeaseEnd = async (jobId: string): Promise<void> => {
  await sql`UPDATE ml_training_jobs SET lease_expires_at = now() - interval '1 second'
    WHERE job_id = ${jobId}`;
  await sql`SELECT * FROM ml_training_recover()`;
};
const failure: Failure = { code: 'TRAINING_FAILED', message: 'it failed', retryable: true };
const away: Failure = {
  code: 'DISK_FULL',
  message: 'no room',
  retryable: true,
  infrastructure: true,
};
const storyOf = async (jobId: string) =>
  (await attemptsOf(sql, jobId)).map((one) => [one.seq, one.attempt, one.outcome, one.error_code]);

test('each way in which an attempt ends is told apart, also from the error of the one before', async () => {
  const job = await queued();
  await failJob(sql, await claimed(job), failure);
  // Equal word for word.
  await failJob(sql, await claimed(job, 'trainer-b'), failure);
  await failJob(sql, await claimed(job), away);
  await releaseJob(sql, await claimed(job));
  await claimed(job);
  await letLeaseEnd(job);
  await releaseJob(sql, await claimed(job));
  const last = await claimed(job);
  expect((await attemptsOf(sql, job)).at(-1)).toMatchObject({ ended_at: null, outcome: null });
  await renewLease(sql, last, 30, { fraction: 0.5, stage: 'training' });
  await completeJob(sql, last, {}, []);
  await completeJob(sql, last, {}, []);
  expect(await storyOf(job)).toEqual([
    [1, 1, 'retried', 'TRAINING_FAILED'],
    [2, 2, 'retried', 'TRAINING_FAILED'],
    [3, 3, 'postponed', 'DISK_FULL'],
    [4, 3, 'handed_back', null],
    [5, 3, 'trainer_died', 'TRAINER_DIED'],
    [6, 4, 'handed_back', null],
    [7, 4, 'completed', null],
  ]);
});

test.each<[string, string | null, (claim: Claim) => Promise<unknown>]>([
  ['failed', 'TRAINING_FAILED', (claim) => failJob(sql, claim, failure)],
  ['trainer_died', 'TRAINER_DIED', ({ jobId }) => letLeaseEnd(jobId)],
  // As a person may, or whoever cancels a job whose token stays.
  [
    'cancelled',
    null,
    ({ jobId }) =>
      sql`UPDATE ml_training_jobs SET status = 'cancelled', completed_at = now(), lease_expires_at = NULL
        WHERE job_id = ${jobId}`,
  ],
])('the last attempt of all: %s', async (outcome, code, end) => {
  const job = await queued(1);
  await end(await claimed(job));
  expect(await storyOf(job)).toEqual([[1, 1, outcome, code]]);
});

test('an attempt says how long the job waited, when it was due, and how long it took', async () => {
  const job = await queued();
  const first = await claimed(job, 'trainer-a');
  await failJob(sql, first, { ...failure, message: 'it failed at once' });
  const [row] = await sql<[{ created_at: Date; retry_at: Date }]>`
    UPDATE ml_training_jobs SET retry_at = now() - interval '1 hour' WHERE job_id = ${job}
      RETURNING created_at, retry_at`;
  const request = { jobId: job, trainerId: 'trainer-b', maxRunning: 9, leaseSeconds: 30 };
  await claimJob(sql, { ...request, token: crypto.randomUUID() });
  const [one, two] = await attemptsOf(sql, job);
  expect(one).toMatchObject({
    trainer_id: 'trainer-a',
    queued_at: row.created_at,
    due_at: null,
    error_message: 'it failed at once',
  });
  expect(two).toMatchObject({ trainer_id: 'trainer-b', queued_at: one!.ended_at, due_at: row.retry_at });
  expect(one!.ended_at!.getTime()).toBeGreaterThanOrEqual(one!.started_at.getTime());
});

test('of a job that is started over and over the newest 200 stay, and they go with the job', async () => {
  const job = await queued();
  for (let i = 0; i < 203; i += 1) await releaseJob(sql, await claimed(job));
  const kept = (await attemptsOf(sql, job)).map(({ seq }) => seq);
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([200, 4, 203]);
  await sql`UPDATE ml_training_jobs SET status = 'cancelled', created_at = now() - interval '9 days',
    completed_at = now() - interval '9 days'`;
  expect(await expireJobs(sql, 7)).toBe(1);
  expect(await sql`SELECT FROM ml_training_attempts`).toHaveLength(0);
});

test('a job that ran while its start was not noted has an attempt when it ends', async () => {
  const job = await queued();
  const claim = await claimed(job);
  await sql`DELETE FROM ml_training_attempts`;
  await completeJob(sql, claim, {}, []);
  expect(await storyOf(job)).toEqual([[1, 1, 'completed', null]]);
});

test('a database whose jobs are running when it is brought up to date has their attempts', async () => {
  const older = await startServers();
  const old = connectDatabase(older.databaseUrl, { applicationName: 'attempts test', max: 1 });
  try {
    const folder = path.join(import.meta.dirname, '../src/database/migrations');
    await old`CREATE TABLE ml_training_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`;
    for (const name of readdirSync(folder).sort())
      if (name < '017') {
        await old.unsafe(readFileSync(path.join(folder, name), 'utf8'));
        await old`INSERT INTO ml_training_migrations (name) VALUES (${name})`;
      }
    await old`
      INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, attempt, max_attempts, started_at, trainer_id, lease_token,
                                    lease_expires_at)
      VALUES ('rl', 'GOOG', 'running', 'tick', 2, 4, '2026-01-01T00:00Z', 'of before', gen_random_uuid(), now() + interval '1 hour'),
             ('lstm', 'GOOG', 'completed', 'tick', 1, 4, '2026-01-01T00:00Z', 'of before', gen_random_uuid(), NULL)`;
    await migrate(old);
    expect(await old`SELECT trainer_id, started_at FROM ml_training_attempts WHERE outcome IS NULL`).toEqual([
      { trainer_id: 'of before', started_at: new Date('2026-01-01T00:00Z') },
    ]);
    const [job] = await old<{ job_id: string }[]>`
      UPDATE ml_training_jobs SET status = 'failed', error_code = 'X', error_message = 'x', completed_at = now()
      WHERE status = 'running' RETURNING job_id`;
    expect(await attemptsOf(old, job!.job_id)).toMatchObject([
      { seq: 1, attempt: 2, trainer_id: 'of before', outcome: 'failed', error_code: 'X' },
    ]);
    expect(await old`SELECT FROM ml_training_attempts`).toHaveLength(1);
  } finally {
    await old.end({ timeout: 1 });
    await older.stop();
  }
});

test('curves are read whole, or from where one was', async () => {
  const claim = await claimed(await queued());
  const points = [1, 2, 3].flatMap((step) => [
    { step, name: 'loss', value: 1 / step },
    { step, name: 'validation_loss', value: 2 / step },
  ]);
  await noteEpochs(sql, claim, points);
  expect(await epochsOf(sql, claim.jobId)).toEqual(points);
  expect(await epochsOf(sql, claim.jobId, { afterStep: 2 })).toEqual(points.slice(4));
});
