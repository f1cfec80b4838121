import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startLab } from './ml.ts';

const lab = await startLab();
const { sql } = lab;
const MODEL_DIR = await mkdtemp(path.join(tmpdir(), 'ml-cleanup-'));
const file = 'models/lstm/GOOG/model_20230101_000000.pkl';
const onDisk = path.join(MODEL_DIR, 'lstm/GOOG/model_20230101_000000.pkl');
afterAll(async () => {
  await lab.end();
  await rm(MODEL_DIR, { recursive: true });
});

beforeAll(async () => {
  await mkdir(path.dirname(onDisk), { recursive: true });
  await writeFile(onDisk, 'a model');
  await sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, file_path, sha256, size_bytes, metrics, decision, data_from,
      data_to, data_sha256, params, created_at)
    VALUES ('lstm', 'GOOG', ${file}, 'a', 1, '{}', 'old', now(), now(), 'b', '{}', now() - interval '31 days')`;
  await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, created_at, completed_at)
    SELECT 'lstm', 'S' || i, 'completed', 'manual', 1, now() - interval '400 days', now() - interval '399 days'
    FROM generate_series(1, 3) i`;
});

test('--dry-run says by which rule a model goes, and how much room that makes', async () => {
  const { out } = await lab.ml(['cleanup', '--dry-run'], {
    MODEL_DIR,
    MODEL_RETENTION_DAYS: '60',
    MODEL_KEEP_LAST: '1',
  });
  expect(out).not.toContain(file);
  const young = 'models/lstm/GOOG/model_20230102_000000.pkl';
  await sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, file_path, sha256, size_bytes, metrics, decision, data_from,
      data_to, data_sha256, params)
    VALUES ('lstm', 'GOOG', ${young}, 'b', 1, '{}', 'new', now(), now(), 'b', '{}')`;
  const second = await lab.ml(['cleanup', '--dry-run'], {
    MODEL_DIR,
    MODEL_RETENTION_DAYS: '60',
    MODEL_KEEP_LAST: '1',
  });
  expect(second.out).toMatch(new RegExp(`model +${file.replaceAll('.', '[.]')} +beyond MODEL_KEEP_LAST`));
  expect(second.out).toContain('Nothing was deleted: a dry run. It would free 0.0 MB of files.');
  await sql`DELETE FROM ml_model_registry WHERE file_path = ${young}`;
});

test('--dry-run shows what would be deleted and deletes nothing; without it that very thing goes', async () => {
  const ml = (...args: string[]) => lab.ml(['cleanup', '--json', ...args], { MODEL_DIR });
  const removals = [
    { what: 'model', name: file, why: 'past MODEL_RETENTION_DAYS' },
    { what: 'jobs with their curves', name: '3 rows', why: 'past JOB_RETENTION_DAYS' },
  ];
  const dry = await ml('--dry-run');
  expect([dry.code, JSON.parse(dry.out)]).toEqual([0, { dry_run: true, removals, freed_bytes: 7 }]);
  expect(existsSync(onDisk)).toBe(true);
  expect(JSON.parse((await ml()).out)).toEqual({ dry_run: false, removals, freed_bytes: 7 });
  expect(existsSync(onDisk)).toBe(false);
  expect(await sql`SELECT FROM ml_training_jobs`).toHaveLength(0);
  expect(JSON.parse((await ml()).out)).toEqual({ dry_run: false, removals: [], freed_bytes: 0 });
});
