// Symbols that vendors really have go through every door: a file, the queue, the API, the command line, settings,
// a training, files, the channel, metrics, a webhook.
import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { connectRedis, importBars, keys, redisReady } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { ask, startLab } from './lab.ts';

const symbols = ['NIFTY 50', '$SPX', 'ES1!', '币安人生/USDT:USDT', '字'.repeat(64), `a"b,c\\d%<x>'|*?#&=`];
const lab = await startLab({
  env: {
    TRAINING_SYMBOLS: JSON.stringify(symbols),
    TRAINING_PARAMS: JSON.stringify({
      all: { walk_forward_folds: 0 },
      ensemble: { num_boost_round: 5, forest_trees: 2 },
      lstm: { epochs: 1 },
    }),
  },
});
afterAll(() => lab.end());

const main = path.resolve(import.meta.dirname, '../../../packages/cli/src/main.ts');
const ml = async (...args: string[]): Promise<string> => {
  const env = {
    PATH: process.env['PATH'],
    REDIS_URL: lab.servers.redisUrl,
    DATABASE_URL: lab.servers.databaseUrl,
    MODEL_DIR: lab.modelDir,
  };
  return (await promisify(execFile)(process.execPath, [main, ...args], { env })).stdout;
};

const quoted = (symbol: string): string => `"${symbol.replaceAll('"', '""')}"`;
async function importAll(): Promise<void> {
  const file = path.join(lab.modelDir, 'odd.csv');
  const rows = symbols.flatMap((symbol, s) =>
    Array.from({ length: 300 }, (_, t) => {
      const price = 100 + 5 * Math.sin(t / 7 + s) + 3 * Math.sin(t * t);
      const time = new Date(Date.UTC(2024, 0, 1) + t * 86_400_000).toISOString();
      return `${time},${quoted(symbol)},${price},${price + 1},${price - 1},${price + Math.sin(t)},${t}`;
    }),
  );
  await writeFile(file, `time,symbol,open,high,low,close,volume\n${rows.join('\n')}\n`);
  expect((await importBars(lab.sql, file)).symbols).toEqual([...symbols].sort());
}

test('every door takes them, and takes them for the same', async () => {
  await importAll();
  const listener = connectRedis(lab.servers.redisUrl, { name: 'odd', onError: () => undefined });
  await redisReady(listener, 60_000);
  const heard: string[] = [];
  listener.on('message', (_, text) => heard.push((JSON.parse(text) as { symbol: string }).symbol));
  await listener.subscribe(keys.models);
  lab.start('trainer');
  const metrics = lab.start('metrics');

  // The queue, the API and the command line.
  await lab.redis.lpush(keys.queue, JSON.stringify({ strategy_type: 'lstm', symbol: symbols[3] }));
  const train = await ask(`${lab.url}/api/train`, { method: 'POST', body: { strategy_type: 'ensemble' } });
  expect(train.body).toMatchObject({ jobs: [{ symbol: '@ALL' }] });
  for (const symbol of symbols.slice(4)) {
    const asked = await ask(`${lab.url}/api/train`, {
      method: 'POST',
      body: { strategy_type: 'lstm', symbol },
    });
    expect(asked.body).toMatchObject({ jobs: [{ symbol }] });
  }
  expect(JSON.parse(await ml('train', 'lstm', symbols[0]!, '--json'))).toMatchObject({
    jobs: [{ symbol: symbols[0] }],
  });
  const jobs = await until(
    async () => {
      const all = await lab.sql<{ symbol: string; status: string; error_message: string | null }[]>`
        SELECT symbol, status, error_message FROM ml_training_jobs`;
      return all.length === 5 && all.every(({ status }) => /completed|failed/.test(status)) && all;
    },
    { what: 'all jobs to end' },
  );
  expect(jobs.map(({ symbol, error_message }) => [symbol, error_message])).toEqual(
    expect.arrayContaining(
      ['@ALL', symbols[0], symbols[3], symbols[4], symbols[5]].map((one) => [one, null]),
    ),
  );

  // Files, one folder each.
  const registered = await lab.sql<{ file_path: string }[]>`
    SELECT file_path FROM ml_model_registry WHERE strategy_type = 'ensemble'`;
  const folders = registered.map(({ file_path }) => path.basename(path.dirname(file_path))).sort();
  expect(new Set(folders.map((folder) => folder.toLowerCase())).size).toBe(symbols.length);
  const there = await readdir(path.join(lab.modelDir, 'ensemble'));
  expect(there.filter((name) => name !== '@ALL').sort()).toEqual(folders);
  await until(() => symbols.every((symbol) => heard.includes(symbol)), {
    what: 'all models to be announced',
  });
  listener.disconnect();

  // What is said of them.
  for (const symbol of symbols) {
    const encoded = encodeURIComponent(symbol);
    const answer = await ask(`${lab.url}/api/predict/ensemble/${encoded}`);
    expect([answer.status, answer.body['symbol']]).toEqual([200, symbol]);
    expect((await ask(`${lab.url}/api/symbols/bars?symbol=${encoded}`)).body).toMatchObject({ symbol });
    expect((await ask(`${lab.url}/api/jobs?symbol=${encoded}`)).status).toBe(200);
    expect((await ask(`${lab.url}/api/metrics/history?symbol=${encoded}`)).status).toBe(200);
    expect((await fetch(`${lab.url}/data?symbol=${encoded}`)).status).toBe(200);
  }
  expect(JSON.parse(await ml('predict', 'ensemble', symbols[5]!, '--json'))).toMatchObject({
    symbol: symbols[5],
  });
  const table = await ml('data');
  for (const symbol of symbols) expect(table).toContain(symbol);
  const { port } = JSON.parse(await metrics.waitForLine(/"msg":"exporting"/)) as { port: number };
  const exposed = await until(
    async () => {
      const text = await (await fetch(`http://localhost:${port}/metrics`)).text();
      return text.includes('NIFTY 50') && text;
    },
    { what: 'the metrics of the models' },
  );
  for (const symbol of symbols)
    expect(exposed).toContain(`symbol="${symbol.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
}, 120_000);

test.each([['A\tB'], ['e\u0301'], ['@ALL2'], ['A'.repeat(65)]])(
  'what is none is refused by every door alike: %j',
  async (symbol) => {
    const file = path.join(lab.modelDir, 'none.csv');
    await writeFile(file, `time,symbol,open,high,low,close,volume\n2024-01-01,${quoted(symbol)},1,1,1,1,1\n`);
    await expect(importBars(lab.sql, file)).rejects.toThrow(/line 2: symbol .* printable characters/);
    const asked = await ask(`${lab.url}/api/train`, {
      method: 'POST',
      body: { strategy_type: 'lstm', symbol },
    });
    expect(asked.status).toBe(400);
    await expect(ml('train', 'lstm', symbol)).rejects.toThrow(/no symbol/);
    const before = await lab.redis.llen(keys.dead);
    await lab.redis.lpush(keys.queue, JSON.stringify({ strategy_type: 'lstm', symbol }));
    await until(async () => (await lab.redis.llen(keys.dead)) > before, { what: 'the dead list to have it' });
  },
  60_000,
);
