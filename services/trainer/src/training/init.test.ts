// When half a training may be resumed, with real bars and rows.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  barsSha256,
  connectDatabase,
  loadConfig,
  migrate,
  readBars,
  writeCheckpoint,
  type Checkpoint,
} from '@ml-training/core';
import { startServers } from '@ml-training/testing';
import {
  initFromNewestBars,
  identityOf,
  initFromCheckpoint,
  type Init,
  type TrainingContext,
} from './init.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'init test' });
const modelDir = await mkdtemp(path.join(tmpdir(), 'init-'));
beforeAll(() => migrate(sql));
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
  await rm(modelDir, { recursive: true });
});

const order = {
  jobId: crypto.randomUUID(),
  attempt: 2,
  strategy_type: 'lstm',
  symbol: 'GOOG',
} as const;
const contextOf = (settings: Record<string, string> = {}, threads = 1): TrainingContext => ({
  config: loadConfig({
    MODEL_DIR: modelDir,
    TRAINING_BATCH_SIZE: '100',
    MIN_TRAINING_DATA_POINTS: '50',
    ...settings,
  }),
  sql,
  threads,
  stopping: new AbortController().signal,
});

const addBars = (from: number, to: number) => sql`
  INSERT INTO market_data (time, symbol, open, high, low, close, volume)
  SELECT '2024-01-01T00:00Z'::timestamptz + make_interval(hours => i), 'GOOG', i, i + 1, i - 1, i, i
  FROM generate_series(${from}::int, ${to}::int) i`;

beforeEach(async () => {
  await sql`TRUNCATE market_data`;
  await addBars(1, 120);
  const bars = await readBars(sql, 'GOOG', 100);
  await keep({
    bars: [
      {
        symbol: 'GOOG',
        from: bars.time[0]!,
        to: bars.time.at(-1)!,
        count: 100,
        sha256: barsSha256(bars),
      },
    ],
  });
});

let last: Checkpoint;
/** Writes a checkpoint like the last one, but for what is said. */
async function keep(change: Partial<Checkpoint>): Promise<void> {
  const none: Checkpoint = {
    identity: await identityOf(contextOf(), order),
    bars: [],
    champion: { model_id: null, reason: 'there was none' },
    attempt: 1,
    resumed: 0,
    progress: 0.5,
    step: 3,
    state: { half: true },
  };
  last = { ...(change.bars === undefined ? last : none), ...change };
  await writeCheckpoint(modelDir, last);
}
const init = async (at = contextOf()) => initFromCheckpoint(at, await identityOf(at, order));

test('a training is resumed with its bars, state and choice of a model, though newer bars have come', async () => {
  const before = await readBars(sql, 'GOOG', 100);
  await addBars(121, 150);
  const found = await init();
  expect(found).toMatchObject({
    start: {
      from: 'checkpoint',
      checkpoint: { step: 3, state: { half: true } },
      began: { from: 'scratch', reason: 'there was none' },
    },
  });
  expect((found as { bars: unknown }).bars).toEqual([before]);
  // A fresh one takes the newer ones.
  expect((await initFromNewestBars(contextOf(), order)).bars[0]!.time.at(-1)).toBeGreaterThan(
    before.time.at(-1)!,
  );
});

describe('with bars of another symbol', () => {
  const needs = { symbols: ['BTC/USDT'], columns: [] };
  const addInput = (from: number, to: number) => sql`
    INSERT INTO market_data (time, symbol, open, high, low, close, volume)
    SELECT '2024-01-01T00:30Z'::timestamptz + make_interval(hours => i), 'BTC/USDT', i, i + 1, i - 1, i, i
    FROM generate_series(${from}::int, ${to}::int) i`;
  const resumed = async () => initFromCheckpoint(contextOf(), await identityOf(contextOf(), order), needs);
  let bars: Init['bars'];
  beforeEach(async () => {
    await addInput(1, 150);
    ({ bars } = await initFromNewestBars(contextOf(), order, needs));
    const [own] = bars;
    const { symbol, time } = own!;
    await keep({
      bars: [{ symbol, from: time[0]!, to: time.at(-1)!, count: 100, sha256: barsSha256(own!) }],
    });
  });

  test('a training is given none that had not closed when its last bar did', () => {
    const [{ inputs, time }] = bars as [Init['bars'][number]];
    expect(inputs![0]!.time.at(-1)).toBe(time.at(-1)! - 1_800_000);
  });

  test('it is resumed with the same, whatever came later', async () => {
    await addInput(151, 170);
    expect(await resumed()).toMatchObject({ bars, start: { from: 'checkpoint' } });
  });

  test('it is not resumed when one of them was revised', async () => {
    await sql`UPDATE market_data SET close = close + 0.5 WHERE symbol = 'BTC/USDT' AND open = 90`;
    expect(await resumed()).toBe('bars of GOOG that it is of were revised');
  });

  test('what was seen of them goes with the job, as far as the own bars reach', async () => {
    const { newestBars } = await initFromNewestBars(contextOf(), order, needs);
    expect(newestBars).toEqual({ GOOG: '2024-01-06T00:00:00.000Z', 'BTC/USDT': '2024-01-05T23:30:00.000Z' });
    expect(((await resumed()) as Init).newestBars).toEqual(newestBars);
  });
});

test('a job without a checkpoint has nothing to resume', async () => {
  const other = { ...order, jobId: crypto.randomUUID() };
  expect(await initFromCheckpoint(contextOf(), await identityOf(contextOf(), other))).toBeNull();
});

describe('a training is not resumed', () => {
  test.each([
    ['another seed', contextOf({ TRAINING_SEED: '7' }), 'seed'],
    ['other threads', contextOf({}, 2), 'threads'],
    [
      'another size of the batch, which somebody lowered',
      contextOf({ TRAINING_BATCH_SIZE: '90' }),
      'batch_size',
    ],
  ])('with %s', async (_, now, what) => {
    expect(await init(now)).toBe(`it was kept with other ${what}`);
  });

  test('with other code', async () => {
    await keep({ identity: { ...last.identity, code: 'that of yesterday' } });
    expect(await init()).toBe('it was kept with other code');
  });

  test.each([
    ['revised', () => sql`UPDATE market_data SET close = close + 0.001 WHERE open = 60`],
    ['deleted', () => sql`DELETE FROM market_data WHERE open = 60`],
    ['moved', () => sql`UPDATE market_data SET time = time + interval '1 minute' WHERE open = 60`],
  ])('when one of its bars was %s', async (_, change) => {
    await change();
    expect(await init()).toBe('bars of GOOG that it is of were revised');
  });

  test('but it is when a bar off the grid came in between, which no training uses', async () => {
    await sql`
      INSERT INTO market_data SELECT time + interval '1 minute', symbol, 1, 1, 1, 1, 1 FROM market_data
      WHERE open = 60`;
    expect(await init()).toMatchObject({ bars: [{ symbol: 'GOOG' }] });
  });

  test('after two attempts that resumed the same checkpoint and kept no other', async () => {
    await keep({ resumed: 1 });
    expect(await init()).toMatchObject({ start: { checkpoint: { resumed: 1 } } });
    await keep({ resumed: 2 });
    expect(await init()).toMatch(/^2 attempts resumed from it and ended/);
  });

  test('when the model that it was warm-started from is gone', async () => {
    await keep({ champion: { model_id: crypto.randomUUID(), reason: '' } });
    expect(await init()).toBe('the model that it was warm-started from is not registered any more');
  });
});
