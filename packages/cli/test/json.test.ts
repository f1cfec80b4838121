// What --json prints is what docs/reference/cli.md says it is.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jsonShapes, type Shape } from '../src/json-shapes.ts';
import { startLab } from './ml.ts';

const lab = await startLab();
const { sql, ml } = lab;
const folder = await mkdtemp(path.join(tmpdir(), 'ml-json-'));
afterAll(async () => {
  await lab.end();
  await rm(folder, { recursive: true });
});

beforeAll(async () => {
  await lab.reset();
  await lab.addBars('GOOG', 200);
  await sql`
    INSERT INTO ml_training_jobs (job_id, strategy_type, symbol, status, trigger, max_attempts)
    VALUES ('11111111-0000-4000-8000-000000000000', 'lstm', 'SP500', 'failed', 'manual', 1),
           ('22222222-0000-4000-8000-000000000000', 'lstm', 'MSFT', 'queued', 'manual', 1),
           ('33333333-0000-4000-8000-000000000000', 'rl', 'GOOG', 'failed', 'manual', 1)`;
  await lab.redis.lpush('ml_training_processing:t-1', '{"job_id":"22222222-0000-4000-8000-000000000000"}');
  await lab.redis.lpush('ml_training_dead', '{"at":"2026-01-01T00:00:00.000Z","reason":"r","payload":"{}"}');
  await sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, is_active, file_path, sha256, size_bytes, metrics, decision,
      data_from, data_to, data_sha256, params)
    VALUES ('lstm', 'GOOG', true, 'models/lstm/GOOG/model_20240101_000000.pkl', 'a', 1, '{}', 'first', now(), now(), 'b', '{}'),
           ('lstm', 'GOOG', false, 'models/lstm/GOOG/model_20230101_000000.pkl', 'a', 1, '{}', 'old', now(), now(), 'b', '{}')`;
  await sql`UPDATE ml_model_registry SET created_at = now() - interval '99 days' WHERE NOT is_active`;
  await writeFile(
    path.join(folder, 'one.csv'),
    'time,symbol,open,high,low,close,volume\n2024-01-01,A,1,1,1,1,1\n',
  );
});

/** Paths of what differs between a value and the shape that is documented. */
function differences(value: unknown, shape: Shape, at = '$'): string[] {
  if (typeof shape === 'string') return [];
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${at} is no list`];
    return value
      .slice(0, 1)
      .flatMap((one: unknown) => differences(one, (shape as readonly [Shape])[0], `${at}[]`));
  }
  if (typeof value !== 'object' || value === null) return [`${at} is no object`];
  const printed = Object.keys(value);
  const documented = Object.keys(shape);
  return [
    ...printed.filter((name) => !documented.includes(name)).map((name) => `${at}.${name} is not documented`),
    ...documented.filter((name) => !printed.includes(name)).map((name) => `${at}.${name} is not printed`),
    ...documented.flatMap((name) =>
      printed.includes(name)
        ? differences(
            (value as Record<string, unknown>)[name],
            (shape as Record<string, Shape>)[name]!,
            `${at}.${name}`,
          )
        : [],
    ),
  ];
}

test.each<[string, string[]]>([
  ['import', [path.join(folder, 'one.csv')]],
  ['train', ['lstm', 'GOOG']],
  ['jobs', []],
  ['job', ['1111']],
  ['cancel', ['2222']],
  ['retry', ['3333']],
  ['queue', []],
  ['models', ['--all']],
  ['strategies', []],
  ['cleanup', ['--dry-run']],
  ['doctor', []],
])('ml %s --json', async (command, args) => {
  const { out } = await ml([command, ...args, '--json']);
  const value: unknown = JSON.parse(out);
  expect(differences(value, jsonShapes[command]!)).toEqual([]);
});
