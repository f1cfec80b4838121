// Models in use are scored on the bars that came since their training, by one process of the fleet at a time.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  boundedDatabase,
  connectDatabase,
  connectRedis,
  createLog,
  keys,
  liveScoresOf,
  liveStates,
  loadConfig,
  migrate,
  redisReady,
} from '@ml-training/core';
import { recordFolder } from '@ml-training/inference';
import type { Bars } from '@ml-training/strategies';
import { startServers, until } from '@ml-training/testing';
import {
  register,
  store,
  trainBriefly,
  trainOwn,
  type Stored,
  type Trained,
} from '../../../packages/inference/test/models.ts';
import { scoreDue, type ScoringContext } from '../src/scoring/keep-scoring.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'live scores test' });
const redis = connectRedis(servers.redisUrl, { name: 'live scores test', onError: () => undefined });
const bot = connectRedis(servers.redisUrl, { name: 'bot', onError: () => undefined });
await Promise.all([redisReady(redis, 60_000), redisReady(bot, 60_000), migrate(sql)]);
const modelDir = await mkdtemp(path.join(tmpdir(), 'live-'));

const hourMs = 3_600_000;
const trained = 500;

/** Hourly bars whose moves go on up to `turn`, and turn back each time from there on. */
function moody(rows: number, turn: number): Bars {
  let state = 12_345;
  const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  let move = 0;
  let price = 100;
  const close = Float64Array.from({ length: rows }, (_, t) => {
    move = (t < turn ? 0.9 : -0.9) * move + 0.002 * (next() - 0.5);
    return (price *= 1 + move);
  });
  const open = close.map((one, t) => close[t - 1] ?? one);
  return {
    symbol: 'MOODY',
    time: close.map((_, t) => Date.UTC(2024, 0, 1) + t * hourMs),
    open,
    high: close.map((one, t) => Math.max(one, open[t]!) * 1.0001),
    low: close.map((one, t) => Math.min(one, open[t]!) * 0.9999),
    close,
    volume: close.map(() => 1000),
  };
}
const first = (bars: Bars, rows: number): Bars => ({
  symbol: bars.symbol,
  time: bars.time.subarray(0, rows),
  open: bars.open.subarray(0, rows),
  high: bars.high.subarray(0, rows),
  low: bars.low.subarray(0, rows),
  close: bars.close.subarray(0, rows),
  volume: bars.volume.subarray(0, rows),
});

const steady = moody(800, Infinity);
const turned = moody(800, trained);
let ensemble: Trained;
let stored: Stored;
beforeAll(async () => {
  ensemble = await trainBriefly('ensemble', first(steady, trained));
  stored = await store(modelDir, 'ensemble', ensemble);
});
afterAll(async () => {
  redis.disconnect();
  bot.disconnect();
  await sql.end({ timeout: 1 });
  await servers.stop();
  await rm(modelDir, { recursive: true });
});
beforeEach(async () => {
  await sql`TRUNCATE ml_training_runs, ml_training_jobs, ml_model_registry, market_data, ml_training_live_lease,
    ml_training_announcements CASCADE`;
});

const put = async ({ symbol, ...bars }: Bars): Promise<void> => {
  const rows = Array.from(bars.time, (time, t) => ({
    symbol,
    time: new Date(time),
    open: bars.open[t]!,
    high: bars.high[t]!,
    low: bars.low[t]!,
    close: bars.close[t]!,
    volume: bars.volume[t]!,
  }));
  for (let at = 0; at < rows.length; at += 200)
    await sql`INSERT INTO market_data ${sql(rows.slice(at, at + 200))}`;
};

