// An open model follows the registry, whatever the network does meanwhile.
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  connectDatabase,
  connectRedis,
  deactivateModel,
  FleetError,
  keys,
  migrate,
  redisReady,
  type Bars,
} from '@ml-training/core';
import { startProxy, startServers, until } from '@ml-training/testing';
import { loadModelFile, openModel, type OpenModel, type OpenOptions } from '../src/index.ts';
import { register, store, trainBriefly, waves, type Stored } from '../../inference/test/models.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'bot test' });
const redis = connectRedis(servers.redisUrl, { name: 'bot test', onError: () => undefined });
await redisReady(redis, 60_000);
await migrate(sql);
const modelDir = await mkdtemp(path.join(tmpdir(), 'bot-'));

const bars = waves(300);
let first: Stored;
let second: Stored;
beforeAll(async () => {
  for (const seed of [1, 2]) {
    const stored = await store(modelDir, 'rl', await trainBriefly('rl', bars, seed));
    await register(sql, stored);
    if (seed === 1) first = stored;
    else second = stored;
  }
});
afterAll(async () => {
  redis.disconnect();
  await sql.end({ timeout: 1 });
  await servers.stop();
  await rm(modelDir, { recursive: true });
});

const deactivated = async (): Promise<void> => {
  await sql`UPDATE ml_model_registry SET is_active = false`;
};
const promote = async (model: Stored, tell = true): Promise<void> => {
  await sql.begin(async (all) => {
    await all`UPDATE ml_model_registry SET is_active = false`;
    await all`UPDATE ml_model_registry SET is_active = true WHERE model_id = ${model.modelId}`;
  });
  if (!tell) return;
  const message = {
    strategy_type: 'rl',
    symbol: 'WAVES',
    model_id: model.modelId,
    file_path: model.filePath,
  };
  await redis.publish(keys.models, JSON.stringify(message));
};
/** Bots that listen to the channel now. */
const listeners = async (): Promise<number> => Number((await redis.pubsub('NUMSUB', keys.models))[1]);
const listening = () => until(async () => (await listeners()) === 1, { what: 'a bot that listens' });

let model: OpenModel | null = null;
let errors: string[] = [];
let reloads: [string, string][] = [];
async function open(over: Partial<OpenOptions> = {}): Promise<OpenModel> {
  model = await openModel({
    strategy: 'rl',
    symbol: 'WAVES',
    redisUrl: servers.redisUrl,
    databaseUrl: servers.databaseUrl,
    modelDir,
    onError: (error) => errors.push(error.message),
    onReload: (now, before) => reloads.push([before.modelId, now.modelId]),
    ...over,
  });
  return model;
}
beforeEach(async () => {
  errors = [];
  reloads = [];
  await promote(first, false);
});
afterEach(async () => {
  await model?.close();
  model = null;
  await until(async () => (await listeners()) === 0, { what: 'nobody to listen' });
});

const answersBy = (stored: Stored) =>
  until(async () => (await model!.predict(bars)).modelId === stored.modelId, {
    what: `an answer of ${stored.modelId}; errors: ${errors.join('; ')}`,
  });

