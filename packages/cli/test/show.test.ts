// What `ml jobs` and `ml models` show.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startLab } from './ml.ts';

const lab = await startLab();
const { ml, sql } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());

/** Lines of a table, columns apart by two spaces or more. */
const cells = (out: string): string[][] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));

describe('ml jobs', () => {
  beforeEach(async () => {
    await sql`
      INSERT INTO ml_training_jobs (job_id, strategy_type, symbol, status, trigger, attempt, max_attempts, created_at, started_at,
        completed_at, progress, stage, error_message, retry_at, lease_token, lease_expires_at)
      VALUES
        ('11111111-0000-4000-8000-000000000000', 'lstm', 'GOOG', 'completed', 'schedule', 1, 4, '2024-01-01T10:00Z',
         '2024-01-01T10:00:01Z', '2024-01-01T10:01:16.42Z', 1, NULL, NULL, NULL, NULL, NULL),
        ('22222222-0000-4000-8000-000000000000', 'rl', 'GOOG', 'failed', 'manual', 4, 4, '2024-01-01T11:00Z',
         '2024-01-01T11:00Z', '2024-01-01T11:00:02Z', 0, NULL, E'it broke\n  at train.ts:1\n  at main.ts:2', NULL, NULL, NULL),
        ('33333333-0000-4000-8000-000000000000', 'rl', 'BTC/USD', 'running', 'tick', 1, 4, '2024-01-01T12:00Z',
         '2024-01-01T12:00Z', NULL, 0.42, 'train', NULL, NULL, gen_random_uuid(), now()),
        ('44444444-0000-4000-8000-000000000000', 'lstm', 'SP500', 'queued', 'tick', 2, 4, '2024-01-01T13:00Z',
         '2024-01-01T13:00Z', NULL, 0, NULL, 'too slow', '2024-01-01T13:05Z', NULL, NULL)`;
  });

  test('shows the newest first, a line each, with what there is to say', async () => {
    const { code, out } = await ml(['jobs']);
    expect(code).toBe(0);
    expect(cells(out)).toEqual([
      ['job', 'strategy', 'symbol', 'status', 'attempt', 'trigger', 'created (UTC)', 'seconds', 'note'],
      [
        '44444444',
        'lstm',
        'SP500',
        'queued',
        '2/4',
        'tick',
        '2024-01-01 13:00:00',
        'again at 2024-01-01 13:05:00: too slow',
      ],
      ['33333333', 'rl', 'BTC/USD', 'running', '1/4', 'tick', '2024-01-01 12:00:00', '42 % train'],
      ['22222222', 'rl', 'GOOG', 'failed', '4/4', 'manual', '2024-01-01 11:00:00', '2', 'it broke …'],
      ['11111111', 'lstm', 'GOOG', 'completed', '1/4', 'schedule', '2024-01-01 10:00:00', '75.4'],
    ]);
  });

  test('names the symbols that a job left out, and why: the first three; those of a job of before, too', async () => {
    const left_out = { A: 'A has close NaN', B: '60 bars', C: 'C: x', D: 'd', E: 'e' };
    await sql`UPDATE ml_training_jobs SET result = ${sql.json({ left_out })} WHERE status = 'completed'`;
    const note = async () => cells((await ml(['jobs', '--status', 'completed'])).out)[1]!.at(-1);
    expect(await note()).toBe('left out: A (has close NaN), B (60 bars), C (x), and 2 more');
    const before = { report: { details: { left_out: { A: 'a' } } } };
    await sql`UPDATE ml_training_jobs SET result = ${sql.json(before)} WHERE status = 'completed'`;
    expect(await note()).toBe('left out: A (a)');
  });

  test('--status and --limit choose', async () => {
    expect(cells((await ml(['jobs', '--status', 'failed'])).out).map(([job]) => job)).toEqual([
      'job',
      '22222222',
    ]);
    expect(cells((await ml(['jobs', '--limit', '2'])).out)).toHaveLength(3);
  });

  test('--json has everything, the whole message included', async () => {
    const { out } = await ml(['jobs', '--json', '--status', 'failed']);
    expect(JSON.parse(out)).toMatchObject([
      {
        job_id: '22222222-0000-4000-8000-000000000000',
        created_at: '2024-01-01T11:00:00.000Z',
        error_message: 'it broke\n  at train.ts:1\n  at main.ts:2',
      },
    ]);
  });

  test.each([
    [
      ['--status', 'done'],
      /--status is "done", but must be one of queued, running, completed, failed, cancelled/,
    ],
    [['--limit', '0'], /must be a whole number of 1 or more/],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await ml(['jobs', ...args]);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });
});

