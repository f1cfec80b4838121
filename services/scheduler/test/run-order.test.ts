// What a run trains first, and what it does when there is no time for all of it before the next one.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { estimateQueue, findRun, keys, readSchedule, type Schedule } from '@ml-training/core';
import { enqueueDueRun } from '../src/enqueue-run.ts';
import { startLab } from './lab.ts';

const lab = await startLab();
const { sql, redis } = lab;
afterAll(() => lab.end());

const hourly: Schedule = { cron: '0 * * * *', timezone: 'UTC' };
const at = (text: string): Date => new Date(text);
const start = (now: string, settings: Record<string, string> = {}): Promise<boolean> =>
  enqueueDueRun(
    lab.context({ TRAINING_STRATEGIES: 'lstm,rl', MAX_CONCURRENT_TRAINING_JOBS: '1', ...settings }),
    hourly,
    at(now),
  );
/** As trainers will take them. */
const queued = async (): Promise<string[]> =>
  (await redis.lrange(keys.queue, 0, -1)).reverse().map((entry) => {
    const { strategy_type, symbol } = JSON.parse(entry) as { strategy_type: string; symbol: string };
    return `${strategy_type} ${symbol}`;
  });
/** A completed training of so many seconds, which ended then. */
const trained = (strategy: string, symbol: string, seconds: number, ended = '2023-12-31T00:00:00Z') => sql`
  INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, created_at, started_at,
    completed_at)
  VALUES (${strategy}, ${symbol}, 'completed', 'schedule', 1, ${ended}::timestamptz - interval '1 day',
    ${ended}::timestamptz - make_interval(secs => ${seconds}), ${ended})`;
const model = (strategy: string, symbol: string, made: string) => sql`
  INSERT INTO ml_model_registry (strategy_type, symbol, created_at, is_active, file_path, sha256, size_bytes,
    metrics, decision, data_from, data_to, data_sha256, params)
  VALUES (${strategy}, ${symbol}, ${made}, true, ${`models/${strategy}/${symbol}.pkl`}, '', 1, '{}', '', ${made},
    ${made}, '', '{}')`;
const lastRun = async () => {
  const [run] = await sql<
    { run_id: string; skipped: { symbol: string; reason: string; times?: number }[] }[]
  >`
    SELECT run_id, skipped FROM ml_training_runs ORDER BY scheduled_for DESC LIMIT 1`;
  return run!;
};
const said = (text: string) => lab.lines.filter(({ message }) => message.startsWith(text));
/** Ends all that is open as a training of so many seconds would. */
const trainAll = async (seconds: number, ended: string) => {
  await redis.del(keys.queue);
  await sql`
    UPDATE ml_training_jobs SET status = 'completed', completed_at = ${ended}, newest_bars = NULL,
      started_at = ${ended}::timestamptz - make_interval(secs => ${seconds})
    WHERE status = 'queued'`;
};

beforeEach(async () => {
  await lab.reset();
  await lab.addBars({ A: 150, B: 150, C: 150 });
  await sql`UPDATE ml_training_migrations SET applied_at = '2024-01-01T10:30Z'`;
});

describe('the order of a run', () => {
  test('is by the age of the models, those without one first, strategy by strategy in turn', async () => {
    await model('lstm', 'A', '2023-12-03T00:00Z');
    await model('lstm', 'B', '2023-12-01T00:00Z');
    await model('rl', 'A', '2023-12-01T00:00Z');
    await start('2024-01-01T11:00:00Z');
    expect(await queued()).toEqual(['lstm C', 'rl B', 'rl C', 'lstm B', 'rl A', 'lstm A']);
  });

  test('is by the last training where a model has stayed in use, or was never made', async () => {
    await model('lstm', 'A', '2023-12-01T00:00Z');
    await model('lstm', 'B', '2023-12-02T00:00Z');
    await trained('lstm', 'A', 10, '2023-12-05T00:00:00Z');
    await trained('lstm', 'C', 10, '2023-12-03T00:00:00Z');
    await sql`UPDATE ml_training_jobs SET status = 'failed' WHERE symbol = 'C'`;
    await start('2024-01-01T11:00:00Z', { TRAINING_STRATEGIES: 'lstm' });
    expect(await queued()).toEqual(['lstm B', 'lstm C', 'lstm A']);
  });

  test('lets long jobs wait until the short ones had as much time, by the weights', async () => {
    await trained('lstm', 'A', 10, '2023-12-05T00:00:00Z');
    await trained('rl', 'A', 25, '2023-12-05T00:00:00Z');
    await start('2024-01-01T11:00:00Z');
    expect(await queued()).toEqual(['lstm B', 'lstm C', 'rl B', 'lstm A', 'rl C', 'rl A']);
    await trainAll(10, '2024-01-01T11:30:00Z');
    await sql`DELETE FROM ml_training_jobs`;
    await trained('lstm', 'A', 10, '2023-12-05T00:00:00Z');
    await trained('rl', 'A', 25, '2023-12-05T00:00:00Z');
    await start('2024-01-01T12:00:00Z', { TRAINING_WEIGHTS: 'rl=5, lstm=1' });
    expect((await queued()).slice(0, 2)).toEqual(['rl B', 'lstm B']);
  });
});

