// Models put in use by hand, and what they say, with real files.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connectRedis, keys, redisReady } from '@ml-training/core';
import { register, store, trainBriefly, waves, type Stored } from '../../inference/test/models.ts';
import { startLab } from './ml.ts';

const lab = await startLab();
const { sql } = lab;
const modelDir = await mkdtemp(path.join(tmpdir(), 'switch-'));
const ml = (...args: string[]) => lab.ml(args, { MODEL_DIR: modelDir });
const bars = waves(300);
let first: Stored;
let second: Stored;

beforeAll(async () => {
  [first, second] = [
    await store(modelDir, 'rl', await trainBriefly('rl', bars, 1)),
    await store(modelDir, 'rl', await trainBriefly('rl', bars, 2)),
  ];
});
afterAll(async () => {
  await lab.end();
  await rm(modelDir, { recursive: true });
});
beforeEach(async () => {
  await lab.reset();
  await register(sql, first);
  await register(sql, second);
});

const short = (model: Stored): string => model.modelId.slice(0, 8);
const inUse = async (): Promise<string[]> => {
  const rows = await sql<{ model_id: string }[]>`SELECT model_id FROM ml_model_registry WHERE is_active`;
  return rows.map((row) => row.model_id);
};
const onDisk = (model: Stored): string => path.join(modelDir, model.filePath.replace(/^models\//, ''));
async function whileDamaged(model: Stored, work: () => Promise<void>): Promise<void> {
  const whole = await readFile(onDisk(model));
  // Of the size that was registered, so that only its sum tells.
  await writeFile(onDisk(model), whole.with(whole.length >> 1, whole[whole.length >> 1]! ^ 1));
  try {
    await work();
  } finally {
    await writeFile(onDisk(model), whole);
  }
}

describe('ml promote', () => {
  test('puts a model in use by the start of its id, tells bots as a training does, and says what it did', async () => {
    const bot = connectRedis(lab.redisUrl, { name: 'bot', onError: () => undefined });
    await redisReady(bot, 60_000);
    const { promise: heard, resolve } = Promise.withResolvers<string>();
    bot.on('message', (_, text: string) => resolve(text));
    await bot.subscribe(keys.models);
    expect(await ml('promote', short(first))).toEqual({
      code: 0,
      out: `rl WAVES ${short(first)} is in use now. 1 listener was told.\n`,
      err: '',
    });
    expect(JSON.parse(await heard)).toEqual({
      strategy_type: 'rl',
      symbol: 'WAVES',
      model_id: first.modelId,
      file_path: first.filePath,
    });
    bot.disconnect();
    expect((await ml('promote', second.modelId)).out).toBe(
      `rl WAVES ${short(second)} is in use now, in place of ${short(first)}. No bot listens at the moment.\n`,
    );
    expect(await inUse()).toEqual([second.modelId]);
    expect((await ml('promote', short(second))).out).toMatch(/ is in use already\. /);
    expect((await ml('models', '--decisions')).out.replaceAll(/\s+/g, ' ')).toMatch(
      new RegExp(`Not promoted; promoted by hand at .* UTC in place of ${short(first)}\\.`),
    );
  });

  test.each([
    ['no id', 'models/rl', /^"models\/rl" is no model_id: give the first letters of one, 4 or more/],
    ['an unknown one', '00000000', /^no model_id begins with 00000000: "ml models --all" shows/],
  ])('refuses %s', async (_, start, message) => {
    const { code, err } = await ml('promote', start);
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
    expect(await inUse()).toEqual([]);
  });

  test('refuses what could mean several, and names them', async () => {
    await sql`UPDATE ml_model_registry SET model_id = overlay(model_id::text placing 'abcdef' from 1)::uuid`;
    const { code, err } = await ml('promote', 'ABCD');
    expect(code).toBe(1);
    expect(err).toMatch(
      /^several model_ids begin with ABCD, give more of it:(\n {2}abcdef\S+ {2}rl WAVES, created .*){2}\n$/,
    );
  });

  test('refuses a model whose file is damaged or gone', async () => {
    await whileDamaged(second, async () => {
      const { code, err } = await ml('promote', short(second));
      expect(code).toBe(1);
      expect(err).toMatch(
        new RegExp(`^rl WAVES ${short(second)} can't be put in use: ${second.filePath} has sha256 `),
      );
      await rm(onDisk(second));
      expect((await ml('promote', short(second))).err).toMatch(`${second.filePath} is not below`);
    });
    expect(await inUse()).toEqual([]);
  });
});

describe('ml rollback', () => {
  test('puts the model in use that was so before, and then says that there is none further back', async () => {
    await ml('promote', short(first));
    await ml('promote', short(second));
    expect((await ml('rollback', 'rl', 'WAVES')).out).toBe(
      `rl WAVES ${short(first)} is in use now, in place of ${short(second)}. No bot listens at the moment.\n`,
    );
    expect(await inUse()).toEqual([first.modelId]);
    expect(await ml('rollback', 'rl', 'WAVES')).toEqual({
      code: 1,
      out: '',
      err:
        `rl WAVES has no model that was in use before ${short(first)} and was not rolled back from: ` +
        '"ml models --all" shows all, "ml promote MODEL" puts one of them in use\n',
    });
  });

  test('refuses where nothing is in use, or the one before is damaged', async () => {
    expect((await ml('rollback', 'rl', 'WAVES')).err).toMatch(
      /^rl WAVES has no model in use to roll back from/,
    );
    expect((await ml('rollback', 'svm', 'WAVES')).err).toMatch(/^"svm" is no strategy/);
    await ml('promote', short(first));
    await ml('promote', short(second));
    await whileDamaged(first, async () => {
      expect((await ml('rollback', 'rl', 'WAVES')).err).toMatch(/can't be put in use: .* has sha256 /);
    });
    expect(await inUse()).toEqual([second.modelId]);
  });
});

describe('ml predict', () => {
  const addBars = (count: number) =>
    sql`INSERT INTO market_data ${sql(
      Array.from({ length: count }, (_, i) => ({
        time: new Date(bars.time[i]!),
        symbol: 'WAVES',
        open: bars.open[i]!,
        high: bars.high[i]!,
        low: bars.low[i]!,
        close: bars.close[i]!,
        volume: bars.volume[i]!,
      })),
    )}`;

  test('says what the model in use makes of the newest bars', async () => {
    await addBars(300);
    await ml('promote', short(first));
    const { code, out } = await ml('predict', 'rl', 'WAVES', '--position', '-1');
    expect(code).toBe(0);
    expect(out).toMatch(
      new RegExp(
        'rl WAVES\nbar {10}2024-01-13 11:00:00 UTC, \\d+ days old\npreference {3}0\\.\\d{4} for long over short, 0 to 1; no probability\n' +
          `action {7}(short|flat|long), being short\nmodel {8}${first.modelId}, \\d+ \\w+ old\nfile {9}${first.filePath}\n` +
          'live {9}not scored on bars since its training yet\nstale {8}the newest bar is .* old, and bars came every 60 minutes\n$',
      ),
    );
    const json = JSON.parse((await ml('predict', 'rl', 'WAVES', '--json')).out) as Record<string, unknown>;
    expect(json).toMatchObject({
      strategy_type: 'rl',
      symbol: 'WAVES',
      time: '2024-01-13T11:00:00.000Z',
      held: 0,
      model_id: first.modelId,
      file_path: first.filePath,
      probability: null,
      probabilities: null,
      score: expect.any(Number),
      score_meaning: 'preference for long over short, 0 to 1; no probability',
      model_age_seconds: expect.any(Number),
      bar_age_seconds: expect.any(Number),
      stale: true,
      stale_because: [expect.stringContaining('the newest bar is')],
      live: null,
      explanation: null,
    });
    expect(['short', 'flat', 'long'][Number(json['position']) + 1]).toBe(json['action']);
  });

  test('--explain says what each feature adds to the log odds, or what changes without it', async () => {
    await addBars(300);
    const trees = await store(modelDir, 'ensemble', await trainBriefly('ensemble', bars, 1));
    await register(sql, trees);
    await ml('promote', short(trees));
    await ml('promote', short(first));
    const { code, out } = await ml('predict', 'ensemble', 'WAVES', '--explain');
    expect(code).toBe(0);
    const [head, title, ...lines] = out
      .slice(out.indexOf('\nWhy: ') + 1)
      .trimEnd()
      .split('\n');
    expect(head).toBe('Why: what each feature adds to the log odds');
    expect(title).toMatch(/^feature +value +adds$/);
    const added = lines.map((line) => Number(line.trim().split(/ {2,}/).at(-1)));
    expect(lines[0]).toMatch(/^\(without any\)/);
    expect(lines.at(-1)).toMatch(/^\(together\)/);
    // Each is rounded to four digits.
    const sum = added.slice(0, -1).reduce((all, value) => all + value, 0);
    expect(Math.abs(sum - added.at(-1)!)).toBeLessThan(added.length * 0.5e-4);
    const probability = Number(/probability +(0\.\d+)/.exec(out)![1]);
    expect(1 / (1 + Math.exp(-added.at(-1)!))).toBeCloseTo(probability, 3);

    const json = JSON.parse((await ml('predict', 'rl', 'WAVES', '--explain', '--json')).out) as {
      score: number;
      explanation: object;
    };
    expect(json.explanation).toMatchObject({
      kind: 'occlusion',
      of: 'preference',
      total: json.score,
      base: null,
      features: expect.arrayContaining([
        { name: 'body', value: expect.any(Number), contribution: expect.any(Number) },
      ]),
    });
  });

  test('tells how the model does on the bars since its training, as ml models does, and heeds ages', async () => {
    await addBars(300);
    await ml('promote', short(first));
    await sql`
      INSERT INTO ml_model_live_state (model_id, looked_at) VALUES (${first.modelId}, now())`;
    await sql`
      INSERT INTO ml_model_live_scores (model_id, rows, first_row, last_row, score, value, rule, rule_value,
        difference, low, high, verdict, metrics)
      VALUES (${first.modelId}, 120, now(), now(), 'return', -0.1, 'always_flat', 0, -0.001, -0.002, -0.0001,
        'below', '{}')`;
    const words =
      'on 120 bars since its training: return -0.1000, always flat 0.000; worse than the naive rule beyond noise';
    const { out } = await ml('predict', 'rl', 'WAVES');
    expect(out).toContain(`\nlive         ${words}\n`);
    expect(out).toContain(`\nstale        the model does badly ${words}\n`);
    expect((await ml('models')).out).toMatch(/ live .*\n.* below, 120 bars /);
    expect((await ml('models', '--decisions')).out.replaceAll(/\s+/g, ' ')).toContain(`Live: ${words}.`);
    const [model] = JSON.parse((await ml('models', '--json')).out) as Record<string, unknown>[];
    expect(model).toMatchObject({ live: { verdict: 'below' }, live_problem: null });
    const limited = (env: Record<string, string>) =>
      lab.ml(['predict', 'rl', 'WAVES'], { MODEL_DIR: modelDir, ...env });
    expect(await limited({ MAX_BAR_AGE: '36h' })).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^the newest bar of WAVES, of 2024-01-13T11:00:00.000Z, is .* old, and MAX_BAR_AGE/,
      ),
    });
    await sql`UPDATE ml_model_registry SET created_at = now() - interval '8 days'`;
    expect((await limited({ MAX_MODEL_AGE: '7d' })).err).toMatch(/^the model of WAVES is 8 days old, and/);
  });

  test('says what is missing', async () => {
    const said = async () => (await ml('predict', 'rl', 'WAVES')).err;
    expect(await said()).toMatch(
      /^rl has no model in use for WAVES \(none of any symbol\): ask for one with "ml train"/,
    );
    await ml('promote', short(first));
    expect(await said()).toMatch(
      /^WAVES has no bars in market_data, this model looks at the last \d+: import more/,
    );
    await addBars(5);
    expect(await said()).toMatch(/^WAVES has 5 bars in market_data, this model looks at the last \d+/);
    await whileDamaged(first, async () => {
      expect(await said()).toMatch(
        /^the model in use, .{8}, can't be loaded: models.* has sha256 .*"ml rollback rl WAVES"/,
      );
    });
    expect((await ml('predict', 'rl', 'NOPE')).err).toMatch(
      /^rl has no model in use for NOPE \(there is one for WAVES\)/,
    );
    expect((await ml('predict', 'ensemble', '@ALL')).err).toMatch(/^name one symbol/);
    expect((await ml('predict', 'ensemble', 'ALL')).err).toMatch(/^ensemble has no model in use for ALL/);
    expect((await ml('predict', 'rl', 'WAVES', '--position', '2')).err).toMatch(
      /must be -1 \(short\), 0 \(flat\) or 1/,
    );
  });
});
