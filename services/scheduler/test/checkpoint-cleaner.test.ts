// What trainings leave beside the models: when it is deleted, and when somebody still needs it.
import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { cleanCheckpoints, writeCheckpoint } from '@ml-training/core';
import { startLab } from './lab.ts';

const lab = await startLab();
const { sql } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());

const day = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * day);
const cleanUp = (): Promise<void> =>
  cleanCheckpoints(lab.context({ MODEL_RETENTION_DAYS: '30' }), new Date());

async function job(status: string, symbol: string): Promise<string> {
  const [row] = await sql<[{ job_id: string }]>`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, lease_token,
      lease_expires_at)
    VALUES ('lstm', ${symbol}, ${status}, 'manual', 3, gen_random_uuid(), now()) RETURNING job_id`;
  return row.job_id;
}

/** A job's checkpoint, kept so many days ago. */
async function checkpoint(job_id: string, symbol: string, daysOld = 0): Promise<string> {
  await writeCheckpoint(lab.modelDir, {
    identity: { job_id, strategy_type: 'lstm', symbol },
    bars: [],
    champion: { model_id: null, reason: '' },
    attempt: 1,
    resumed: 0,
    progress: 0,
    step: null,
    state: null,
  });
  const file = path.join(lab.modelDir, 'lstm', symbol, `checkpoint_${job_id}.pkl`);
  await utimes(file, ago(daysOld), ago(daysOld));
  return file;
}

const present = async (...files: string[]): Promise<string[]> => {
  const found = await Promise.all(files.map((file) => stat(file).catch(() => null)));
  return files.filter((_, i) => found[i] !== null);
};

test('a checkpoint goes when its job has ended, however it did, and stays while it is open', async () => {
  const files = new Map<string, string>();
  for (const status of ['queued', 'running', 'completed', 'failed', 'cancelled'])
    files.set(status, await checkpoint(await job(status, status), status, 99));
  await cleanUp();
  expect(await present(...files.values())).toEqual([files.get('queued'), files.get('running')]);
  expect(lab.lines.map((line) => line['why'])).toEqual(Array(3).fill('its job has ended'));
});

test('a checkpoint of a job of another database stays for MODEL_RETENTION_DAYS', async () => {
  const [young, old] = [
    await checkpoint(crypto.randomUUID(), 'YOUNG', 29),
    await checkpoint(crypto.randomUUID(), 'OLD', 31),
  ];
  await cleanUp();
  expect(await present(young, old)).toEqual([young]);
});

test('what a killed process left of a checkpoint goes, what is being written stays', async () => {
  const id = await job('running', 'GOOG');
  const kept = await checkpoint(id, 'GOOG');
  const [left, fresh] = ['aaaaaaaa', 'bbbbbbbb'].map((random) =>
    path.join(path.dirname(kept), `.checkpoint_${id}_${random}.pkl.tmp`),
  );
  for (const file of [left!, fresh!]) await writeFile(file, 'half a st');
  await utimes(left!, ago(0.1), ago(0.1));
  await cleanUp();
  expect(await present(kept, left!, fresh!)).toEqual([kept, fresh]);
});

test('the working folder of a job goes once its last attempt is past MODEL_RETENTION_DAYS', async () => {
  const folder = path.join(lab.modelDir, '.jobs');
  const make = async (name: string, attempts: readonly number[]): Promise<void> => {
    for (const [i, daysOld] of attempts.entries()) {
      const attempt = path.join(folder, name, `attempt-${i + 1}`);
      await mkdir(attempt, { recursive: true });
      await writeFile(path.join(attempt, 'result.json'), '{}');
      await utimes(attempt, ago(daysOld), ago(daysOld));
    }
    await utimes(path.join(folder, name), ago(99), ago(99));
  };
  const [old, retried] = [crypto.randomUUID(), crypto.randomUUID()];
  await make(old, [40, 31]);
  await make(retried, [40, 29]);
  await make('notes of mine', [99]);
  await cleanUp();
  expect((await readdir(folder)).sort()).toEqual([retried, 'notes of mine'].sort());
});
