// What bots hear of models that became active: at least once, in order, and never last of one that has given
// way.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { startProxy, until } from '@ml-training/testing';
import { ownConnection } from '../src/database/connect.ts';
import {
  activateModel,
  announce,
  connectRedis,
  deactivateModel,
  expireAnnouncements,
  keys,
  redisReady,
} from '../src/index.ts';
import { startLab } from './lab.ts';

const { servers, sql, redis } = await startLab('announce test', { max: 5 });
const bot = connectRedis(servers.redisUrl, { name: 'bot', onError: () => undefined });
await redisReady(bot, 60_000);
const heard: { model_id: string; symbol: string }[] = [];
bot.on('message', (_, message) => heard.push(JSON.parse(message) as (typeof heard)[number]));
await bot.subscribe(keys.models);
afterAll(() => bot.disconnect());
beforeEach(async () => {
  await sql`TRUNCATE ml_training_jobs, ml_model_registry, ml_training_epochs,
    ml_training_announcements CASCADE`;
  heard.length = 0;
});

const id = (n: number): string => `${String(n).repeat(8)}-0000-4000-8000-000000000000`;
const register = (n: number, symbol: string) => sql`
  INSERT INTO ml_model_registry (model_id, strategy_type, symbol, file_path, sha256, size_bytes, metrics,
    decision,
    data_from, data_to, data_sha256, params)
  VALUES (${id(n)}, 'lstm', ${symbol}, ${`models/lstm/${symbol}/${n}`}, 's', 1, '{}', '', now(), now(), 'd',
    '{}')`;
const promote = (n: number) => activateModel(sql, id(n), { how: 'promote' });
const all = { olderThanSeconds: 0 } as const;
/** Numbers of the models heard of, once the bot has heard everything that was sent. */
async function told(): Promise<number[]> {
  await redis.publish(keys.models, '{"end":true}');
  await until(() => heard.some((message) => 'end' in message), { what: 'the last message' });
  return heard.splice(0).flatMap((message) => ('end' in message ? [] : Number(message.model_id[0])));
}
const pending = async () =>
  (
    await sql<{ model_id: string }[]>`
      SELECT model_id FROM ml_training_announcements WHERE published_at IS NULL AND NOT outdated ORDER BY id`
  ).map(({ model_id }) => Number(model_id[0]));

test('a completion that promotes and a promotion by hand are announced once, in order, in four fields', async () => {
  await register(1, 'GOOG');
  await promote(1);
  const [job] = await sql<[{ job_id: string; lease_token: string }]>`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, attempt, max_attempts, lease_token,
      lease_expires_at)
    VALUES ('lstm', 'SP500', 'running', 'manual', 1, 1, gen_random_uuid(), now() + interval '1 minute')
    RETURNING job_id, lease_token`;
  const model = (n: number, symbol: string, yes: boolean) => ({
    ...{
      model_id: id(n),
      symbol,
      file_path: `models/lstm/${symbol}/${n}`,
      sha256: 's',
      size_bytes: 1,
      metrics: {},
    },
    ...{
      decision: '',
      promote: yes,
      champion_id: null,
      data_from: '2024-01-01',
      data_to: '2024-01-01',
      data_sha256: 'd',
    },
    params: {},
  });
  const models = sql.json([model(2, 'SP500', true), model(3, 'EURUSD', false)]);
  for (let asked = 0; asked < 2; asked += 1)
    await sql`SELECT ml_training_complete(${job.job_id}, ${job.lease_token}, '{}', ${models})`;
  expect(await pending()).toEqual([1, 2]);
  expect(await announce(sql, redis, { jobId: job.job_id })).toEqual({ published: 1, listeners: 1 });
  await until(() => heard.length === 1, { what: 'the message' });
  expect(heard).toEqual([
    { strategy_type: 'lstm', symbol: 'SP500', model_id: id(2), file_path: 'models/lstm/SP500/2' },
  ]);
  expect(await announce(sql, redis, all)).toMatchObject({ published: 1 });
  expect(await announce(sql, redis, all)).toMatchObject({ published: 0 });
  expect(await told()).toEqual([2, 1]);
});

test('of a model that was taken out of use bots hear that its pair has none, unless another came meanwhile', async () => {
  for (const [n, symbol] of [
    [1, 'GOOG'],
    [2, 'SP500'],
    [3, 'SP500'],
  ] as const)
    await register(n, symbol);
  await promote(1);
  await promote(2);
  await announce(sql, redis, all);
  await told();
  const why = 'worse than the naive rule';
  expect(await deactivateModel({ sql, redis }, id(1), why)).toEqual({ outcome: 'deactivated', untold: null });
  await until(() => heard.length === 1, { what: 'the message' });
  expect(heard.splice(0)).toEqual([
    { strategy_type: 'lstm', symbol: 'GOOG', model_id: null, file_path: null },
  ]);
  expect(await deactivateModel({ sql, redis }, id(1), why)).toMatchObject({ outcome: 'already' });
  expect(await deactivateModel({ sql, redis }, id(9), why)).toMatchObject({ outcome: 'missing' });
  const [row] = await sql`SELECT decision FROM ml_model_registry WHERE model_id = ${id(1)}`;
  expect(row!['decision']).toMatch(/; taken out of use at \S+ \S+ UTC: worse than the naive rule\.$/);
  await sql`SELECT ml_model_deactivate(${id(2)}, ${why})`;
  await promote(3);
  await announce(sql, redis, all);
  expect(await told()).toEqual([3]);
});

