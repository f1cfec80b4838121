// A job on bars with a split that prices were not adjusted for, of which some were smoothed besides: what it
// leaves out of the scores, and what it says of them.
import { afterAll, expect, test } from '@jest/globals';
import { activeModel, holdoutOf, logLinesOf } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { sql } = lab;
afterAll(async () => {
  await lab.stopServices();
  await lab.end();
});

test('no score crosses the split, and report, result and log name symbol, time and move', async () => {
  // The 20th bar from the end begins the new price, a half of the old one.
  const [first] = await sql<[{ time: Date }]>`
    WITH newest AS (SELECT * FROM market_data WHERE symbol = 'GOOG' ORDER BY time DESC LIMIT 400),
    marked AS (SELECT *, row_number() OVER (ORDER BY time DESC) <= 20 AS after,
      avg(close) OVER (ORDER BY time ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING) AS smooth FROM newest),
    halved AS (
      INSERT INTO market_data (time, symbol, open, high, low, close, volume)
      SELECT time, 'SPLIT', smooth * f, smooth * f, smooth * f, smooth * f, volume
      FROM marked, LATERAL (SELECT CASE WHEN after THEN 0.5 ELSE 1 END) half (f))
    SELECT min(time) AS time FROM marked WHERE after`;
  lab.start('trainer', {
    TRAINING_BATCH_SIZE: '400',
    TRAINING_PARAMS: JSON.stringify({ ensemble: { num_boost_round: 20, forest_trees: 4 } }),
    TRAINING_SYMBOLS: 'SPLIT',
  });
  await lab.request({ strategy_type: 'ensemble', symbol: '@ALL' });
  await lab.allEnded();
  const [job] = await lab.jobs();
  const [{ result }] = await sql<
    [
      {
        result: {
          warnings: string[];
          leaks: { warnings: string[] };
          report: { details: { implausible_bars: object; rows: { SPLIT: { holdout_rows: number } } } };
        };
      },
    ]
  >`SELECT result FROM ml_training_jobs`;
  const at = first.time.toISOString();
  const { implausible_bars, rows } = result.report.details;
  expect(implausible_bars).toEqual({
    SPLIT: {
      count: 1,
      newest: [{ time: at, move: expect.closeTo(-0.5, 1) }],
      holdout_rows_left_out: 1,
    },
  });
  const model = (await activeModel(sql, 'ensemble', 'SPLIT'))!;
  const judged = rows.SPLIT.holdout_rows - 1;
  expect(model.metrics).toMatchObject({ rows: judged });
  const { baselines } = model.metrics as { baselines: { buy_and_hold: { max_drawdown: number } } };
  expect(baselines.buy_and_hold.max_drawdown).toBeLessThan(0.3);
  const holdout = (await holdoutOf(sql, model.model_id))!;
  expect(holdout.returns).toHaveLength(judged);
  expect(Math.max(...holdout.returns.map(Math.abs))).toBeLessThan(0.2);

  const split = expect.stringMatching(
    new RegExp(
      `^SPLIT: no market makes such a move .* −\\d\\d\\.\\d % at ${at.slice(0, 10)} 00:00 UTC\\. Rows whose`,
    ),
  );
  const leak = expect.stringMatching(
    /^SPLIT: the feature \w+ alone tells rises from falls .* AUC of 0\.[89]/,
  );
  expect(result.warnings).toEqual([split, leak]);
  expect(result.leaks.warnings).toEqual([leak]);
  const warned = async () => (await logLinesOf(sql, job!.job_id)).filter(({ level }) => level === 'warn');
  // Lines are written once a second.
  await until(async () => (await warned()).length > 1, { what: 'both lines' });
  expect(await warned()).toMatchObject([
    { message: 'look at the bars', facts: { why: split } },
    { message: 'look at the bars', facts: { why: leak } },
  ]);
}, 120_000);
