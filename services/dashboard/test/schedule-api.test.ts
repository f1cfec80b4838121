// Schedule, runs and bars as bots read them.
import { afterAll, expect, test } from '@jest/globals';
import { until } from '@ml-training/testing';
import { ask, startLab } from './lab.ts';

const lab = await startLab({
  bars: ['GOOG'],
  env: { TRAINING_CRON_SCHEDULE: '0 2 * * *', TRAINING_TIMEZONE: 'Europe/Berlin' },
});
afterAll(() => lab.end());
const get = async (path: string) => ask(`${lab.url}${path}`);

test('the schedule, in words, with its next ticks by both clocks', async () => {
  const { status, body } = await get('/api/schedule?count=5');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    cron: '0 2 * * *',
    timezone: 'Europe/Berlin',
    in_words: 'At 02:00, every day',
    of: 'settings',
    problem: expect.stringMatching(/no scheduler is running/),
  });
  const next = body['next'] as { at: string; local: string }[];
  expect(next).toHaveLength(5);
  for (const { at, local } of next) {
    expect(local).toMatch(/T02:00:00\+0[12]:00$/);
    expect(new Date(local).toISOString()).toBe(at);
  }
  const week = body['week'] as { hours: number[] }[];
  expect(week.map(({ hours }) => hours[2])).toEqual([1, 1, 1, 1, 1, 1, 1]);
});

test('a scheduler that goes by another schedule is what counts, and is told of', async () => {
  const scheduler = lab.start('scheduler', {
    TRAINING_CRON_SCHEDULE: '30 4 * * 1',
    TRAINING_TIMEZONE: 'UTC',
  });
  await scheduler.waitForLine(/"msg":"scheduled"/);
  const { body } = await get('/api/schedule');
  expect(body).toMatchObject({
    cron: '30 4 * * 1',
    of: 'scheduler',
    settings: { cron: '0 2 * * *', timezone: 'Europe/Berlin' },
    problem: expect.stringMatching(/the scheduler goes by "30 4 \* \* 1" in UTC, the settings here say/),
  });
});

test('a run from its start to its end, its jobs and what it left out', async () => {
  await lab.sql`
    INSERT INTO market_data SELECT now() - make_interval(hours => i), 'FEW', 1, 1, 1, 1, 1
      FROM generate_series(1, 30) i`;
  const { body: asked } = await ask(`${lab.url}/api/runs`, { method: 'POST', body: {} });
  const id = String(asked['run_id']);
  const list = (await get('/api/runs')).body as { items: { run_id: string }[]; next_cursor: string | null };
  expect([list.items.map(({ run_id }) => run_id), list.next_cursor]).toEqual([[id], null]);
  expect((await get(`/api/runs/${id}`)).body).toMatchObject({
    run_id: id,
    trigger: 'manual',
    finished_at: null,
    duration_seconds: null,
    outcome: { queued: 3, completed: 0 },
    skipped_count: 2,
    skipped: [
      { reason: '30 bars, MIN_TRAINING_DATA_POINTS asks for 100', count: 2, names: ['lstm FEW', 'rl FEW'] },
    ],
    jobs: {
      items: [{ strategy_type: 'ensemble', symbol: '@ALL', status: 'queued' }, {}, {}],
      next_cursor: null,
    },
    skipped_pairs: { items: [{ strategy_type: 'lstm', symbol: 'FEW' }, {}], next_cursor: null },
  });
  await lab.sql`
    UPDATE ml_training_jobs SET status = 'cancelled', started_at = created_at,
      completed_at = created_at + interval '7 seconds'`;
  const ended = await until(
    async () => {
      const { body } = await get(`/api/runs/${id}`);
      return body['finished_at'] === null ? null : body;
    },
    { what: 'the run to be finished' },
  );
  expect(ended).toMatchObject({ duration_seconds: 7, outcome: { cancelled: 3, queued: 0 } });
  const first = (await get(`/api/runs/${id}/jobs?limit=2&status=cancelled`)).body;
  expect(first['items']).toHaveLength(2);
  const second = await get(
    `/api/runs/${id}/jobs?limit=2&status=cancelled&cursor=${String(first['next_cursor'])}`,
  );
  expect(second.body).toMatchObject({ items: [{ strategy_type: 'rl' }], next_cursor: null });
  const skipped = (await get(`/api/runs/${id}/skipped?limit=1`)).body;
  expect(
    (await get(`/api/runs/${id}/skipped?limit=1&cursor=${String(skipped['next_cursor'])}`)).body,
  ).toMatchObject({
    items: [{ strategy_type: 'rl' }],
    next_cursor: null,
  });
});

