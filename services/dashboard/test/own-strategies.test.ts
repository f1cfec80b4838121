// Strategies that only ml_strategies knows: what API and page make of them, their jobs and their models.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Champions } from '../src/schemas/champions.ts';
import type { JobRow } from '../src/schemas/jobs.ts';
import { browserTest, closeBrowser, openPage } from './browser.ts';
import { ask, startLab } from './lab.ts';

const lab = await startLab({ bars: ['GOOG'] });
afterAll(async () => {
  await closeBrowser();
  await lab.end();
});

// The dashboard runs since before: it must notice them.
beforeAll(async () => {
  await lab.sql`
    INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score, description, in_folder) VALUES
      ('momentum', 'symbol', 'net_return', 'return', 'mine', true),
      ('pooled', 'all', 'log_likelihood', 'log_loss', '', false)`;
  await lab.sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, is_active, file_path, sha256, size_bytes, metrics, decision,
      data_from, data_to, data_sha256, params)
    VALUES ('momentum', 'GOOG', true, 'models/momentum/GOOG/model_20261126_120000.pkl', 's', 1,
      '{"return": 0.25, "log_loss": 0.7, "rows": 9, "baselines": {"always_flat": {"return": 0}}}', 'the first',
      now(), now(), 'd', '{}')`;
});

const get = async (path: string): Promise<Record<string, unknown>> => {
  const { status, body } = await ask(lab.url + path);
  if (status !== 200) throw new Error(`${path}: ${JSON.stringify(body)}`);
  return body;
};
const post = (path: string, body: object) => ask(lab.url + path, { method: 'POST', body });

test('they are among the strategies, and runs train those that are in the folder', async () => {
  const { items } = await get('/api/strategies');
  const shown = (items as { strategy_type: string }[]).slice(3);
  const facts = { built_in: false, label: 'direction' };
  expect(shown).toEqual([
    expect.objectContaining({ ...facts, strategy_type: 'momentum', scope: 'symbol', planned: true }),
    expect.objectContaining({ ...facts, strategy_type: 'pooled', scope: 'all', planned: false }),
  ]);
});

test('trainings of them are asked for as of any other, each by its scope, and found', async () => {
  const asked = await Promise.all([
    post('/api/train', { strategy_type: 'momentum', symbol: 'GOOG' }),
    post('/api/train', { strategy_type: 'pooled' }),
  ]);
  expect(asked.map(({ status }) => status)).toEqual([202, 202]);
  const { items } = await get('/api/jobs?strategy_type=momentum&strategy_type=pooled');
  expect((items as JobRow[]).map((job) => `${job.strategy_type} ${job.symbol}`).sort()).toEqual([
    'momentum GOOG',
    'pooled @ALL',
  ]);
  expect((await post('/api/train', { strategy_type: 'pooled', symbol: 'GOOG' })).body).toMatchObject({
    code: 'REQUEST_INVALID',
    detail: expect.stringMatching(/one model over all symbols/),
  });
  const { waiting } = await get('/api/queue');
  expect((waiting as { strategy_type: string }[]).map((one) => one.strategy_type)).toEqual([
    'momentum',
    'pooled',
  ]);
});

test.each(['/api/predict/svm/GOOG', '/api/jobs?strategy_type=svm', '/api/models?strategy_type=svm'])(
  'of a name that no strategy has %s says which there are',
  async (path) => {
    const { status, body } = await ask(lab.url + path);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'REQUEST_INVALID',
      detail: '"svm" is no strategy: it must be one of ensemble, lstm, rl, momentum, pooled',
    });
  },
);

test('a model of them is in the matrix, by the score that its promotion goes by', async () => {
  const { strategies, rows } = (await get('/api/champions')) as unknown as Champions;
  expect(strategies).toContainEqual({ strategy_type: 'momentum', score: 'return' });
  const cell = rows[0]!.cells[strategies.findIndex(({ strategy_type }) => strategy_type === 'momentum')];
  expect(cell).toMatchObject({ planned: true, model: { difference: 0.25, rule: 'always_flat' } });
  expect(await get('/api/models?symbol=GOOG')).toMatchObject({
    items: [{ strategy_type: 'momentum', score: { name: 'return', value: 0.25 } }],
  });
  const { items } = await get('/api/symbols');
  expect(items).toMatchObject([{ symbol: 'GOOG', models: ['momentum'] }]);
});

test('one that came a moment ago is no unknown name', async () => {
  await lab.sql`INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score)
    VALUES ('later', 'symbol', 'net_return', 'return')`;
  expect(await get('/api/jobs?strategy_type=later')).toMatchObject({ items: [] });
});

browserTest('the page searches jobs and models by them', async () => {
  const { page, complaints, close } = await openPage(`${lab.url}/jobs?q=momentum`);
  await page.getByRole('row', { name: /momentum GOOG/ }).waitFor();
  await page.goto(`${lab.url}/models`);
  await page.getByRole('row', { name: /momentum GOOG/ }).waitFor();
  await page.getByLabel('Strategy').selectOption('momentum');
  expect(complaints).toEqual([]);
  await close();
});
