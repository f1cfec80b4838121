// Which runs a tick starts, however often and by however many schedulers it is looked at.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ALL_SYMBOLS, createRun, keys } from '@ml-training/core';
import { enqueueDueRun } from '../src/enqueue-run.ts';
import { startLab } from './lab.ts';

const lab = await startLab();
const { sql, redis } = lab;
afterAll(() => lab.end());

const guides = { cron: '0 2,14,22 * * *', timezone: 'UTC' };
const at = (text: string): Date => new Date(text);
const start = (now: string, settings: Record<string, string> = {}): Promise<boolean> =>
  enqueueDueRun(lab.context(settings), guides, at(now));

const runs = async (): Promise<string[]> => {
  const rows = await sql<
    { scheduled_for: Date }[]
  >`SELECT scheduled_for FROM ml_training_runs ORDER BY requested_at`;
  return rows.map((row) => row.scheduled_for.toISOString());
};
const jobs = () => sql<{ strategy_type: string; symbol: string }[]>`
  SELECT strategy_type, symbol FROM ml_training_jobs ORDER BY strategy_type, symbol`;
const finishJobs = () => sql`UPDATE ml_training_jobs SET status = 'completed'`;

beforeEach(async () => {
  await lab.reset();
  await lab.addBars({ GOOG: 150, SP500: 100 });
  await sql`UPDATE ml_training_migrations SET applied_at = '2024-01-01T10:00Z'`;
});

describe('a due tick', () => {
  test('makes one run with a job a strategy and symbol, all of them in the queue', async () => {
    await start('2024-01-01T14:00:00Z');
    expect(await runs()).toEqual(['2024-01-01T14:00:00.000Z']);
    expect(await jobs()).toEqual([
      { strategy_type: 'ensemble', symbol: '@ALL' },
      { strategy_type: 'lstm', symbol: 'GOOG' },
      { strategy_type: 'lstm', symbol: 'SP500' },
      { strategy_type: 'rl', symbol: 'GOOG' },
      { strategy_type: 'rl', symbol: 'SP500' },
    ]);
    expect(await redis.llen(keys.queue)).toBe(5);
    expect(await sql`SELECT DISTINCT trigger, max_attempts, status FROM ml_training_jobs`).toEqual([
      { trigger: 'schedule', max_attempts: 4, status: 'queued' },
    ]);
  });

  test('makes none when it is looked at again', async () => {
    await start('2024-01-01T14:00:00Z');
    await finishJobs();
    await start('2024-01-01T14:00:00Z');
    await start('2024-01-01T21:59:59Z');
    expect(await runs()).toHaveLength(1);
    expect(await jobs()).toHaveLength(5);
  });

  test('makes one however many schedulers look at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => start('2024-01-01T14:00:01Z')));
    expect(await runs()).toHaveLength(1);
    expect(await jobs()).toHaveLength(5);
    expect(await redis.llen(keys.queue)).toBe(5);
  });

  test('from before the database was set up is nobody’s; the first one after that is run', async () => {
    await start('2024-01-01T13:59:59Z');
    expect(await runs()).toEqual([]);
    await start('2024-01-01T14:00:00Z');
    expect(await runs()).toHaveLength(1);
  });

  test('that was missed is run on return; several that were missed make one run', async () => {
    await start('2024-01-01T14:00:00Z');
    await finishJobs();
    await start('2024-01-04T03:00:00Z');
    expect(await runs()).toEqual(['2024-01-01T14:00:00.000Z', '2024-01-04T02:00:00.000Z']);
    expect(await jobs()).toHaveLength(10);
  });

  test('makes none after the clock was set back, until a new tick comes', async () => {
    await start('2024-01-01T22:00:00Z');
    await finishJobs();
    await start('2024-01-01T14:30:00Z');
    await start('2024-01-01T22:00:00Z');
    expect(await runs()).toEqual(['2024-01-01T22:00:00.000Z']);
    await start('2024-01-02T02:00:00Z');
    expect(await runs()).toHaveLength(2);
  });

  test('is not taken for done by a run that somebody asked for meanwhile', async () => {
    await createRun(sql, { trigger: 'manual', pairs: [], skipped: [], maxAttempts: 1 });
    await start('2024-01-01T14:00:00Z');
    expect(await jobs()).toHaveLength(5);
  });
});