test('symbols with what there is of each, and one as a line with what is missing', async () => {
  const { body } = await get('/api/symbols?q=goo');
  expect(body).toMatchObject({
    items: [
      { symbol: 'GOOG', bars: 2148, bars_exact: true, step_seconds: 86_400, trainable: true, models: [] },
    ],
    next_cursor: null,
  });
  const few = (await get('/api/symbols?q=few')).body['items'] as Record<string, unknown>[];
  expect(few[0]).toMatchObject({ trainable: false, not_trained_because: expect.stringMatching(/^30 bars/) });
  const first = (await get('/api/symbols?limit=1')).body;
  expect((await get(`/api/symbols?limit=1&cursor=${String(first['next_cursor'])}`)).body).toMatchObject({
    items: [{ symbol: 'GOOG' }],
    next_cursor: null,
  });
  const bars = (await get('/api/symbols/bars?symbol=GOOG&points=100')).body as {
    looked_at: { bars: number };
    line: { time: string[]; close: number[] };
  };
  expect(bars.looked_at.bars).toBe(2148);
  expect(bars.line.close.length).toBe(bars.line.time.length);
  expect(bars.line.close.length).toBeLessThanOrEqual(100);
});

test.each([
  ['/api/schedule?count=0', 400, 'REQUEST_INVALID'],
  ['/api/runs/nonsense', 400, 'REQUEST_INVALID'],
  ['/api/runs/11111111-0000-4000-8000-000000000000', 404, 'NOT_FOUND'],
  ['/api/runs/11111111-0000-4000-8000-000000000000/jobs', 404, 'NOT_FOUND'],
  ['/api/runs?cursor=nonsense', 400, 'CURSOR_INVALID'],
  [`/api/runs?cursor=${btoa('["2026-01-01","x"]')}`, 400, 'CURSOR_INVALID'],
  [`/api/runs?cursor=${btoa('["x","11111111-0000-4000-8000-000000000000"]')}`, 400, 'CURSOR_INVALID'],
  [`/api/symbols?cursor=${btoa('["a\\u0000"]')}`, 400, 'CURSOR_INVALID'],
  ['/api/symbols?q=%00', 400, 'REQUEST_INVALID'],
  ['/api/symbols/bars', 400, 'REQUEST_INVALID'],
  ['/api/symbols/bars?symbol=%00', 400, 'REQUEST_INVALID'],
  ['/api/symbols/bars?symbol=NOPE', 404, 'NOT_FOUND'],
])('%s is answered %i', async (path, status, code) => {
  const answer = await get(path);
  expect([answer.status, answer.body['code']]).toEqual([status, code]);
  expect(answer.type).toContain('application/problem+json');
});

test('a run that is too long is told of with the schedule, and has its expected end', async () => {
  expect((await get('/api/schedule')).body).toMatchObject({ too_long: null });
  const [run] = await lab.sql<[{ run_id: string }]>`
    INSERT INTO ml_training_runs (trigger, scheduled_for, expected_end, next_tick)
    VALUES ('schedule', '2024-01-01T11:00Z', '2024-01-01T12:30Z', '2024-01-01T12:00Z') RETURNING run_id`;
  expect((await get('/api/schedule')).body).toMatchObject({
    too_long: expect.stringMatching(
      /^the run of 2024-01-01 11:00 UTC takes until 2024-01-01 12:30 UTC or longer/,
    ),
  });
  expect((await get(`/api/runs/${run.run_id}`)).body).toMatchObject({
    expected_end: '2024-01-01T12:30:00.000Z',
    next_tick: '2024-01-01T12:00:00.000Z',
  });
});