/** In use, with what a training leaves of it. */
async function champion(options: { readonly record?: boolean; readonly file?: string } = {}): Promise<void> {
  const { report } = ensemble;
  await sql`
    INSERT INTO ml_model_registry (model_id, strategy_type, symbol, is_active, activated_at, file_path, sha256,
      size_bytes, metrics, decision, data_from, data_to, data_sha256, params, created_at)
    VALUES (${stored.modelId}, 'ensemble', 'MOODY', true, now(), ${stored.filePath}, ${stored.sha256},
      ${stored.sizeBytes}, '{}', 'Promoted: it is the first.', ${new Date(report.dataFrom)},
      ${new Date(report.dataTo)}, 'a sum', '{}', ${new Date(steady.time[trained - 1]!)})`;
  if (options.record === false) return;
  const judged = new Date(steady.time[trained - 2]!);
  await sql`
    INSERT INTO ml_model_holdouts (model_id, rows, horizon, cost_bps, times, closes, scores, positions, returns,
      equity, buy_and_hold, calibration, task, train_labels)
    VALUES (${stored.modelId}, 1, 1, 5, ARRAY[${judged}::timestamptz], '{1}', '{0.5}', '{0}', '{0}', '{1}', '{1}', '[]', 'binary',
      ${sql.json({ counts: [150, 150] })})`;
}

const context = (
  over: { instance?: string; env?: Record<string, string>; scoreMs?: number } = {},
): ScoringContext => ({
  ...(over.scoreMs === undefined ? {} : { scoreMs: over.scoreMs }),
  config: loadConfig({
    REDIS_URL: servers.redisUrl,
    DATABASE_URL: servers.databaseUrl,
    MODEL_DIR: modelDir,
    ...over.env,
  }),
  log: createLog({ LOG_LEVEL: 'ERROR', LOG_FORMAT: 'json' }, 'trainer', 'test'),
  redis,
  sql,
  instance: over.instance ?? 'one',
  stopping: new AbortController().signal,
});
async function look(over: Parameters<typeof context>[0] = {}): Promise<void> {
  const database = boundedDatabase(sql, { ms: 60_000, what: 'live scores test' });
  await scoreDue(context(over), database);
  await database.end();
}
const series = () => liveScoresOf(sql, stored.modelId, 100);
const state = async () => (await liveStates(sql, [stored.modelId])).get(stored.modelId);
const anHourLater = () => sql`UPDATE ml_model_live_state SET looked_at = looked_at - interval '61 minutes'`;
const inUse = async (): Promise<boolean> =>
  (await sql`SELECT FROM ml_model_registry WHERE model_id = ${stored.modelId} AND is_active`).length === 1;