describe('a run without the time for all of its pairs', () => {
  /** Three pairs of half an hour each, one after the other. */
  const tooLong = (settings: Record<string, string> = {}, now = '2024-01-01T11:00:00Z') =>
    start(now, { TRAINING_STRATEGIES: 'lstm', ...settings });
  beforeEach(async () => {
    for (const symbol of ['A', 'B', 'C']) await trained('lstm', symbol, 1800);
  });

  test('says so, in the log, in its row and with the schedule, and trains all of it', async () => {
    await tooLong();
    expect(await queued()).toHaveLength(3);
    expect(said('the run will not end before')).toMatchObject([
      {
        level: 'warn',
        expected_end: '2024-01-01T12:30:00.000Z',
        next_run: '2024-01-01T12:00:00.000Z',
        trainers: 1,
      },
    ]);
    expect(await findRun(sql, (await lastRun()).run_id)).toMatchObject({
      expected_end: at('2024-01-01T12:30:00Z'),
      next_tick: at('2024-01-01T12:00:00Z'),
    });
    expect((await readSchedule(sql, lab.context().config, 1)).tooLong).toBe(
      'the run of 2024-01-01 11:00 UTC takes until 2024-01-01 12:30 UTC or longer, by the last trainings; the next ' +
        'one is due at 2024-01-01 12:00 UTC',
    );
  });

  test('says nothing with as many trainers as it needs, or without a training to go by', async () => {
    await tooLong({ MAX_CONCURRENT_TRAINING_JOBS: '2' });
    await sql`DELETE FROM ml_training_jobs`;
    await tooLong({}, '2024-01-01T12:00:00Z');
    expect(said('the run will not end')).toEqual([]);
    expect(await findRun(sql, (await lastRun()).run_id)).toMatchObject({ expected_end: null });
    expect((await readSchedule(sql, lab.context().config, 1)).tooLong).toBeNull();
  });

  test('counts what is open already', async () => {
    await sql`
      INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts)
      VALUES ('lstm', 'Z', 'manual', 1), ('lstm', 'A', 'manual', 1)`;
    await tooLong();
    // Two that wait, and B and C behind them: A is one of the two.
    expect(said('the run will not end')).toMatchObject([{ expected_end: '2024-01-01T13:00:00.000Z' }]);
    const context = lab.context({ MAX_CONCURRENT_TRAINING_JOBS: '1' });
    const now = at('2024-01-01T11:00:00Z');
    expect(await estimateQueue(context, hourly, now)).toMatchObject({
      ends_at: at('2024-01-01T13:00:00Z'),
      next_run: at('2024-01-01T12:00:00Z'),
      too_long: true,
    });
  });

  test('by RUN_TOO_LONG=stalest leaves pairs to the next run, names them, and has them first there', async () => {
    const stalest = { RUN_TOO_LONG: 'stalest' };
    await sql`UPDATE ml_training_jobs SET completed_at = completed_at + interval '1 minute',
      started_at = started_at + interval '1 minute' WHERE symbol = 'B'`;
    await tooLong(stalest);
    expect(await queued()).toEqual(['lstm A', 'lstm C']);
    const reason =
      'no time for it before the next run, due at 2024-01-01T12:00:00.000Z, in which it comes first ' +
      '(RUN_TOO_LONG=stalest)';
    expect((await lastRun()).skipped).toEqual([{ strategy_type: 'lstm', symbol: 'B', reason, times: 1 }]);
    expect(said('the run trains the stalest')).toMatchObject([{ level: 'warn', jobs: 2, left_out: 1 }]);
    expect(said('not trained')).toMatchObject([{ level: 'warn', reason, pairs: 1, such_as: ['lstm B'] }]);
    expect((await readSchedule(sql, lab.context().config, 1)).tooLong).toMatch(
      /had no time for 1 pair before the next one/,
    );

    await trainAll(1800, '2024-01-01T11:59:00Z');
    await tooLong(stalest, '2024-01-01T12:00:00Z');
    const [first] = await queued();
    expect(first).toBe('lstm B');
    await trainAll(1800, '2024-01-01T12:59:00Z');
    await tooLong({ ...stalest, MAX_CONCURRENT_TRAINING_JOBS: '3' }, '2024-01-01T13:00:00Z');
    expect(await queued()).toHaveLength(3);
    expect((await readSchedule(sql, lab.context().config, 1)).tooLong).toBeNull();
  });
});
