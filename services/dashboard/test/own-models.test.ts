// Models of a strategy of the user's own, asked over the API: the answers, and what its code gets wrong.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readBars } from '@ml-training/core';
import { recordFolder } from '@ml-training/inference';
import { register, store, trainOwn } from '../../../packages/inference/test/models.ts';
import { ask, startLab } from './lab.ts';

const root = await mkdtemp(path.join(tmpdir(), 'own-models-'));
const STRATEGIES_DIR = path.join(root, 'strategies');
const lab = await startLab({ bars: ['GOOG'], env: { STRATEGIES_DIR } });
const { sql } = lab;
afterAll(async () => {
  await lab.end();
  await rm(root, { recursive: true });
});

/** Goes wrong at prices that training never saw. */
const code = `export default {
  learner: 'ensemble', scope: 'symbol', window: 21, settings: { num_boost_round: 5, forest_trees: 2 },
  features: ({ bars, ta }) => {
    if (bars.close.at(-1) > 9000) while (true);
    if (bars.close.at(-1) > 5000) throw new Error('too high');
    return { fast: ta.logReturn(bars.close, 1), slow: ta.logReturn(bars.close, 20) };
  },
};
`;
const write = async (name: string, text: string): Promise<void> => {
  await mkdir(path.join(STRATEGIES_DIR, name), { recursive: true });
  await writeFile(path.join(STRATEGIES_DIR, name, 'strategy.ts'), text);
};

beforeAll(async () => {
  await write('mine', code);
  await recordFolder(sql, STRATEGIES_DIR);
  const trained = await trainOwn(STRATEGIES_DIR, 'mine', await readBars(sql, 'GOOG', 300));
  await register(sql, await store(lab.modelDir, 'mine', trained));
  await sql`UPDATE ml_model_registry SET is_active = true`;
});

const predict = () => ask(`${lab.url}/api/predict/mine/GOOG`);
/** A bar of this price, after all others. */
const addBar = async (close: number): Promise<void> => {
  await sql`
    INSERT INTO market_data (time, symbol, open, high, low, close)
    SELECT max(time) + interval '1 day', 'GOOG', ${close}, ${close}, ${close}, ${close}
    FROM market_data WHERE symbol = 'GOOG'`;
};

test('what its code gets wrong is said by file and line, and the next question is answered', async () => {
  const first = await predict();
  expect(first).toMatchObject({
    status: 200,
    body: {
      probability: expect.any(Number),
      probabilities: null,
      says: expect.stringMatching(/^probability 0\.\d{4} that the next bar closes higher$/),
    },
  });
  await addBar(6000);
  expect(await predict()).toMatchObject({
    status: 409,
    body: {
      code: 'STRATEGY_FAILED',
      detail: expect.stringMatching(
        /^the strategy of the model in use fails: strategies\/mine\/strategy\.ts:5:\d+: too high/,
      ),
    },
  });
  await addBar(9500);
  expect(await predict()).toMatchObject({
    status: 409,
    body: {
      code: 'STRATEGY_FAILED',
      detail: expect.stringMatching(/features didn't come to an end within 5\.\d+ s/),
    },
  });
  await sql`DELETE FROM market_data WHERE close > 5000`;
  expect((await predict()).body).toMatchObject({ probability: first.body['probability'] });
});

test('a folder that is broken by now stops no answers, and a training of it is accepted, to fail by its line', async () => {
  const { body } = await predict();
  await write('mine', 'export default {');
  expect((await predict()).body).toMatchObject({ probability: body['probability'] });
  const asked = await ask(`${lab.url}/api/train`, {
    method: 'POST',
    body: { strategy_type: 'mine', symbol: 'GOOG' },
  });
  expect(asked.status).toBe(202);
  const { items } = (await ask(`${lab.url}/api/strategies`)).body as { items: { strategy_type: string }[] };
  expect(items.map(({ strategy_type }) => strategy_type)).toEqual(['ensemble', 'lstm', 'rl', 'mine']);
  expect((await ask(`${lab.url}/api/health`)).status).toBe(200);
});
