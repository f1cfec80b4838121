// A strategy that looks at another symbol, a coarser step and a further column: trained by a trainer, and
// asked over the API, which reads all that itself, and by a bot, which brings it along.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { activeModel, keys } from '@ml-training/core';
import { loadRegistered, type Bar } from '@ml-training/inference';
import { until } from '@ml-training/testing';
import { ask, startLab } from './lab.ts';

const STRATEGIES_DIR = await mkdtemp(path.join(tmpdir(), 'strategies-'));
await mkdir(path.join(STRATEGIES_DIR, 'related'));
await writeFile(
  path.join(STRATEGIES_DIR, 'related/strategy.ts'),
  `export default {
    learner: 'ensemble', scope: 'symbol', window: 40, settings: { num_boost_round: 10, forest_trees: 4 },
    inputs: [{ symbol: 'SP500' }, { resample: '1w' }], columns: ['sentiment'],
    features: ({ bars, inputs: [index, weeks], ta }) => ({
      own: ta.logReturn(bars.close, 5),
      index: ta.logReturn(index.close, 5),
      weeks: weeks.join(ta.logReturn(weeks.bars.close, 1)),
      sentiment: ta.fillForward(bars.columns.sentiment, 10),
    }),
  };`,
);
const lab = await startLab({ bars: ['GOOG', 'SP500'], env: { STRATEGIES_DIR } });
const { sql } = lab;
afterAll(async () => {
  await lab.end();
  await rm(STRATEGIES_DIR, { recursive: true });
});

const predicted = () => ask(`${lab.url}/api/predict/related/GOOG`);
const job = async () =>
  (
    await sql<{ status: string; error_message: string | null; result: Result }[]>`
      SELECT status, error_message, result FROM ml_training_jobs`
  )[0];
interface Result {
  readonly report: { readonly details: { readonly inputs: unknown } };
}

let lines: readonly string[];
beforeAll(async () => {
  await sql`ALTER TABLE market_data ADD COLUMN sentiment double precision`;
  await sql`UPDATE market_data SET sentiment = sin(open) WHERE extract(day FROM time)::int % 3 <> 0`;
  await sql`DELETE FROM market_data WHERE symbol = 'SP500' AND time BETWEEN '2012-10-01' AND '2012-10-12'`;
  const trainer = lab.start('trainer');
  await trainer.waitForLine(/"msg":"ready"/);
  await lab.redis.lpush(keys.queue, '{"strategy_type": "related", "symbol": "GOOG"}');
  await until(async () => !['queued', 'running', undefined].includes((await job())?.status), {
    what: 'the job to end',
    timeoutMs: 60_000,
  });
  lines = trainer.lines;
}, 90_000);

test('it is trained, and what was missing is said in its result and in one warning', async () => {
  expect(await job()).toMatchObject({ status: 'completed', error_message: null });
  const { inputs } = (await job())!.result.report.details;
  expect(inputs).toEqual({
    GOOG: {
      SP500: {
        rows_before_first_bar: 0,
        rows_carried_forward: expect.any(Number),
        longest_hours: expect.any(Number),
      },
    },
  });
  const warnings = lines.filter((line) => line.includes('inputs were not there for all bars'));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(
    /"level":"warn".*GOOG: SP500 begins after 0 bars, and an older bar of it stood in at/,
  );
  const [row] = await sql`SELECT needs FROM ml_strategies WHERE strategy_type = 'related'`;
  expect(row).toEqual({ needs: { symbols: ['SP500'], columns: ['sentiment'] } });
});

test('the API answers what a bot is answered that brings the same bars', async () => {
  const { status, body } = await predicted();
  expect(body).toMatchObject({ strategy_type: 'related', symbol: 'GOOG' });
  expect(status).toBe(200);
  const list = (symbol: string, limit: number) =>
    sql<Bar[]>`SELECT * FROM market_data WHERE symbol = ${symbol} ORDER BY time DESC LIMIT ${limit}`;
  const model = await loadRegistered(
    lab.modelDir,
    (await activeModel(sql, 'related', 'GOOG'))!,
    STRATEGIES_DIR,
  );
  expect(model.info.needs).toEqual({ symbols: ['SP500'], columns: ['sentiment'] });
  const goog = [...(await list('GOOG', 100))].reverse();
  // SP500 has bars of later days as well, which are no concern of GOOG's last.
  const sp500 = [...(await list('SP500', 2000))].reverse();
  const answer = await model.predict(goog, {}, { inputs: { SP500: sp500 } });
  expect(answer.probability).toBe(body['probability']);
  await model.retire();
});

test('without the bars of the other symbol it is said what to import', async () => {
  await sql`DELETE FROM market_data WHERE symbol = 'SP500'`;
  const { status, body } = await predicted();
  expect(body).toMatchObject({
    code: 'BARS_UNUSABLE',
    detail: expect.stringMatching(/GOOG: the feature index is not known at .*: give bars of SP500 from /),
  });
  expect(status).toBe(422);
  await sql`ALTER TABLE market_data DROP COLUMN sentiment`;
  expect((await predicted()).body).toMatchObject({
    detail: expect.stringMatching(
      /market_data has no column sentiment, which the strategy looks at: import bars/,
    ),
  });
});
