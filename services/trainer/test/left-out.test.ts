// Bars that other programs wrote: what is no symbol, or can be no bar, keeps no other symbol from a new
// model.
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { ALL_SYMBOLS, keys, skippedWishes } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { brokenInvariants, startLab } from './fleet.ts';

const lab = await startLab();
const { sql, redis } = lab;
afterEach(() => lab.stopServices());
afterAll(() => lab.end());

/** GOOG's bars under another name, each with this done to its close. */
const addBars = (symbol: string, close: string, limit = 2000) => sql`
  INSERT INTO market_data
  SELECT time, ${symbol}, open, high, low, ${sql.unsafe(close)}, volume FROM market_data
  WHERE symbol = 'GOOG' ORDER BY time DESC LIMIT ${limit}`;

const result = async () => {
  const [job] = await sql<
    { left_out: Record<string, string>; newest_bars: Record<string, string> }[]
  >`SELECT result -> 'left_out' AS left_out, newest_bars FROM ml_training_jobs ORDER BY created_at DESC
    LIMIT 1`;
  return job!;
};
const wish = (strategy_type: string, symbol: string) =>
  redis.lpush(keys.queue, JSON.stringify({ strategy_type, symbol }));

test('bad symbols are left out of the ensemble, with reasons; then it rests until a new bar comes', async () => {
  for (const name of ['', 'a\tb', '../x', 'x'.repeat(300)]) await addBars(name, 'close');
  await addBars('NAN', "'NaN'");
  await addBars('ZERO', '0');
  await addBars('NEGATIVE', '-close');
  await addBars('HUGE', '1e308');
  await addBars('FEW', 'close', 20);
  await sql`INSERT INTO market_data VALUES ('2999-01-01', 'NAN', 1, 1, 1, 1, 1)`;
  await addBars('FOREVER', 'close');
  await sql`INSERT INTO market_data VALUES ('infinity', 'FOREVER', 1, 1, 1, 1, 1), ('-infinity', 'FOREVER', 1,
    1, 1, 1, 1)`;
  const trainer = lab.start('trainer');
  await lab.request(
    { strategy_type: 'ensemble', symbol: ALL_SYMBOLS },
    { strategy_type: 'lstm', symbol: 'NAN' },
  );
  await lab.allEnded();
  const [ensemble, lstm] = await lab.jobs();
  expect(ensemble).toMatchObject({ status: 'completed', error_message: null });
  expect(lstm).toMatchObject({ status: 'failed', error_code: 'INVALID_BARS', attempt: 1 });
  await sql`DELETE FROM ml_training_jobs WHERE strategy_type = 'lstm'`;
  // An entry is forgotten a moment after its job has ended.
  await until(async () => (await brokenInvariants(lab)).length === 0, { what: 'the lists to empty' });

  const { left_out, newest_bars } = await result();
  expect(left_out).toMatchObject({
    '""': expect.stringMatching(/^is no symbol/),
    '"a\\tb"': expect.stringMatching(/^is no symbol/),
    '"../x"': expect.stringMatching(/^is no symbol/),
    [`"${'x'.repeat(40)}…"`]: expect.stringMatching(/^is no symbol/),
    NAN: expect.stringMatching(/NAN has close NaN at/),
    ZERO: expect.stringMatching(/ZERO has close 0 at/),
    NEGATIVE: expect.stringMatching(/NEGATIVE has close -/),
    HUGE: expect.stringMatching(/^HUGE/),
    FOREVER: expect.stringMatching(/^FOREVER/),
    FEW: '20 bars, MIN_TRAINING_DATA_POINTS asks for 100',
  });
  expect(Object.keys(left_out)).toHaveLength(10);
  expect(await trainer.waitForLine(/"msg":"left out"/)).toMatch(/"level":"warn".*"symbols":10,"why":"/);
  expect(Object.keys(newest_bars).sort()).toEqual(
    ['FEW', 'FOREVER', 'GOOG', 'HUGE', 'NAN', 'NEGATIVE', 'SP500', 'ZERO'].sort(),
  );

  await wish('ensemble', 'GOOG');
  const line = await trainer.waitForLine(/"msg":"a wish is skipped"/);
  expect(line).toMatch(/"reason":"no new bar since its last training, which saw bars up to \d{4}-/);
  await until(async () => (await redis.llen(keys.processing(trainerId(line)))) === 0, {
    what: 'the entry forgotten',
  });
  expect([...(await skippedWishes(redis))]).toEqual([['ensemble', 1]]);
  expect(await lab.jobs()).toHaveLength(1);

  await sql`
    INSERT INTO market_data SELECT max(time) + interval '1 day', 'GOOG', 500, 501, 499, 500, 1
      FROM market_data
    WHERE symbol = 'GOOG'`;
  await wish('ensemble', 'GOOG');
  await until(async () => (await lab.jobs()).length === 2, {
    what: 'the job of the second wish',
  });
  await lab.allEnded();
  expect((await result()).newest_bars['GOOG']).not.toBe(newest_bars['GOOG']);
}, 120_000);

test('a symbol whose model can not be written keeps the others from nothing', async () => {
  await lab.reset();
  const elsewhere = await mkdtemp(path.join(tmpdir(), 'elsewhere-'));
  const folder = path.join(lab.modelDir, 'ensemble', 'SP500');
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.dirname(folder), { recursive: true });
  await symlink(elsewhere, folder);
  lab.start('trainer', { TRAINING_SYMBOLS: 'GOOG,SP500' });
  await lab.request({ strategy_type: 'ensemble', symbol: ALL_SYMBOLS });
  await lab.allEnded();
  expect(await sql`SELECT symbol FROM ml_model_registry`).toEqual([{ symbol: 'GOOG' }]);
  expect((await result()).left_out).toEqual({ SP500: expect.stringMatching(/out of MODEL_DIR/) });
  await rm(elsewhere, { recursive: true });
}, 60_000);

const trainerId = (line: string): string => (JSON.parse(line) as { instance: string }).instance;