describe('ml models', () => {
  beforeEach(async () => {
    // The last of them is of 49 hours ago.
    await sql`
      INSERT INTO market_data SELECT now() - make_interval(hours => 48 + i), 'GOOG', 1, 1, 1, 1, 1 FROM generate_series(1, 9) i`;
    await sql`
      INSERT INTO ml_model_registry (model_id, strategy_type, symbol, created_at, is_active, file_path, sha256, size_bytes, metrics,
        decision, data_from, data_to, data_sha256, params)
      VALUES
        ('11111111-0000-4000-8000-000000000000', 'lstm', 'GOOG', '2024-01-01T10:00Z', true, 'models/lstm/GOOG/model_1.pkl', 's', 123456,
         '{"accuracy": 0.5312, "auc": 0.52, "sharpe": -0.3, "baselines": {"majority_class": {"accuracy": 0.5}}}', 'the first one', now(),
         now(), 'd', '{}'),
        ('22222222-0000-4000-8000-000000000000', 'lstm', 'GOOG', '2024-01-01T11:00Z', false, 'models/lstm/GOOG/model_2.pkl', 's', 2000,
         '{}', 'worse than the one in use', now(), now(), 'd', '{}')`;
  });

  test('shows those in use, each beside its baseline', async () => {
    expect(cells((await ml(['models'])).out)).toEqual([
      [
        'model',
        'strategy',
        'symbol',
        'active',
        'created (UTC)',
        'accuracy',
        'baseline',
        'auc',
        'return %',
        'sharpe',
        'live',
        'kB',
        'newest bar',
        'file',
      ],
      [
        '11111111',
        'lstm',
        'GOOG',
        'yes',
        '2024-01-01 10:00:00',
        '0.531',
        '0.500',
        '0.520',
        '-0.30',
        'not yet',
        '123',
        '2 d ago',
        'models/lstm/GOOG/model_1.pkl',
      ],
    ]);
  });

  test('--all shows the others too, --decisions why', async () => {
    expect((await ml(['models', '--all', '--decisions'])).out).toBe(
      '22222222  lstm GOOG  2024-01-01 11:00:00\n' +
        '  worse than the one in use\n' +
        '\n' +
        '11111111  lstm GOOG  2024-01-01 10:00:00, in use\n' +
        '  accuracy 0.53, baseline 0.50, auc 0.52, sharpe -0.30\n' +
        '  the first one\n',
    );
  });

  test('--decisions tells what a model was judged on, and whether it was refitted since', async () => {
    await sql`
      UPDATE ml_model_registry SET data_to = '2024-01-01T09:00Z', holdout_from = '2023-12-20', refit_rows = 945,
        holdout_to = '2024-01-01T08:00Z', judged_data_to = '2023-12-19T20:00Z' WHERE is_active`;
    await sql`
      UPDATE ml_model_registry SET data_to = '2023-12-19T20:00Z', holdout_from = '2023-12-20',
        holdout_to = '2024-01-01' WHERE NOT is_active`;
    const { out } = await ml(['models', '--all', '--decisions']);
    const words = out.replaceAll(/\s+/g, ' ');
    expect(words).toContain(
      'It was judged on the bars 2023-12-20 to 2024-01-01 08:00, refitted on all 945 rows to 2024-01-01 09:00.',
    );
    expect(words).toContain(
      'It was judged on the bars 2023-12-20 to 2024-01-01, fitted on those to 2023-12-19 20:00.',
    );
  });

  test('pairs without a model are told where none passed its floor, with what it is worse by', async () => {
    const facts = {
      ground: 'below_floor',
      metric: 'net_return',
      floor: {
        rule: 'always_flat',
        rows: 189,
        difference: -0.0012,
        low: -0.002,
        high: -0.0004,
        passed: false,
      },
    };
    await sql`
      INSERT INTO ml_model_registry (model_id, strategy_type, symbol, file_path, sha256, size_bytes, metrics,
        decision, decision_facts, data_from, data_to, data_sha256, params)
      VALUES ('33333333-0000-4000-8000-000000000000', 'rl', 'GOOG', 'models/rl/GOOG/model_3.pkl', 's', 1,
        '{}', 'Not promoted: it is below the floor.', ${sql.json(facts)}, now(), now(), 'd', '{}')`;
    const words = (text: string): string => text.replaceAll(/\s+/g, ' ');
    expect(words((await ml(['models'])).out)).toContain(
      'No model in use, as none passed the floor yet (MODEL_FLOOR): rl GOOG. Each was worse than knowing ' +
        'nothing: "ml models --all --decisions"',
    );
    expect(words((await ml(['models', '--all', '--decisions'])).out)).toContain(
      'over its floor -12.00 bp (-20.00 to -4.00) Not promoted: it is below the floor.',
    );
  });

  test('--decisions shows intervals and the deflated Sharpe ratio where there are some, in 80 columns', async () => {
    const metrics = {
      accuracy: 0.5312,
      auc: 0.5249,
      sharpe: -0.3,
      deflated_sharpe: 0.412,
      trials: 12,
      intervals: {
        accuracy: { low: 0.4601, high: 0.6 },
        auc: { low: 0.4, high: 0.61 },
        sharpe: { low: -1.2, high: 0.8 },
      },
    };
    await sql`
      UPDATE ml_model_registry SET metrics = ${sql.json(metrics)}, decision = ${'because of this and that '.repeat(20)}
      WHERE is_active`;
    const { out } = await ml(['models', '--decisions']);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'accuracy 0.53 (0.46–0.60), auc 0.52 (0.40–0.61), sharpe -0.30 (-1.20 to 0.80), ' +
        'deflated sharpe 0.41 after 12 trials because of this and that because',
    );
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('a file that is of several models says so beside its size, until only one is left', async () => {
    const [job] = await sql<[{ job_id: string }]>`
      INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts)
      VALUES ('ensemble', '@ALL', 'completed', 'manual', 1) RETURNING job_id`;
    await sql`
      INSERT INTO ml_model_registry (job_id, strategy_type, symbol, is_active, file_path, sha256, size_bytes, metrics, decision,
        data_from, data_to, data_sha256, params)
      SELECT ${job.job_id}, 'ensemble', 'S' || i, true, 'models/ensemble/S' || i || '/model_1.pkl', CASE WHEN i > 1 THEN 's' ELSE i::text END,
        992000, '{"accuracy": 0.5, "auc": 0.5, "sharpe": 0, "baselines": {"majority_class": {"accuracy": 0.5}}}',
        'so', now(), now(), 'd', '{}' FROM generate_series(1, 3) i`;
    const sizes = async () =>
      cells((await ml(['models'])).out)
        .slice(1)
        .map((row) => [row[2], row[10]]);
    expect((await sizes()).sort()).toEqual([
      ['GOOG', '123'],
      ['S1', '992'],
      ['S2', '992 ÷ 2'],
      ['S3', '992 ÷ 2'],
    ]);
    const shown = JSON.parse((await ml(['models', '--json'])).out) as { symbol: string; shared_by: number }[];
    expect(shown.map(({ symbol, shared_by }) => [symbol, shared_by]).sort()).toEqual([
      ['GOOG', 1],
      ['S1', 1],
      ['S2', 2],
      ['S3', 2],
    ]);
    await sql`DELETE FROM ml_model_registry WHERE symbol = 'S3'`;
    expect((await sizes()).find(([symbol]) => symbol === 'S2')).toEqual(['S2', '992']);
  });

  test('says which naive rule it was deflated over, and of too few rows that', async () => {
    const of = async (metrics: object): Promise<string> => {
      await sql`UPDATE ml_model_registry SET metrics = ${sql.json(metrics as never)} WHERE is_active`;
      return (await ml(['models', '--decisions'])).out.replaceAll(/\s+/g, ' ');
    };
    expect(
      await of({ sharpe: 2, deflated_excess_sharpe: 0.412, excess_over: 'buy_and_hold', trials: 1 }),
    ).toContain('sharpe 2.00, deflated sharpe 0.41 over buy_and_hold after 1 trial');
    const few = {
      accuracy: 0.6,
      sharpe: null,
      deflated_excess_sharpe: null,
      no_sharpe: 'too few rows: 41',
      trials: 3,
    };
    expect(await of(few)).toContain('accuracy 0.60, sharpe too few rows the first one');
    expect((await ml(['models'])).out).toMatch(/ {2}too few rows {2}/);
  });

  test('judges an agent by what it earns, also one from when agents had an accuracy', async () => {
    await sql`UPDATE ml_model_registry SET strategy_type = 'rl',
      metrics = '{"accuracy": 0.5678, "auc": 0.5432, "return": 0.0312, "sharpe": 0.4,
        "intervals": {"return": {"low": -0.05, "high": 0.1}}, "baselines": {"majority_class": {"accuracy": 0.51}}}'`;
    const listed = (await ml(['models'])).out;
    expect(listed).toMatch(/ {2}3\.1 {2,}0\.40 /);
    const told = (await ml(['models', '--decisions'])).out;
    expect(told).toContain('return 0.03 (-0.05 to 0.10), sharpe 0.40');
    for (const out of [listed, told]) expect(out).not.toMatch(/0\.57|0\.568|0\.543|0\.510/);
  });

  test('--json has everything', async () => {
    expect(JSON.parse((await ml(['models', '--json'])).out)).toMatchObject([
      {
        model_id: '11111111-0000-4000-8000-000000000000',
        is_active: true,
        size_bytes: 123456,
        shared_by: 1,
        newest_bar: expect.stringMatching(/^\d{4}-.*Z$/),
        metrics: { accuracy: 0.5312 },
      },
    ]);
  });
});

test('where there is nothing to show, both say what to do; --json says []', async () => {
  expect(await ml(['jobs'])).toEqual({ code: 0, out: 'No jobs. "ml train" asks for some.\n', err: '' });
  expect((await ml(['models'])).out).toMatch(/^No model is in use\. "ml train" asks for some/);
  expect(JSON.parse((await ml(['jobs', '--json'])).out)).toEqual([]);
  expect(JSON.parse((await ml(['models', '--json'])).out)).toEqual([]);
});
