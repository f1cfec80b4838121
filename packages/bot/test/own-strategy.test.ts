// A bot with a model of a strategy of the user's own: what its code gets wrong, and a folder that changes.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectDatabase, migrate } from '@ml-training/core';
import { recordFolder } from '@ml-training/inference';
import { startServers } from '@ml-training/testing';
import { register, store, trainOwn, waves } from '../../inference/test/models.ts';
import { openModel, type OpenModel } from '../src/index.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'bot test' });
const root = await mkdtemp(path.join(tmpdir(), 'own-bot-'));
const strategiesDir = path.join(root, 'strategies');
const modelDir = path.join(root, 'models');
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
  await rm(root, { recursive: true });
});

/** Its answer, without what a second makes another. */
const saidBy = async (model: Pick<OpenModel, 'predict'>) => ({
  ...(await model.predict(bars)),
  modelAgeSeconds: 0,
  barAgeSeconds: 0,
  staleBecause: [],
});

const write = async (code: string): Promise<void> => {
  await mkdir(path.join(strategiesDir, 'mine'), { recursive: true });
  await writeFile(path.join(strategiesDir, 'mine/strategy.ts'), code);
};
const code = `export default {
  learner: 'ensemble', scope: 'symbol', window: 21, settings: { num_boost_round: 5, forest_trees: 2 },
  features: ({ bars, ta }) => {
    if (bars.close.at(-1) > 5000) throw new Error('too high');
    return { fast: ta.logReturn(bars.close, 1), slow: ta.logReturn(bars.close, 20) };
  },
};
`;
const bars = waves(300);
const high = { ...bars, close: bars.close.map(() => 6000), high: bars.high.map(() => 6000) };
const open = () =>
  openModel({
    strategy: 'mine',
    symbol: 'WAVES',
    redisUrl: servers.redisUrl,
    databaseUrl: servers.databaseUrl,
    modelDir,
    strategiesDir,
  });

beforeAll(async () => {
  await migrate(sql);
  await write(code);
  await recordFolder(sql, strategiesDir);
  await register(sql, await store(modelDir, 'mine', await trainOwn(strategiesDir, 'mine', bars)));
  await sql`UPDATE ml_model_registry SET is_active = true`;
});

test('an error of its code names file and line, and the next answer comes', async () => {
  const model = await open();
  const answer = await saidBy(model);
  await expect(model.predict(high)).rejects.toMatchObject({
    code: 'INVALID_STRATEGY',
    message: expect.stringMatching(/^strategies\/mine\/strategy\.ts:4:\d+: too high/),
  });
  expect(await saidBy(model)).toEqual(answer);
  expect(model.info.score).toBe('probability that the next bar closes higher');
  await model.close();
});

test('a bot goes on when the folder changes, and one that starts afterwards answers the same', async () => {
  const model = await open();
  const answer = await saidBy(model);
  await write(`// One line more, and other features.\n${code.replace('fast:', 'quick:')}`);
  expect(await saidBy(model)).toEqual(answer);
  const restarted = await open();
  expect(await saidBy(restarted)).toEqual(answer);
  // Of the line in the code of then, which the folder has no more.
  await expect(restarted.predict(high)).rejects.toThrow(/^mine@[0-9a-f]{12}\/strategy\.ts:4:\d+: too high/);
  await model.close();
  await restarted.close();
});
