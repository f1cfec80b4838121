// The Python bot of docs/python.md, as printed there, asks a real trainer on its ticks and uses what comes of
// it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { keys } from '@ml-training/core';
import { startProxy, until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const python = process.env['PYTHON'] ?? 'python3';
const reason = missing();
function missing(): string | null {
  try {
    execFileSync(python, ['-c', 'import redis, psycopg'], { stdio: 'pipe' });
    return null;
  } catch {
    return `${python} can't import redis and psycopg; set PYTHON to one that can`;
  }
}
if (reason !== null) console.warn(`skipped: ${reason}`);
const withPython = reason === null ? test : test.skip;
const inName = reason === null ? '' : ` [${reason}]`;

const lab = await startLab();
const { redis, sql } = lab;
const network = await startProxy(Number(new URL(lab.servers.redis.url).port));
const folder = await mkdtemp(path.join(tmpdir(), 'python-bot-'));
const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/python.md'), 'utf8');
const [fleet = '', strategy = ''] = Array.from(page.matchAll(/```python\n([^]*?)```/g), ([, code]) => code);
await writeFile(path.join(folder, 'fleet.py'), fleet);
await writeFile(path.join(folder, 'strategy.py'), strategy);
afterAll(async () => {
  await network.stop();
  await lab.end();
  await rm(folder, { recursive: true });
});

/** Ticks as often as a line says, and prints what comes into use. */
const driver = `
import sys, strategy
class Seen(strategy.Strategy):
    def use(self, strategy_type, symbol, model_id, model):
        super().use(strategy_type, symbol, model_id, model)
        print('model', symbol, model_id, model['strategy_type'], list(model['model_state'])[0], flush=True)
bot = Seen(['GOOG'])
for line in sys.stdin:
    for _ in range(int(line)):
        bot.on_tick('GOOG')
    print('ticked', strategy.ask.__globals__['waiting'], flush=True)
`;

function startBot() {
  const bot = spawn(python, ['-c', driver], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      REDIS_URL: network.via(lab.servers.redis.url),
      DATABASE_URL: lab.servers.postgres.url,
      MODEL_DIR: lab.modelDir,
    },
  });
  const lines: string[] = [];
  createInterface({ input: bot.stdout }).on('line', (line) => lines.push(line));
  return {
    lines,
    tick: (times: number) => bot.stdin.write(`${times}\n`),
    next: (pattern: RegExp, from = 0) =>
      until(() => lines.slice(from).find((line) => pattern.test(line)), { what: `a line like ${pattern}` }),
    stop: async () => {
      const ended = once(bot, 'exit');
      bot.kill('SIGKILL');
      await ended;
    },
  };
}
let bot: ReturnType<typeof startBot> | null = null;
beforeEach(async () => {
  await network.restore();
  await lab.reset();
});
afterEach(async () => {
  await bot?.stop();
  bot = null;
  await lab.stopServices();
});

const modelLine = /^model GOOG (\S+) lstm lstm$/;
const queue = () => redis.lrange(keys.queue, 0, -1);
const listens = () =>
  until(async () => Number((await redis.pubsub('NUMSUB', keys.models))[1]) === 1, {
    what: 'the bot to listen',
  });

withPython(
  `a Python bot is trained for at its 500th tick, and uses each model as it is promoted${inName}`,
  async () => {
    bot = startBot();
    await listens();
    bot.tick(499);
    expect(await bot.next(/^ticked/)).toBe('ticked {}');
    expect(await queue()).toEqual([]);
    bot.tick(1);
    await until(async () => (await queue()).length > 0, { what: 'the wish' });
    expect(await queue()).toEqual(['{"strategy_type": "lstm", "symbol": "GOOG"}']);

    lab.start('trainer', { MODEL_PROMOTION: 'always' });
    const first = modelLine.exec(await bot.next(modelLine))?.[1];
    const before = bot.lines.length;
    await sql`
      INSERT INTO market_data (time, symbol, open, high, low, close, volume)
      SELECT '2015-01-01', symbol, open, high, low, close, volume FROM market_data WHERE symbol = 'GOOG'
        ORDER BY time DESC LIMIT 1`;
    bot.tick(500);
    const second = modelLine.exec(await bot.next(modelLine, before))?.[1];
    const models = await sql`SELECT model_id, is_active FROM ml_model_registry ORDER BY created_at`;
    expect(models).toEqual([
      { model_id: first, is_active: false },
      { model_id: second, is_active: true },
    ]);
    expect((await lab.jobs()).map(({ trigger, status }) => `${trigger} ${status}`)).toEqual([
      'tick completed',
      'tick completed',
    ]);
  },
  100_000,
);

withPython(
  `a Python bot's ticks are not held up while Redis is away, nor lost${inName}`,
  async () => {
    bot = startBot();
    await listens();
    await network.cut();
    bot.tick(1000);
    expect(await bot.next(/^ticked/)).toMatch(/^ticked \{\('lstm', 'GOOG'\): /);
    await network.restore();
    // It listens again by itself.
    await listens();
    bot.tick(500);
    await until(async () => (await queue()).length > 0, { what: 'the wish' });
    expect(await queue()).toEqual(['{"strategy_type": "lstm", "symbol": "GOOG"}']);
  },
  100_000,
);
