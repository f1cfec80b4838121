// Bars that can't be right: what a job leaves out of a training, when it says why not, and what it tells.
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { activeModel, ALL_SYMBOLS, holdoutOf, readModel } from '@ml-training/core';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { sql } = lab;
afterEach(() => lab.stopServices());
afterAll(() => lab.end());

const brief = JSON.stringify({ ensemble: { num_boost_round: 20, forest_trees: 4 } });

/** GOOG's newest bars under another name. */
const addBars = (symbol: string, limit = 400) => sql`
  INSERT INTO market_data
  SELECT time, ${symbol}, open, high, low, close, volume FROM market_data
  WHERE symbol = 'GOOG' ORDER BY time DESC LIMIT ${limit}`;
/** A bar that was stored while it still ran, half a day after the nth from the end. */
const addRunning = (symbol: string, nth: number) => sql<{ time: Date }[]>`
  INSERT INTO market_data
  SELECT time + interval '12 hours 43 minutes 7 seconds', symbol, open, high * 1.01, low, close * 1.01, volume / 3
  FROM market_data WHERE symbol = ${symbol} ORDER BY time DESC OFFSET ${nth} LIMIT 1
  RETURNING time`;

interface Result {
  readonly warnings: readonly string[];
  readonly left_out: Readonly<Record<string, string>>;
  readonly data_check: Readonly<
    Record<
      string,
      { interval_seconds: number; findings: readonly { kind: string; count: number; words: string }[] }
    >
  >;
}

test('running bars are trained and judged on by nobody, and told of; the model keeps its interval', async () => {
  await addBars('RUNNING');
  const [early] = await addRunning('RUNNING', 200);
  const [late] = await addRunning('RUNNING', 10);
  await sql`INSERT INTO market_data VALUES (now() + interval '3 days', 'RUNNING', 1, 1, 1, 1, 1)`;
  lab.start('trainer', { TRAINING_BATCH_SIZE: '500', TRAINING_PARAMS: brief, TRAINING_SYMBOLS: 'RUNNING' });
  await lab.request({ strategy_type: 'ensemble', symbol: ALL_SYMBOLS });
  await lab.allEnded();
  const [{ result, job_id }] = await sql<
    [{ result: Result; job_id: string }]
  >`SELECT * FROM ml_training_jobs`;
  const { RUNNING: found } = result.data_check;
  expect(found!.interval_seconds).toBe(86_400);
  expect(found!.findings.map(({ kind, count }) => [kind, count])).toEqual([
    ['future', 1],
    ['off_grid', 2],
    ['too_old', 1],
  ]);
  expect(result.warnings).toEqual(
    expect.arrayContaining([
      expect.stringContaining(`the last one at ${late!.time.toISOString().slice(0, 10)} 12:43:07`),
    ]),
  );
  const model = (await activeModel(sql, 'ensemble', 'RUNNING'))!;
  expect(model).toMatchObject({ job_id, bar_seconds: 86_400 });
  const { lineage } = await readModel(lab.modelDir, model.file_path, model);
  expect(lineage.bars).toMatchObject({ interval_ms: 86_400_000, stamped: 'open' });
  const { times } = (await holdoutOf(sql, model.model_id))!;
  expect(times.filter((time) => !time.endsWith('T00:00:00.000Z'))).toEqual([]);
  expect(early!.time < late!.time).toBe(true);
});

test('with DATA_CHECK=refuse a job says why not, once, and a job over all leaves the symbol out', async () => {
  await sql`DELETE FROM ml_training_jobs`;
  await sql`DELETE FROM market_data`;
  await sql`
    INSERT INTO market_data
    SELECT date_trunc('hour', now()) - make_interval(hours => i), name, 100 + sin(i), 102 + sin(i), 98 + sin(i),
      100 + sin(i + 1.0), 1000 + i % 7
    FROM generate_series(1, 400) i, unnest(ARRAY['GOOD', 'BAD']) name WHERE NOT (name = 'BAD' AND i BETWEEN 50 AND 60)`;
  lab.start('trainer', { TRAINING_BATCH_SIZE: '400', TRAINING_PARAMS: brief, DATA_CHECK: 'refuse' });
  await lab.request(
    { strategy_type: 'lstm', symbol: 'BAD' },
    { strategy_type: 'ensemble', symbol: ALL_SYMBOLS },
  );
  await lab.allEnded();
  const jobs = await sql<{ symbol: string; status: string; result: Result }[]>`
    SELECT * FROM ml_training_jobs ORDER BY symbol DESC`;
  expect(jobs).toMatchObject([
    {
      symbol: 'BAD',
      status: 'failed',
      attempt: 1,
      error_code: 'BARS_REFUSED',
      error_message: expect.stringMatching(
        /^BAD: DATA_CHECK=refuse, and the data check found: BAD: 11 bars are missing in one gap at times .* UTC to /,
      ),
    },
    { symbol: ALL_SYMBOLS, status: 'completed', error_code: null },
  ]);
  expect(jobs[1]!.result.left_out).toEqual({
    BAD: expect.stringMatching(/^DATA_CHECK=refuse.* 11 bars are missing/),
  });
  expect(jobs[1]!.result.data_check).toEqual({ GOOD: { interval_seconds: 3600, findings: [] } });
});