describe('what a run does not train', () => {
  const skipped = async (): Promise<unknown> => {
    const [run] = await sql<[{ skipped: unknown }]>`
      SELECT skipped FROM ml_training_runs ORDER BY requested_at DESC LIMIT 1`;
    return run.skipped;
  };
  const warned = () =>
    lab.lines
      .filter((line) => line.message === 'not trained')
      .map(({ level, reason, pairs, such_as }) => ({ level, reason, pairs, such_as }));

  test('symbols with too few bars: the reason is in the row and in the log', async () => {
    await start('2024-01-01T14:00:00Z', { MIN_TRAINING_DATA_POINTS: '101' });
    const reason = '100 bars, MIN_TRAINING_DATA_POINTS asks for 101';
    const expected = [
      { strategy_type: 'lstm', symbol: 'SP500', reason },
      { strategy_type: 'rl', symbol: 'SP500', reason },
    ];
    expect(await skipped()).toEqual(expected);
    expect(warned()).toEqual([{ level: 'warn', reason, pairs: 2, such_as: ['lstm SP500', 'rl SP500'] }]);
    expect((await jobs()).map(({ symbol }) => symbol)).toEqual([ALL_SYMBOLS, 'GOOG', 'GOOG']);
  });

  test('anything, when no symbol has enough; the tick is done with all the same', async () => {
    await start('2024-01-01T14:00:00Z', { MIN_TRAINING_DATA_POINTS: '500', TRAINING_STRATEGIES: 'ensemble' });
    const reason = 'no symbol has 500 bars (MIN_TRAINING_DATA_POINTS)';
    expect(await skipped()).toEqual([{ strategy_type: 'ensemble', symbol: ALL_SYMBOLS, reason }]);
    expect(warned()).toEqual([{ level: 'warn', reason, pairs: 1, such_as: [`ensemble ${ALL_SYMBOLS}`] }]);
    expect(await runs()).toHaveLength(1);
    expect(await jobs()).toEqual([]);
  });

  test('a pair whose last job is still open', async () => {
    await start('2024-01-01T14:00:00Z', { TRAINING_STRATEGIES: 'rl' });
    await sql`UPDATE ml_training_jobs SET status = 'failed' WHERE symbol = 'SP500'`;
    lab.lines.length = 0;
    await start('2024-01-01T22:00:00Z', { TRAINING_STRATEGIES: 'rl' });
    const reason = 'its last job is still queued or running';
    expect(await skipped()).toEqual([{ strategy_type: 'rl', symbol: 'GOOG', reason }]);
    expect(warned()).toEqual([{ level: 'warn', reason, pairs: 1, such_as: ['rl GOOG'] }]);
    expect(await jobs()).toHaveLength(3);
  });

  test('symbols and strategies that the settings leave out', async () => {
    await start('2024-01-01T14:00:00Z', { TRAINING_STRATEGIES: 'lstm', TRAINING_SYMBOLS: 'SP500' });
    expect(await jobs()).toEqual([{ strategy_type: 'lstm', symbol: 'SP500' }]);
    expect(await skipped()).toEqual([]);
  });

  test('names that are no symbols: the others are trained', async () => {
    await lab.addBars({ '': 200, 'a\tb': 200, '../x': 200, ['x'.repeat(300)]: 200 });
    await start('2024-01-01T14:00:00Z');
    expect(await jobs()).toHaveLength(5);
    expect(await skipped()).toHaveLength(8);
    expect(warned()).toMatchObject([
      { level: 'warn', pairs: 8, reason: expect.stringMatching(/^is no symbol/) },
    ]);
  });

  test('thousands of pairs whose last jobs are open: one line', async () => {
    const symbols = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`S${i}`, 1]));
    await lab.addBars(symbols);
    await start('2024-01-01T14:00:00Z', { MIN_TRAINING_DATA_POINTS: '1' });
    lab.lines.length = 0;
    await start('2024-01-01T22:00:00Z', { MIN_TRAINING_DATA_POINTS: '1' });
    expect(warned()).toMatchObject([
      { pairs: 1005, such_as: [expect.anything(), expect.anything(), expect.anything()] },
    ]);
    expect(await skipped()).toHaveLength(1005);
  });

  describe('a pair without a new bar since its last training', () => {
    /** Completes every job as a trainer would that was given these newest bars. */
    const complete = (newest: Record<string, string>) => sql`
      UPDATE ml_training_jobs SET status = 'completed', completed_at = now(),
        newest_bars = ${sql.json(newest)}
      WHERE status = 'queued'`;
    const [goog, sp500] = ['2023-05-31T00:00:00.000Z', '2023-04-11T00:00:00.000Z'];
    const nextRun = async (settings?: Record<string, string>): Promise<string[]> => {
      const before = new Set(
        (await sql`SELECT job_id FROM ml_training_jobs`).map((row) => String(row['job_id'])),
      );
      lab.lines.length = 0;
      await start('2024-01-01T22:00:00Z', settings);
      const now = await sql<{ job_id: string; strategy_type: string; symbol: string }[]>`
        SELECT job_id, strategy_type, symbol FROM ml_training_jobs ORDER BY strategy_type, symbol`;
      return now.filter((job) => !before.has(job.job_id)).map((job) => `${job.strategy_type} ${job.symbol}`);
    };
    beforeEach(() => start('2024-01-01T14:00:00Z'));

    test('rests, with the reason in the run and, as it is no trouble, in an info line', async () => {
      await complete({ GOOG: goog, SP500: sp500 });
      expect(await nextRun()).toEqual([]);
      const reason = (time: string) => `no new bar since its last training, which saw bars up to ${time}`;
      expect(await skipped()).toEqual([
        { strategy_type: 'ensemble', symbol: ALL_SYMBOLS, reason: reason(goog) },
        { strategy_type: 'lstm', symbol: 'GOOG', reason: reason(goog) },
        { strategy_type: 'lstm', symbol: 'SP500', reason: reason(sp500) },
        { strategy_type: 'rl', symbol: 'GOOG', reason: reason(goog) },
        { strategy_type: 'rl', symbol: 'SP500', reason: reason(sp500) },
      ]);
      expect(warned()).toMatchObject([
        { level: 'info', pairs: 3 },
        { level: 'info', pairs: 2 },
      ]);
      expect(await runs()).toHaveLength(2);
    });

    test('of a symbol that no bar comes of any more is said once, and again after a bar came', async () => {
      await complete({ GOOG: goog, SP500: sp500 });
      await nextRun({ TRAINING_STRATEGIES: 'lstm' });
      expect(warned()).toHaveLength(2);
      const again = async (hour: number) => {
        lab.lines.length = 0;
        await start(`2024-01-02T${hour}:00:00Z`, { TRAINING_STRATEGIES: 'lstm' });
        return warned();
      };
      expect(await again(14)).toEqual([]);
      expect(await skipped()).toHaveLength(2);
      await sql`INSERT INTO market_data VALUES (now(), 'GOOG', 10, 11, 9, 10)`;
      expect(await again(22)).toEqual([]);
      await sql`DELETE FROM market_data WHERE time > '2024-01-01'`;
      await complete({ GOOG: goog });
      lab.lines.length = 0;
      await start('2024-01-03T14:00:00Z', { TRAINING_STRATEGIES: 'lstm' });
      expect(warned()).toMatchObject([{ such_as: ['lstm GOOG'] }]);
    });

    test('of such a symbol is not tried again after three failures in a row, until a bar comes', async () => {
      const failed = (symbol: string, hour: number) => sql`
        INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, completed_at)
        VALUES ('lstm', ${symbol}, 'failed', 'schedule', 1, now() + make_interval(hours => ${hour}))`;
      await complete({ GOOG: goog, SP500: sp500 });
      for (const symbol of ['GOOG', 'SP500']) for (const hour of [1, 2]) await failed(symbol, hour);
      await sql`UPDATE ml_training_jobs SET newest_bars = NULL`;
      await failed('GOOG', 3);
      expect(await nextRun({ TRAINING_STRATEGIES: 'lstm' })).toEqual(['lstm SP500']);
      expect(await skipped()).toEqual([
        expect.objectContaining({
          symbol: 'GOOG',
          reason: expect.stringMatching(/^quiet: no bar since 2023-05-31/),
        }),
      ]);
      await sql`DELETE FROM ml_training_jobs WHERE status = 'queued'`;
      await sql`DELETE FROM ml_training_runs WHERE scheduled_for = '2024-01-01T22:00Z'`;
      await sql`INSERT INTO market_data VALUES (now(), 'GOOG', 10, 11, 9, 10)`;
      expect(await nextRun({ TRAINING_STRATEGIES: 'lstm' })).toContain('lstm GOOG');
    });

    test('is trained when a bar came, and the ensemble with it', async () => {
      await complete({ GOOG: goog, SP500: sp500 });
      await sql`INSERT INTO market_data VALUES ('2023-06-01T00:00Z', 'GOOG', 10, 11, 9, 10)`;
      expect(await nextRun()).toEqual([`ensemble ${ALL_SYMBOLS}`, 'lstm GOOG', 'rl GOOG']);
    });

    test('is trained when its last training failed, or was of before anybody noted its bars', async () => {
      await complete({ GOOG: goog, SP500: sp500 });
      await sql`UPDATE ml_training_jobs SET status = 'failed', newest_bars = NULL WHERE symbol = 'GOOG'`;
      await sql`UPDATE ml_training_jobs SET newest_bars = NULL WHERE strategy_type = 'ensemble'`;
      expect(await nextRun()).toEqual([`ensemble ${ALL_SYMBOLS}`, 'lstm GOOG', 'rl GOOG']);
    });

    test('is trained when a symbol joined the ensemble, and not when it left', async () => {
      await complete({ GOOG: goog, SP500: sp500 });
      await lab.addBars({ NEW: 100 });
      expect(await nextRun({ TRAINING_STRATEGIES: 'ensemble', TRAINING_SYMBOLS: 'GOOG' })).toEqual([]);
      await sql`DELETE FROM ml_training_runs WHERE scheduled_for = '2024-01-01T22:00Z'`;
      expect(await nextRun({ TRAINING_STRATEGIES: 'ensemble' })).toEqual([`ensemble ${ALL_SYMBOLS}`]);
    });

    test('rests although a bar with an absurd time is there, and wakes by an ordinary one', async () => {
      await complete({ GOOG: goog, SP500: sp500 });
      await sql`INSERT INTO market_data VALUES ('2999-01-01T00:00Z', 'GOOG', 10, 11, 9, 10), ('infinity',
        'SP500', 1, 1, 1, 1)`;
      expect(await nextRun()).toEqual([]);
      await sql`DELETE FROM ml_training_runs WHERE scheduled_for = '2024-01-01T22:00Z'`;
      await sql`INSERT INTO market_data VALUES ('2023-06-01T00:00Z', 'SP500', 10, 11, 9, 10)`;
      expect(await nextRun()).toEqual([`ensemble ${ALL_SYMBOLS}`, 'lstm SP500', 'rl SP500']);
    });
  });
});