describe('a model in use', () => {
  test('is scored on each bar that came since its training, and again when more came', async () => {
    await champion();
    await put(first(steady, 700));
    await look();
    const [score] = await series();
    expect(score).toMatchObject({ rows: 200, score: 'log_loss', rule: 'majority_class', verdict: 'above' });
    // From the first row after the last one that was judged to the last one whose label is known.
    expect(score!.first_row.getTime()).toBe(steady.time[trained - 1]);
    expect(score!.last_row.getTime()).toBe(steady.time[698]);
    expect(score!.rule_value).toBeCloseTo(Math.log(2), 9);
    expect(score!.value).toBeLessThan(score!.rule_value!);
    await look();
    expect(await series()).toHaveLength(1);
    await put({ ...steady, ...tail(steady, 700, 800) });
    await anHourLater();
    await look();
    expect((await series()).map(({ rows }) => rows)).toEqual([300, 200]);
  });

  test('is scored at the costs of its symbol', async () => {
    const { params } = ensemble.artefact;
    const returns: number[] = [];
    for (const cost_bps of [
      { MOODY: 40, '*': 0 },
      { OTHER: 40, '*': 0 },
    ]) {
      const own = { ...ensemble, artefact: { ...ensemble.artefact, params: { ...params, cost_bps } } };
      stored = await store(modelDir, 'ensemble', own);
      await sql`TRUNCATE ml_model_registry, market_data, ml_training_live_lease CASCADE`;
      await champion();
      await put(first(steady, 700));
      await look();
      const [score] = await sql<[{ total: number }]>`
        SELECT (metrics->>'return')::float8 AS total FROM ml_model_live_scores WHERE model_id = ${stored.modelId}`;
      returns.push(score.total);
    }
    stored = await store(modelDir, 'ensemble', ensemble);
    // It trades at each free turn, and at few of those that cost more than a move.
    expect(returns[0]).toBeLessThan(returns[1]! - 0.01);
  });

  test('is looked at again when a training run is asked for', async () => {
    await champion();
    await put(first(steady, 600));
    await look();
    await put({ ...steady, ...tail(steady, 600, 650) });
    await look();
    expect(await series()).toHaveLength(1);
    await sql`INSERT INTO ml_training_runs (run_id, trigger, requested_at)
      VALUES (${crypto.randomUUID()}, 'manual', now())`;
    await look();
    expect((await series())[0]!.rows).toBe(150);
  });

  test('that is worse than the naive rule beyond noise is named, and stays', async () => {
    await champion();
    await put(turned);
    await look();
    const [score] = await series();
    expect(score).toMatchObject({ rows: 300, verdict: 'below' });
    expect(score!.high).toBeLessThan(0);
    expect(await inUse()).toBe(true);
  });

  test('is taken out of use where that is asked for, and bots are told', async () => {
    const heard: string[] = [];
    bot.on('message', (_, text) => heard.push(text));
    await bot.subscribe(keys.models);
    await champion();
    await put(turned);
    await look({ env: { MODEL_BELOW_FLOOR: 'deactivate' } });
    expect(await inUse()).toBe(false);
    const [row] = await sql`SELECT decision FROM ml_model_registry`;
    expect(row!['decision']).toMatch(
      /^Promoted: it is the first; taken out of use at .* UTC: on 300 bars since its training: .*worse than the naive rule beyond noise/,
    );
    await until(() => Promise.resolve(heard.length > 0), { what: 'a bot that heard of it' });
    expect(JSON.parse(heard[0]!)).toEqual({
      strategy_type: 'ensemble',
      symbol: 'MOODY',
      model_id: null,
      file_path: null,
    });
  });

  test('has too few rows for a word at first', async () => {
    await champion();
    await put(first(turned, 540));
    await look();
    expect((await series())[0]).toMatchObject({ rows: 40, verdict: 'too_few', difference: null });
  });

  test('without new bars has no score, and no process is started for it', async () => {
    await champion();
    await put(first(steady, trained));
    const newest = { MOODY: new Date(steady.time[trained - 1]!).toISOString() };
    await sql`
      WITH job AS (
        INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts, status, newest_bars)
        VALUES ('ensemble', '@ALL', 'tick', 1, 'completed', ${sql.json(newest)}) RETURNING job_id)
      UPDATE ml_model_registry SET job_id = job.job_id FROM job`;
    await rename(path.join(modelDir, 'ensemble'), path.join(modelDir, 'away'));
    try {
      await look();
      expect(await state()).toMatchObject({ live: null, problem: null });
    } finally {
      await rename(path.join(modelDir, 'away'), path.join(modelDir, 'ensemble'));
    }
  });

  test('whose file is gone has a reason, until it is back', async () => {
    await champion();
    await put(first(steady, 600));
    await rename(path.join(modelDir, 'ensemble'), path.join(modelDir, 'away'));
    await look().finally(() => rename(path.join(modelDir, 'away'), path.join(modelDir, 'ensemble')));
    expect((await state())!.problem).toContain('MOODY');
    expect(await series()).toEqual([]);
    expect(await inUse()).toBe(true);
    await anHourLater();
    await look();
    expect(await state()).toMatchObject({ problem: null, live: { rows: 100 } });
  });

  test('that takes too long is given up, and is no obstacle to the next one', async () => {
    await champion();
    await put(first(steady, 600));
    await look({ scoreMs: 1 });
    expect((await state())!.problem).toBe('it was not scored within 0 s');
    await anHourLater();
    await look();
    expect(await state()).toMatchObject({ problem: null, live: { rows: 100 } });
  });

  test('of a strategy of one’s own whose code fails has a reason, and the others are scored', async () => {
    const strategiesDir = path.join(modelDir, 'strategies');
    await mkdir(path.join(strategiesDir, 'own'), { recursive: true });
    await writeFile(
      path.join(strategiesDir, 'own', 'strategy.ts'),
      `export default { learner: 'logistic', window: 5, features: ({ bars, ta }) => {
        if (bars.time.at(-1) > ${steady.time[trained + 1]!}) throw new Error('no such bar');
        return { a: ta.logReturn(bars.close, 1), b: ta.logReturn(bars.close, 3) };
      } };`,
    );
    const own = await store(modelDir, 'own', await trainOwn(strategiesDir, 'own', first(steady, trained)));
    await recordFolder(sql, strategiesDir);
    await register(sql, own);
    await sql`UPDATE ml_model_registry SET is_active = true, data_to = ${new Date(steady.time[400]!)},
      created_at = ${new Date(steady.time[trained]!)}`;
    await champion();
    await put(first(steady, 600));
    await look({ env: { STRATEGIES_DIR: strategiesDir }, scoreMs: 60_000 });
    const found = (await liveStates(sql, [own.modelId])).get(own.modelId)!;
    expect(found).toMatchObject({ live: null, problem: expect.stringContaining('no such bar') });
    expect(await series()).toHaveLength(1);
  });

  test('whose training bars are gone is scored all the same', async () => {
    await champion();
    await put(first(steady, 700));
    await sql`DELETE FROM market_data WHERE time < ${new Date(steady.time[trained + 20]!)}`;
    await look();
    const [score] = await series();
    // Of what is left, the first rows lead up to the others.
    expect(score!.rows).toBeGreaterThan(100);
    expect(score!.rows).toBeLessThan(170);
  });

  test('of an earlier version takes its base rate from its training bars', async () => {
    await champion({ record: false });
    await put(first(steady, 700));
    await look();
    const [score] = await series();
    // What came after it was made; its row's own label is the first that was not known then.
    expect(score).toMatchObject({ rows: 199, verdict: 'above' });
    const [train] = [ensemble.report.train];
    const rises = steady.close
      .subarray(train.from, train.to)
      .reduce((sum, close, i) => sum + (steady.close[train.from + i + 1]! > close ? 1 : 0), 0);
    const rate = rises / (train.to - train.from);
    const live = steady.close.subarray(trained, 699);
    const up =
      live.reduce((sum, close, i) => sum + (steady.close[trained + i + 1]! > close ? 1 : 0), 0) / 199;
    expect(score!.rule_value).toBeCloseTo(-(up * Math.log(rate) + (1 - up) * Math.log(1 - rate)), 6);
  });

  test('and one of an earlier version whose bars are gone has that as its reason', async () => {
    await champion({ record: false });
    await put({ ...steady, ...tail(steady, 600, 800) });
    await look();
    expect((await state())!.problem).toContain('is not known');
    expect(await series()).toEqual([]);
  });
});

describe('of several processes', () => {
  test('one scores', async () => {
    await champion();
    await put(first(steady, 600));
    await Promise.all(['one', 'two', 'three'].map((instance) => look({ instance })));
    expect(await series()).toHaveLength(1);
  });

  test('the next one takes over when the lease of one that died is over, and not before', async () => {
    await champion();
    await put(first(steady, 600));
    await sql`INSERT INTO ml_training_live_lease (holder, until) VALUES ('killed', now() + interval '1 hour')`;
    await look();
    expect(await series()).toEqual([]);
    await sql`UPDATE ml_training_live_lease SET until = now() - interval '1 second'`;
    await look();
    expect(await series()).toHaveLength(1);
    // Given back.
    expect(await sql`SELECT FROM ml_training_live_lease`).toHaveLength(0);
  });
});

function tail(bars: Bars, from: number, to: number): Partial<Bars> {
  return {
    time: bars.time.subarray(from, to),
    open: bars.open.subarray(from, to),
    high: bars.high.subarray(from, to),
    low: bars.low.subarray(from, to),
    close: bars.close.subarray(from, to),
    volume: bars.volume.subarray(from, to),
  };
}