describe('what an answer says of itself', () => {
  const score = (verdict: string, at = 0) => sql`
    INSERT INTO ml_model_live_scores (model_id, scored_at, rows, first_row, last_row, score, value, rule,
      rule_value, difference, low, high, verdict, metrics)
    VALUES (${first.modelId}, now() + make_interval(secs => ${at}), 120, now(), now(), 'return', -0.1,
      'always_flat', 0, -0.001, -0.002, -0.0001, ${verdict}, '{}')`;
  afterEach(async () => {
    await sql`DELETE FROM ml_model_live_scores`;
    await sql`UPDATE ml_model_registry SET created_at = now()`;
  });
  const now = Date.now();
  const recent = (ageHours: number): Bars => {
    const shift = now - ageHours * 3_600_000 - bars.time.at(-1)!;
    return { ...bars, time: bars.time.map((time) => time + shift) };
  };

  test('is its age, that of its newest bar, and the live score of the model', async () => {
    await score('within');
    await sql`UPDATE ml_model_registry SET created_at = now() - interval '3 hours'`;
    const { predict } = await open();
    const answer = await predict(recent(1));
    expect(answer).toMatchObject({ stale: false, staleBecause: [], live: { rows: 120, verdict: 'within' } });
    expect(answer.modelAgeSeconds).toBeGreaterThanOrEqual(3 * 3600);
    expect(answer.modelAgeSeconds).toBeLessThan(4 * 3600);
    expect(answer.barAgeSeconds).toBeGreaterThanOrEqual(3600);
    expect(answer.barAgeSeconds).toBeLessThan(2 * 3600);
    expect((await predict(recent(30))).staleBecause[0]).toContain('the newest bar is 30 hours old');
  });

  test('is stale once the model is found below the naive rule while it is open', async () => {
    const { predict } = await open({ everyMs: 20 });
    expect(await predict(recent(1))).toMatchObject({ stale: false, live: null });
    await score('below');
    await until(async () => (await predict(recent(1))).stale, { what: 'a stale answer' });
    expect((await predict(recent(1))).staleBecause).toEqual([
      expect.stringContaining('worse than the naive rule beyond noise'),
    ]);
  });

  test('is a refusal beyond the limits', async () => {
    await sql`UPDATE ml_model_registry SET created_at = now() - interval '8 days'`;
    await open({ maxModelAge: '7d' });
    await expect(model!.predict(recent(1))).rejects.toMatchObject({ code: 'MODEL_TOO_OLD' });
    await model!.close();
    await open({ maxModelAge: '9d', maxBarAge: '36h' });
    await expect(model!.predict(recent(37))).rejects.toMatchObject({ code: 'BARS_TOO_OLD' });
    expect((await model!.predict(recent(35))).modelId).toBe(first.modelId);
    await expect(open({ maxBarAge: 'soon' })).rejects.toThrow(
      /^MAX_BAR_AGE is "soon", but must be a duration/,
    );
  });

  test('is a refusal while its model was taken out of use, until another comes', async () => {
    await open();
    await listening();
    await deactivateModel({ sql, redis }, first.modelId, 'worse than the naive rule');
    await until(
      () =>
        model!.predict(bars).then(
          () => false,
          (error: unknown) => error instanceof FleetError && error.code === 'NO_ACTIVE_MODEL',
        ),
      { what: 'a refusal' },
    );
    await promote(second);
    await until(
      () =>
        model!.predict(bars).then(
          ({ modelId }) => modelId === second.modelId,
          () => false,
        ),
      { what: 'an answer of the next one' },
    );
  });

  test('of a file alone, is no live score', async () => {
    const file = path.join(modelDir, first.filePath.replace(/^models\//, ''));
    const loaded = await loadModelFile(file, undefined, { maxBarAge: '2h' });
    expect(await loaded.predict(recent(1))).toMatchObject({ live: null, stale: false });
    await expect(loaded.predict(recent(3))).rejects.toMatchObject({ code: 'BARS_TOO_OLD' });
    await loaded.retire();
  });
});

describe('an open model', () => {
  test('answers with the active model', async () => {
    const { info, predict } = await open();
    expect(info).toMatchObject({ modelId: first.modelId, filePath: first.filePath, strategy: 'rl' });
    const answer = await predict(bars, { position: 1 });
    expect(answer).toMatchObject({ modelId: first.modelId, time: new Date(bars.time.at(-1)!) });
    expect(['short', 'flat', 'long'][answer.position + 1]).toBe(answer.action);
    // Of rl a preference, which is no probability.
    expect(answer.probability).toBeNull();
    expect(answer.score).toBeGreaterThan(0);
    expect(answer.score).toBeLessThan(1);
  });

  test('changes over when another one is promoted, and says so', async () => {
    await open();
    await listening();
    const underWay = model!.predict(bars);
    await promote(second);
    await answersBy(second);
    expect((await underWay).modelId).toBe(first.modelId);
    expect(reloads).toEqual([[first.modelId, second.modelId]]);
    expect(model!.info.modelId).toBe(second.modelId);
    expect(errors).toEqual([]);
  });

  test('is not disturbed by what else is said on the channel', async () => {
    await open();
    await listening();
    const other = {
      strategy_type: 'rl',
      symbol: 'GOOG',
      model_id: second.modelId,
      file_path: second.filePath,
    };
    for (const text of ['', 'null', '{', '[1]', JSON.stringify(other)])
      await redis.publish(keys.models, text);
    // Its own comes last, so that all others have been seen.
    await promote(second);
    await answersBy(second);
    expect(reloads).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  test('catches up with a promotion that was announced while Redis was out of reach', async () => {
    const proxy = await startProxy(Number(new URL(servers.redisUrl).port));
    try {
      await open({ redisUrl: proxy.via(servers.redisUrl) });
      await listening();
      await proxy.cut();
      await until(async () => (await listeners()) === 0, { what: 'the bot to be cut off' });
      await promote(second);
      expect((await model!.predict(bars)).modelId).toBe(first.modelId);
      await proxy.restore();
      await answersBy(second);
      expect(errors.join()).toMatch(/^Redis at redis:\S+ \(REDIS_URL\): /);
    } finally {
      await model?.close();
      await proxy.stop();
    }
  });

  test('finds a promotion that nobody announced, by looking now and then', async () => {
    await open({ everyMs: 50 });
    await promote(second, false);
    await answersBy(second);
  });

  test('works without Redis, by looking now and then, and says once that it is away', async () => {
    await open({ redisUrl: 'redis://:hunter2@127.0.0.1:1', everyMs: 50 });
    await promote(second, false);
    await answersBy(second);
    await until(() => errors.length > 0, { what: 'a word about Redis' });
    expect(errors).toEqual([expect.stringContaining('Redis at redis://:***@127.0.0.1:1 (REDIS_URL): ')]);
    expect(errors.join()).not.toMatch(/hunter2/);
  });

  test('keeps to the model at hand when the new file is damaged, until it is whole again', async () => {
    const file = path.join(modelDir, second.filePath.replace(/^models\//, ''));
    const whole = await readFile(file);
    const damaged = Buffer.from(whole);
    damaged[damaged.length >> 1]! ^= 1;
    await writeFile(file, damaged);
    try {
      await open({ everyMs: 20 });
      await promote(second);
      await until(() => errors.length > 0, { what: 'a word about the damage' });
      expect((await model!.predict(bars)).modelId).toBe(first.modelId);
      expect(errors).toEqual([expect.stringMatching(`^${second.filePath} has sha256 .* changed or damaged`)]);
    } finally {
      // At once, or the half of it would be one more damage to tell of.
      await writeFile(`${file}.whole`, whole);
      await rename(`${file}.whole`, file);
    }
    await answersBy(second);
    expect(errors).toHaveLength(1);
  });

  test('goes on while PostgreSQL is out of reach', async () => {
    const proxy = await startProxy(Number(new URL(servers.databaseUrl).port));
    try {
      await open({ databaseUrl: proxy.via(servers.databaseUrl) });
      await listening();
      await proxy.cut();
      await promote(second);
      await until(() => errors.length > 0, { what: 'a word about the registry' });
      expect(errors[0]).toMatch(/^the model registry can't be read at postgres\S+ \(DATABASE_URL\): /);
      expect((await model!.predict(bars)).modelId).toBe(first.modelId);
      await proxy.restore();
      await promote(second);
      await answersBy(second);
    } finally {
      await model?.close();
      await proxy.stop();
    }
  });

  test('refuses to answer once it is closed, after what was under way', async () => {
    const { predict, close } = await open();
    const underWay = predict(bars);
    await close();
    expect((await underWay).modelId).toBe(first.modelId);
    await expect(predict(bars)).rejects.toThrow('was closed');
  });

  test('refuses a position that is none', async () => {
    const { predict } = await open();
    // As a caller in JavaScript could.
    const shares = { position: 100 as 1 };
    await expect(predict(bars, shares)).rejects.toMatchObject({
      code: 'POSITION_INVALID',
      message: 'position is 100, but must be -1 (short), 0 (flat) or 1 (long), whatever the size',
    });
  });
});

describe('opening', () => {
  test('without an active model says what to do', async () => {
    await deactivated();
    await expect(open()).rejects.toMatchObject({
      code: 'NO_ACTIVE_MODEL',
      message: expect.stringMatching(
        /^there is no active model of rl and WAVES: ask for one with "ml train"/,
      ),
    });
    await sql`UPDATE ml_model_registry SET decision_facts = ${sql.json({ ground: 'below_floor' })}`;
    await expect(open()).rejects.toThrow(/No model passed the floor yet\. The newest, of .* UTC: /);
  });

  test('waits for a first model, or for the database, when told to', async () => {
    await deactivated();
    const proxy = await startProxy(Number(new URL(servers.databaseUrl).port));
    try {
      proxy.hang();
      const opening = open({ databaseUrl: proxy.via(servers.databaseUrl), waitMs: 20_000 });
      await until(() => proxy.connections() > 0, { what: 'a first try' });
      await proxy.cut();
      await promote(first);
      await proxy.restore();
      expect((await opening).info.modelId).toBe(first.modelId);
    } finally {
      await model?.close();
      await proxy.stop();
    }
  });

  test('gives up when the wait is over', async () => {
    await deactivated();
    await expect(open({ waitMs: 30 })).rejects.toMatchObject({ code: 'NO_ACTIVE_MODEL' });
  });

  test('names a database that is not there, without its password', async () => {
    const databaseUrl = 'postgres://user:hunter2@127.0.0.1:1/tradebot';
    const refused = open({ databaseUrl });
    await expect(refused).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    await expect(refused).rejects.toThrow('postgres://user:***@127.0.0.1:1/tradebot (DATABASE_URL): ');
  });

  test('refuses a wrong setting by its name', async () => {
    await expect(open({ redisUrl: 'http://redis' })).rejects.toThrow(/^REDIS_URL is .* but must be a URL/);
  });
});
