import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { jobEntry, keys, symbolRule, type NewJob } from '@ml-training/core';
import { startLab } from './ml.ts';

const lab = await startLab();
const { ml, redis, sql } = lab;
afterAll(() => lab.end());
beforeEach(async () => {
  await lab.reset();
  await lab.addBars('GOOG', 120);
  await lab.addBars('SP500', 100);
  await lab.addBars('NEW', 20);
});

const jobs = () => sql<(NewJob & { status: string })[]>`
  SELECT job_id, strategy_type, symbol, status, trigger FROM ml_training_jobs ORDER BY strategy_type, symbol`;
const pairs = async () => (await jobs()).map((job) => `${job.strategy_type} ${job.symbol}`);
const runs = () => sql`SELECT FROM ml_training_runs`;

describe('ml train', () => {
  test('of one strategy and symbol queues one job', async () => {
    expect(await ml(['train', 'lstm', 'GOOG'])).toEqual({
      code: 0,
      out: '1 job queued; "ml jobs" shows it.\n',
      err: '',
    });
    const [job, ...others] = await jobs();
    expect(job).toMatchObject({ strategy_type: 'lstm', symbol: 'GOOG', status: 'queued', trigger: 'manual' });
    expect(others).toEqual([]);
    expect(await redis.lrange(keys.queue, 0, -1)).toEqual([jobEntry(job!)]);
  });

  test('without arguments queues everything, and says what is left out', async () => {
    const { code, out } = await ml(['train']);
    expect(code).toBe(0);
    expect(out).toBe(
      'not trained: lstm NEW: 20 bars, MIN_TRAINING_DATA_POINTS asks for 100\n' +
        'not trained: rl NEW: 20 bars, MIN_TRAINING_DATA_POINTS asks for 100\n' +
        '5 jobs queued; "ml jobs" shows them.\n',
    );
    expect(await pairs()).toEqual(['ensemble @ALL', 'lstm GOOG', 'lstm SP500', 'rl GOOG', 'rl SP500']);
    expect(await redis.llen(keys.queue)).toBe(5);
  });

  test('of what has no new bar trains it all the same, and says so', async () => {
    await sql`
      INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, completed_at, newest_bars)
      VALUES ('lstm', 'GOOG', 'completed', 'tick', 1, now(), '{"GOOG": "2023-05-01T00:00:00.000Z"}'),
             ('lstm', 'SP500', 'completed', 'tick', 1, now(), '{"SP500": "2023-04-10T00:00:00.000Z"}')`;
    const reason = 'no new bar since its last training, which saw bars up to 2023-05-01T00:00:00.000Z';
    expect(await ml(['train', 'lstm', 'GOOG'])).toEqual({
      code: 0,
      out: `nothing new, trained all the same: lstm GOOG: ${reason}\n1 job queued; "ml jobs" shows it.\n`,
      err: '',
    });
    const { out } = await ml(['train', 'lstm', '--json']);
    // What is not queued again is not said to be trained all the same.
    expect(JSON.parse(out)).toMatchObject({ jobs: [{ symbol: 'SP500' }], nothing_new: [] });
    expect(await redis.llen(keys.queue)).toBe(2);
  });

  test('goes on past names in market_data that are no symbols, and says what to do about them', async () => {
    const names = ['', 'a\tb', '../x', 'x'.repeat(300)];
    for (const name of names) await lab.addBars(name, 120);
    const { code, out } = await ml(['train']);
    expect(code).toBe(0);
    for (const shown of ['""', '"a\\tb"', '"../x"', `"${'x'.repeat(40)}…"`])
      expect(out).toContain(`not trained: lstm ${shown}: is no symbol (1 to 64 printable characters`);
    expect(await pairs()).toEqual(['ensemble @ALL', 'lstm GOOG', 'lstm SP500', 'rl GOOG', 'rl SP500']);
  });

  test('sums up by reason what is too much to read', async () => {
    await ml(['train']);
    for (let i = 0; i < 11; i += 1) await lab.addBars(`FEW${i}`, 20);
    const { out } = await ml(['train']);
    expect(out.split('\n')).toEqual([
      'not trained: 24 such as lstm FEW0, lstm FEW1, lstm FEW10: 20 bars, MIN_TRAINING_DATA_POINTS asks for 100',
      expect.stringMatching(/^not trained: 5 such as .*: its last job is still queued or running$/),
      'No job was queued.',
      '',
    ]);
  });

  test.each([[], ['@ALL'], ['ALL']])(
    'of the ensemble %s queues its one job over all symbols',
    async (...symbol) => {
      await ml(['train', 'ensemble', ...symbol]);
      expect(await pairs()).toEqual(['ensemble @ALL']);
    },
  );

  test('of ALL is one of the ticker, of @ALL one of every symbol', async () => {
    expect((await ml(['train', 'lstm', 'ALL'])).err).toMatch(
      /^ALL has no bars in market_data \(there are bars of GOOG, /,
    );
    await ml(['train', 'lstm', '@ALL']);
    expect(await pairs()).toEqual(['lstm GOOG', 'lstm SP500']);
  });

  test('keeps to TRAINING_STRATEGIES and TRAINING_SYMBOLS where nothing is named', async () => {
    await ml(['train'], { TRAINING_STRATEGIES: 'rl', TRAINING_SYMBOLS: 'SP500' });
    expect(await pairs()).toEqual(['rl SP500']);
  });

  test('--json gives the run, its jobs and what was left out', async () => {
    const { out } = await ml(['train', 'lstm', '--json']);
    const rows = await jobs();
    expect(JSON.parse(out)).toEqual({
      run_id: expect.any(String),
      jobs: rows.map(({ job_id, strategy_type, symbol }) => ({ job_id, strategy_type, symbol })),
      skipped: [
        { strategy_type: 'lstm', symbol: 'NEW', reason: '20 bars, MIN_TRAINING_DATA_POINTS asks for 100' },
      ],
      nothing_new: [],
    });
  });

  test('of a pair whose job is still open queues nothing, and says so', async () => {
    await ml(['train', 'lstm', 'GOOG']);
    expect(await ml(['train', 'lstm', 'GOOG'])).toEqual({
      code: 1,
      out: 'not trained: lstm GOOG: its last job is still queued or running\nNo job was queued.\n',
      err: '',
    });
    expect(await redis.llen(keys.queue)).toBe(1);
  });

  test.each([
    ['an unknown strategy', ['svm'], '"svm" is no strategy: it must be one of ensemble, lstm, rl'],
    [
      'a symbol that can not be one',
      ['lstm', '../x'],
      `no symbol: "../x" has nothing, or only dots, before or after a /: a symbol has ${symbolRule}`,
    ],
    [
      'an unknown symbol',
      ['lstm', 'NOPE'],
      'NOPE has no bars in market_data (there are bars of GOOG, NEW, SP500): import some with "ml import FILE"',
    ],
    [
      'a symbol with too few bars',
      ['rl', 'NEW'],
      'NEW has 20 bars in market_data, MIN_TRAINING_DATA_POINTS asks for 100: import more with "ml import FILE"',
    ],
    [
      'the ensemble of one symbol',
      ['ensemble', 'GOOG'],
      'the ensemble is one model over all symbols: ask for "ml train ensemble"',
    ],
  ])('refuses %s', async (_, args, message) => {
    expect(await ml(['train', ...args])).toEqual({ code: 1, out: '', err: `${message}\n` });
    expect(await jobs()).toEqual([]);
    expect(await runs()).toHaveLength(0);
    expect(await redis.llen(keys.queue)).toBe(0);
  });

  test('--wait ends when the jobs have ended, with exit code 1 and the reason when one failed', async () => {
    const waiting = ml(['train', 'lstm', '--wait']);
    let open = 2;
    while (open > 0) {
      // As a trainer would, one of the two in vain.
      const entry = await redis.brpop(keys.queue, 10);
      const job = JSON.parse(entry![1]) as NewJob;
      const [status, message] =
        job.symbol === 'GOOG' ? ['completed', null] : ['failed', 'out of luck\nat line 1'];
      const result = { left_out: job.symbol === 'GOOG' ? { NEW: 'NEW: 20 bars are too few' } : {} };
      await sql`
        UPDATE ml_training_jobs SET status = ${status}, error_message = ${message}, result = ${sql.json(result)}
        WHERE job_id = ${job.job_id}`;
      open -= 1;
    }
    const { code, out, err } = await waiting;
    expect(code).toBe(1);
    expect(out).toMatch(/^lstm +GOOG +completed +left out: NEW \(20 bars are too few\)$/m);
    expect(out).toMatch(/^lstm +SP500 +failed +out of luck …$/m);
    expect(err).toMatch(/1 of 2 done \| 1 failed/);
  });
});
