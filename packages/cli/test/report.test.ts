// What `ml report` writes of a registered model.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startLab } from './ml.ts';

const lab = await startLab();
const { sql, ml } = lab;
const folder = await mkdtemp(path.join(tmpdir(), 'ml-report-'));
afterAll(async () => {
  await lab.end();
  await rm(folder, { recursive: true });
});

const whole = '11111111-0000-4000-8000-000000000000';
const older = '22222222-0000-4000-8000-000000000000';
beforeAll(async () => {
  await lab.reset();
  const details = {
    permutation: {
      metric: 'log_likelihood',
      rows: 2,
      symbols: ['BTC/USD'],
      repeats: 1,
      features: [{ name: 'lag_1', loss: 0.0321, error: 0.001, deviation: null }],
      groups: [],
    },
  };
  await sql`
    INSERT INTO ml_training_jobs (job_id, strategy_type, symbol, status, trigger, max_attempts, result)
    VALUES ('33333333-0000-4000-8000-000000000000', 'lstm', 'BTC/USD', 'completed', 'manual', 1,
      ${sql.json({ seed: 7, report: { details } })})`;
  await sql`
    INSERT INTO ml_training_epochs (job_id, step, name, value)
    SELECT '33333333-0000-4000-8000-000000000000', i, 'loss', 0.7 - i / 100.0 FROM generate_series(1, 5) i`;
  await sql`
    INSERT INTO ml_model_registry (model_id, job_id, strategy_type, symbol, is_active, file_path, sha256, size_bytes,
      metrics, decision, data_from, data_to, data_sha256, params)
    VALUES (${whole}, '33333333-0000-4000-8000-000000000000', 'lstm', 'BTC/USD', true, 'models/lstm/m.pkl', 'a', 1,
        '{"rows": 2, "accuracy": 0.5}', 'Promoted: <b>first</b>', now(), now(), 'b', '{"units": 32}'),
      (${older}, NULL, 'lstm', 'BTC/USD', false, 'models/lstm/n.pkl', 'a', 1, '{}', 'old', now(), now(), 'b', '{}')`;
  await sql`
    INSERT INTO ml_model_holdouts
    VALUES (${whole}, 2, 1, 5, '{2026-01-01T00:00Z,2026-01-01T01:00Z}', '{1, 2.123456789012345}', '{0.5, null}',
      '{1, 0}', '{0.1, -0.001}', '{1.1, 1.0989}', '{1, 2}', '[]')`;
});

test('one file, named by what it is of where nobody says, with what the database has', async () => {
  const file = path.join(folder, 'one.html');
  expect(await ml(['report', '1111', '-o', file])).toEqual({ code: 0, out: `${file}\n`, err: '' });
  const page = await readFile(file, 'utf8');
  expect(page).toContain('<h1>lstm BTC/USD</h1>');
  expect(page).toContain('Promoted: &lt;b&gt;first&lt;/b&gt;');
  for (const text of ['0.0321', '<figcaption>loss</figcaption>', '<dd>7</dd>', '<dt>units</dt>', 'old'])
    expect(page).toContain(text);
  const { out } = await ml(['report', '1111', '-o', '-']);
  // But for the moment that it is of.
  const undated = (text: string): string => text.replace(/Report of [^.]*\./, '');
  expect(undated(out)).toBe(undated(page));
  const json = JSON.parse((await ml(['report', '2222', '-o', file, '--json'])).out) as unknown;
  expect(json).toEqual({ model_id: older, report: file, csv: null });
  expect(await readFile(file, 'utf8')).toContain('trained before the fleet kept what models say');
});

test('the rows as CSV are those that are kept', async () => {
  const { out, code } = await ml(['report', '1111', '--csv', '-']);
  expect(code).toBe(0);
  expect(out).toBe(
    'time,close,score,position,return,equity,buy_and_hold\n' +
      '2026-01-01T00:00:00.000Z,1,0.5,1,0.1,1.1,1\n' +
      '2026-01-01T01:00:00.000Z,2.123456789012345,,0,-0.001,1.0989,2\n',
  );
  const [csv, html] = [path.join(folder, 'rows.csv'), path.join(folder, 'both.html')];
  expect((await ml(['report', '1111', '--csv', csv, '-o', html])).out).toBe(`${html}\n${csv}\n`);
  expect(await readFile(csv, 'utf8')).toBe(out);
});

test.each([
  [['2222', '--csv', '-'], /^nothing is kept of what model 22222222 said of its holdout/],
  [['ffff'], /^no model_id begins with ffff/],
  [['1111', '-o', '/nowhere/x.html'], /^\/nowhere\/x\.html can't be written: ENOENT/],
  [['1111', '-o', '-', '--csv', '-'], /^only one of --output and --csv can go to -/],
])("what can't be is said: %j", async (args, message) => {
  const { code, out, err } = await ml(['report', ...args]);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(message);
});