test('of a model that has given way nobody hears, of one that came back they do', async () => {
  for (const n of [1, 2]) await register(n, 'GOOG');
  await register(3, 'SP500');
  for (const n of [1, 3, 2]) await promote(n);
  await announce(sql, redis, all);
  expect(await told()).toEqual([3, 2]);
  await activateModel(sql, id(1), { how: 'rollback', inPlaceOf: id(2) });
  // Asked for again, as somebody has not heard it.
  expect(await promote(1)).toBe('already');
  expect(await announce(sql, redis, { modelId: id(1) })).toMatchObject({ published: 2 });
  expect(await told()).toEqual([1, 1]);
  expect(await pending()).toEqual([]);
});

test('a switch that is not committed is not announced', async () => {
  await register(1, 'GOOG');
  await sql
    .begin(async (own) => {
      await own`SELECT ml_model_activate(${id(1)}, 'promote')`;
      throw new Error('undone');
    })
    .catch(() => undefined);
  expect(await pending()).toEqual([]);
});

test('what could not be published is published later', async () => {
  const network = await startProxy(Number(new URL(servers.redisUrl).port));
  const away = connectRedis(network.via(servers.redisUrl), { name: 'away', onError: () => undefined });
  await redisReady(away, 60_000);
  await register(1, 'GOOG');
  await promote(1);
  await network.cut();
  await expect(announce(sql, away, all)).rejects.toThrow();
  expect(await pending()).toEqual([1]);
  await network.restore();
  await redisReady(away, 60_000);
  await announce(sql, away, all);
  expect(await told()).toEqual([1]);
  away.disconnect();
  await network.stop();
});

test('only what has waited for long enough is taken over from others', async () => {
  await register(1, 'GOOG');
  await promote(1);
  expect(await announce(sql, redis, { olderThanSeconds: 60 })).toMatchObject({ published: 0 });
  await sql`UPDATE ml_training_announcements SET made_at = made_at - interval '1 minute'`;
  expect(await announce(sql, redis, { olderThanSeconds: 60 })).toMatchObject({ published: 1 });
});

test('a model that gives way as its message is sent is followed by a message of its successor', async () => {
  for (const n of [1, 2]) await register(n, 'GOOG');
  await promote(1);
  const own = ownConnection(sql);
  await own`BEGIN`;
  // Nobody else can write announcements now.
  await own`LOCK TABLE ml_training_announcements IN SHARE MODE`;
  const late = announce(sql, redis, all);
  await until(() => heard.length === 1, { what: 'the message' });
  await own`SELECT ml_model_activate(${id(2)}, 'promote')`;
  // As if its own message had been sent, and before that of the first.
  await own`UPDATE ml_training_announcements SET published_at = now() WHERE model_id = ${id(2)}`;
  await own`COMMIT`;
  await own.end({ timeout: 1 });
  await late;
  expect(await pending()).toEqual([2]);
  await announce(sql, redis, all);
  expect(await told()).toEqual([1, 2]);
  expect(await pending()).toEqual([]);
});

test('thousands that wait are published in order', async () => {
  await sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, is_active, file_path, sha256, size_bytes, metrics,
      decision,
      data_from, data_to, data_sha256, params)
    SELECT 'lstm', 'S' || n, true, 'models/lstm/' || n, 's', 1, '{}', '', now(), now(), 'd', '{}'
      FROM generate_series(1, 2500) n`;
  await sql`INSERT INTO ml_training_announcements (model_id) SELECT model_id FROM ml_model_registry
    ORDER BY symbol COLLATE "C"`;
  expect(await announce(sql, redis, all)).toMatchObject({ published: 2500 });
  await until(() => heard.length === 2500, { what: 'all messages' });
  const symbols = heard.map(({ symbol }) => symbol);
  expect(symbols).toEqual(symbols.toSorted());
});

test('announcements are forgotten a week after they were made, those that wait are not', async () => {
  await sql`
    INSERT INTO ml_training_announcements (model_id, made_at, published_at, outdated)
    SELECT gen_random_uuid(), now() - make_interval(days => days), published, outdated
    FROM (VALUES (8, now(), false), (8, NULL, true), (8, NULL, false), (6, now(), false)) v (days, published,
      outdated)`;
  await expireAnnouncements(sql);
  expect(
    await sql`SELECT published_at IS NULL AND NOT outdated AS waits FROM ml_training_announcements
      ORDER BY 1`,
  ).toEqual([{ waits: false }, { waits: true }]);
});
