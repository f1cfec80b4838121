// Models of a real training: what the API tells of them, and what the page shows and does with them.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { connectRedis, keys, readWindow, redisReady, type RegisteredModel } from '@ml-training/core';
import { loadRegistered } from '@ml-training/inference';
import { until } from '@ml-training/testing';
import type { Page } from 'playwright-core';
import { drawdownOf } from '@ml-training/sdk';
import type { Holdout, Model, ModelsPage, PairVersions } from '../src/schemas/models.ts';
import { seriousFindings } from './accessible.ts';
import { browserTest, closeBrowser, openPage } from './browser.ts';
import { ask, startLab } from './lab.ts';

const lab = await startLab({
  bars: ['GOOG'],
  // Warm starts, so that models have parents.
  env: { TRAINING_PARAMS: '{"lstm": {"epochs": 3}}', TRAINING_FULL_FIT_EVERY: '6' },
});
const bot = connectRedis(lab.servers.redisUrl, { name: 'bot', onError: () => undefined });
await redisReady(bot, 60_000);
const heard: { model_id: string }[] = [];
bot.on('message', (_, text: string) => heard.push(JSON.parse(text) as { model_id: string }));
await bot.subscribe(keys.models);
afterAll(async () => {
  await closeBrowser();
  bot.disconnect();
  await lab.end();
});

const get = async <T>(url: string): Promise<T> => {
  const { status, body } = await ask(lab.url + url);
  if (status !== 200) throw new Error(`${url}: ${JSON.stringify(body)}`);
  return body as T;
};
const post = (url: string) => ask(lab.url + url, { method: 'POST', body: {} });
/** Trains once more, and waits until its model is there. */
async function train(strategy_type: string): Promise<void> {
  const symbol = strategy_type === 'ensemble' ? {} : { symbol: 'GOOG' };
  const { status, body } = await ask(`${lab.url}/api/train`, {
    method: 'POST',
    body: { strategy_type, ...symbol },
  });
  if (status !== 202) throw new Error(JSON.stringify(body));
  await until(
    async () => {
      const rows = await lab.sql<{ status: string; error_message: string | null }[]>`
        SELECT status, error_message FROM ml_training_jobs WHERE run_id = ${String(body['run_id'])}`;
      const failed = rows.find((row) => row.status === 'failed');
      if (failed !== undefined) throw new Error(failed.error_message ?? 'failed');
      return rows.every((row) => row.status === 'completed');
    },
    { what: 'the training', everyMs: 200 },
  );
}
const modelsOf = async (strategy: string): Promise<string[]> =>
  (await get<ModelsPage>(`/api/models?strategy_type=${strategy}`)).items.map(({ model_id }) => model_id);
const inUse = async (strategy: string): Promise<string | undefined> =>
  (await get<ModelsPage>(`/api/models?strategy_type=${strategy}&active=true`)).items[0]?.model_id;

browserTest('a model comes to the page as it is trained, without a reload', async () => {
  const { page, complaints, close } = await openPage(`${lab.url}/models`);
  await page.getByText('No model yet.').waitFor();
  lab.start('trainer');
  await train('ensemble');
  await page.getByRole('row', { name: /ensemble GOOG/ }).waitFor();
  await train('lstm');
  await page.getByRole('row', { name: /lstm GOOG/ }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a model tells why, what it scores, where it is and what came of it', async () => {
  // Where there is no browser nothing is trained so far.
  if ((await modelsOf('lstm')).length === 0) {
    lab.start('trainer');
    await train('ensemble');
    await train('lstm');
  }
  await train('lstm');
  const [second, first] = await modelsOf('lstm');
  const model = await get<Model>(`/api/models/${second!}`);
  const [row] = await lab.sql<[RegisteredModel]>`SELECT * FROM ml_model_registry WHERE model_id = ${second!}`;
  expect(model).toMatchObject({
    strategy_type: 'lstm',
    symbol: 'GOOG',
    decision: row.decision,
    decision_facts: row.decision_facts,
    sha256: row.sha256,
    size_bytes: Number(row.size_bytes),
    shared_by: 1,
    params: row.params,
    job: { job_id: row.job_id, status: 'completed', symbol: 'GOOG' },
    champion: { is_active: true },
    lineage: { ancestors: [{ model_id: first }], children: [], continues_at: null },
    features: { importance: null },
  });
  expect((await get<Model>(`/api/models/${first!}`)).lineage.children).toMatchObject([{ model_id: second }]);
  // Every number is one that judging wrote.
  const { intervals, baselines, excess_over, no_sharpe, ...numbers } = row.metrics as Record<
    string,
    Record<string, Record<string, number>>
  >;
  expect(model.metrics).toEqual(numbers);
  expect(model).toMatchObject({ excess_over, no_sharpe });
  expect(model.intervals).toEqual(intervals);
  expect(model.baselines).toEqual(baselines);
  expect(model.score).toEqual({
    name: 'log_loss',
    value: numbers['log_loss'],
    ...intervals!['log_loss'],
    baseline: baselines!['majority_class']!['log_loss'],
    // The only rule that gives probabilities.
    rule: 'majority_class',
  });
  const [ensemble] = await modelsOf('ensemble');
  const { features, sha256, shared_by } = await get<Model>(`/api/models/${ensemble!}`);
  const sharing = await lab.sql`SELECT FROM ml_model_registry WHERE sha256 = ${sha256}`;
  expect(shared_by).toBe(sharing.length);
  const shares = Object.values(features.importance!);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 3);
  expect(Object.keys(features.splits!).sort()).toEqual(Object.keys(features.importance!).sort());
});

test.each(['ensemble', 'lstm'])(
  'what is drawn of the back-test of %s is what was reported',
  async (strategy) => {
    const [id] = await modelsOf(strategy);
    const { metrics, baselines } = await get<Model>(`/api/models/${id!}`);
    const holdout = await get<Holdout>(`/api/models/${id!}/holdout`);
    expect(holdout.rows).toBe(metrics['rows']);
    for (const [curve, scores] of [
      [holdout.equity, metrics],
      [holdout.buy_and_hold, baselines['buy_and_hold']!],
    ] as const) {
      expect(curve.at(-1)! - 1).toBe(scores['return']);
      expect(Math.max(...drawdownOf(curve))).toBe(scores['max_drawdown']);
    }
  },
);

browserTest(
  'a report is a file of its own: it shows under a policy without scripts, light and dark',
  async () => {
    const [id] = await modelsOf('ensemble');
    const url = `${lab.url}/api/models/${id!}/report`;
    expect((await fetch(url)).headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline';/,
    );
    for (const options of [{ width: 1280 }, { width: 360, colorScheme: 'dark' }] as const) {
      const { page, complaints, close } = await openPage(url, options);
      await page.getByRole('heading', { name: 'ensemble GOOG' }).waitFor();
      // Capital, drawdown, curves; calibration where there is more than one tenth.
      expect(await page.locator('figure svg').count()).toBeGreaterThanOrEqual(3);
      // Nothing sticks out of a phone's width: what is wider scrolls by itself.
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
        options.width,
      );
      expect(await seriousFindings(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await close();
    }
  },
);

test('the rows of a holdout come as CSV, as they are kept', async () => {
  const [id] = await modelsOf('lstm');
  const holdout = await get<Holdout>(`/api/models/${id!}/holdout`);
  const answer = await fetch(`${lab.url}/api/models/${id!}/holdout.csv`);
  expect(answer.headers.get('content-disposition')).toBe(
    `attachment; filename="holdout-${id!.slice(0, 8)}.csv"`,
  );
  const [header, ...lines] = (await answer.text()).trimEnd().split('\n');
  expect(header).toBe('time,close,score,position,return,equity,buy_and_hold');
  const { times, closes, scores, positions, returns, equity, buy_and_hold } = holdout;
  expect(lines.map((line) => line.split(','))).toEqual(
    times.map((time, i) =>
      [time, closes[i], scores[i], positions[i], returns[i], equity[i], buy_and_hold[i]].map(String),
    ),
  );
});

test('versions of a pair come oldest first, pages of a list newest first', async () => {
  const { versions, champion } = await get<PairVersions>('/api/models/pairs/lstm?symbol=GOOG');
  expect(versions.map(({ model_id }) => model_id)).toEqual((await modelsOf('lstm')).reverse());
  expect(champion?.model_id).toBe(await inUse('lstm'));
  const all = await get<ModelsPage>('/api/models');
  const one = await get<ModelsPage>('/api/models?limit=1');
  const rest = await get<ModelsPage>(`/api/models?limit=200&cursor=${one.next_cursor!}`);
  expect([...one.items, ...rest.items]).toEqual(all.items);
  expect(rest.next_cursor).toBeNull();
  expect((await ask(`${lab.url}/api/models?cursor=x`)).body).toMatchObject({
    status: 400,
    code: 'CURSOR_INVALID',
  });
  expect((await get<ModelsPage>('/api/models?score=auc&symbol=GOOG')).items[0]).toMatchObject({
    score: { name: 'auc' },
  });
});

test('the model in use is asked about the newest bars, and answers as a bot would', async () => {
  const { body } = await ask(`${lab.url}/api/predict/lstm/GOOG`);
  const [row] = await lab.sql<[RegisteredModel]>`
    SELECT * FROM ml_model_registry WHERE is_active AND strategy_type = 'lstm'`;
  const model = await loadRegistered(lab.modelDir, row);
  const bars = await readWindow(lab.sql, 'GOOG', model.info.window, { NEGATIVE_PRICES: [] });
  const answer = await model.predict(bars);
  const explanation = await model.explain(bars);
  await model.retire();
  expect(body).toMatchObject({
    model_id: row.model_id,
    probability: answer.probability,
    probabilities: null,
    score: answer.probability,
    says: answer.says,
    action: answer.action,
    time: answer.time.toISOString(),
    horizon: 1,
    held: 0,
    // The sample's bars are years old.
    stale: true,
    stale_because: [expect.stringMatching(/^the newest bar is .* old, and bars came every 24 hours$/)],
    live: null,
    explanation: null,
  });
  const { body: why } = await ask(`${lab.url}/api/predict/lstm/GOOG?explain=true`);
  expect(why).toEqual({
    ...body,
    model_age_seconds: expect.any(Number),
    bar_age_seconds: expect.any(Number),
    explanation,
  });
});

test('an answer carries the live score of its model', async () => {
  await lab.sql`
    INSERT INTO ml_model_live_scores (model_id, rows, first_row, last_row, score, value, rule, rule_value,
      difference, low, high, verdict, metrics)
    SELECT model_id, 120, now(), now(), 'log_loss', 0.71, 'majority_class', 0.69, -0.02, -0.03, -0.01, 'below', '{}'
    FROM ml_model_registry WHERE is_active AND strategy_type = 'lstm'`;
  const { body } = await ask(`${lab.url}/api/predict/lstm/GOOG`);
  expect(body).toMatchObject({
    live: { rows: 120, verdict: 'below', difference: -0.02, says: expect.stringContaining('beyond noise') },
    stale_because: [expect.stringContaining('old'), expect.stringContaining('worse than the naive rule')],
  });
  const id = (await inUse('lstm'))!;
  expect(await get(`/api/models/${id}/live`)).toMatchObject({
    model_id: id,
    problem: null,
    scores: [{ rows: 120, verdict: 'below' }],
  });
  expect((await ask(`${lab.url}/api/models/00000000-0000-0000-0000-000000000000/live`)).status).toBe(404);
});

browserTest('the page tells of a model that is below the naive rule on new bars', async () => {
  const id = (await inUse('lstm'))!;
  await lab.sql`
    INSERT INTO ml_model_live_state (model_id, looked_at) VALUES (${id}, now())
    -- The trainer may have looked by itself.
    ON CONFLICT (model_id) DO UPDATE SET looked_at = excluded.looked_at, problem = NULL`;
  await lab.sql`
    INSERT INTO ml_model_live_scores
    SELECT model_id, scored_at - interval '1 hour', 119, first_row, last_row, score, value, rule, rule_value, difference,
      low, high, verdict, metrics FROM ml_model_live_scores`;
  const { page, complaints, close } = await openPage(`${lab.url}/models/${id}`);
  await page.getByText('On 120 bars since its training: log loss 0.7100, majority class 0.6900').waitFor();
  await page.getByText('bounds that hold at all looks together').first().waitFor();
  await page.goto(lab.url);
  await page.getByRole('link', { name: 'below on new bars' }).waitFor();
  await page.getByText('lstm GOOG is below the naive rule on new bars').waitFor();
  expect(complaints).toEqual([]);
  await close();
  await lab.sql`DELETE FROM ml_model_live_scores`;
});

test.each<[string, string, number, string, RegExp]>([
  ['GET', '/api/models/00000000-0000-0000-0000-000000000000', 404, 'NOT_FOUND', /no model/],
  ['GET', '/api/models/nonsense', 400, 'REQUEST_INVALID', /uuid/],
  ['GET', '/api/models/00000000-0000-0000-0000-000000000000/holdout', 404, 'NOT_FOUND', /no model/],
  ['POST', '/api/models/00000000-0000-0000-0000-000000000000/promote', 404, 'NOT_FOUND', /no model/],
  // A symbol with a slash is one part of the path.
  [
    'POST',
    '/api/models/lstm/BTC%2FUSD/rollback',
    404,
    'NO_ACTIVE_MODEL',
    /^lstm BTC\/USD has no model in use/,
  ],
  ['POST', '/api/models/svm/GOOG/rollback', 400, 'REQUEST_INVALID', /strategy/],
  ['GET', '/api/predict/rl/BTC%2FUSD', 404, 'NO_ACTIVE_MODEL', /^rl has no model in use for BTC\/USD/],
  [
    'GET',
    '/api/metrics/history?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    400,
    'REQUEST_INVALID',
    /from/,
  ],
])('%s %s is a problem', async (method, url, status, code, detail) => {
  const { body } = await ask(lab.url + url, method === 'POST' ? { method, body: {} } : {});
  expect(body).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
});

test('a damaged model is not put in use, and one in use that is damaged says what to do', async () => {
  const active = await inUse('lstm');
  const [row] = await lab.sql<[RegisteredModel]>`SELECT * FROM ml_model_registry WHERE model_id = ${active!}`;
  const other = (await modelsOf('lstm')).find((one) => one !== active)!;
  const [otherRow] = await lab.sql<
    [RegisteredModel]
  >`SELECT * FROM ml_model_registry WHERE model_id = ${other}`;
  const damage = async ({ file_path }: RegisteredModel): Promise<() => Promise<void>> => {
    const file = path.join(lab.modelDir, file_path.replace(/^models\//, ''));
    const whole = await readFile(file);
    await writeFile(file, whole.with(whole.length >> 1, whole[whole.length >> 1]! ^ 1));
    return () => writeFile(file, whole);
  };
  const mend = [await damage(row), await damage(otherRow)];
  expect((await post(`/api/models/${other}/promote`)).body).toMatchObject({
    status: 409,
    code: 'MODEL_UNUSABLE',
    detail: expect.stringMatching(/can't be put in use: .* has sha256/),
  });
  expect((await ask(`${lab.url}/api/predict/lstm/GOOG`)).body).toMatchObject({
    status: 409,
    code: 'MODEL_UNUSABLE',
    detail: expect.stringMatching(/"ml rollback lstm GOOG" puts the one before it in use/),
  });
  for (const again of mend) await again();
  expect(await inUse('lstm')).toBe(active);
});

const confirm = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
};

browserTest('promoting and rolling back are seen on the page and heard by bots', async () => {
  const active = (await inUse('lstm'))!;
  const other = (await modelsOf('lstm')).find((one) => one !== active)!;
  const { page, complaints, close } = await openPage(`${lab.url}/models/${other}`);
  await page.getByText('not in use').waitFor();
  // What isn't possible says why, in its place.
  await page
    .getByText(/no other model of lstm GOOG|Roll back/)
    .first()
    .waitFor();
  const before = heard.length;
  await confirm(page, 'Promote');
  await page
    .getByText(`lstm GOOG ${other.slice(0, 8)} is in use now, in place of ${active.slice(0, 8)}.`)
    .waitFor();
  await until(() => heard.slice(before).some(({ model_id }) => model_id === other), {
    what: 'bots are told',
  });
  await page.getByText('it is in use already').waitFor();
  await page
    .getByText(/promoted by hand at/)
    .first()
    .waitFor();
  await confirm(page, 'Roll back');
  await page
    .getByText(`lstm GOOG ${active.slice(0, 8)} is in use now, in place of ${other.slice(0, 8)}.`)
    .waitFor();
  await until(() => heard.at(-1)?.model_id === active, { what: 'bots are told of the roll-back' });
  await page.getByText('rolled back from').first().waitFor();
  expect(await inUse('lstm')).toBe(active);
  expect(complaints).toEqual([]);
  await close();
});

browserTest('what somebody else promotes is seen without a reload', async () => {
  const active = (await inUse('lstm'))!;
  const other = (await modelsOf('lstm')).find((one) => one !== active)!;
  const { page, close } = await openPage(`${lab.url}/models/${other}`);
  await page.getByText('not in use').waitFor();
  await page.getByText('live', { exact: true }).waitFor();
  expect((await post(`/api/models/${other}/promote`)).status).toBe(200);
  await page.getByText('it is in use already').waitFor();
  expect((await post('/api/models/lstm/GOOG/rollback')).body).toMatchObject({
    outcome: 'switched',
    model_id: active,
  });
  await page.getByText('not in use').waitFor();
  await close();
});

browserTest('filters, sort and score are in the URL, over Back and reload, and by keyboard', async () => {
  const { page, close } = await openPage(`${lab.url}/models`);
  await page.getByRole('row', { name: /ensemble GOOG/ }).waitFor();
  await page.getByLabel('Search').focus();
  await page.keyboard.type('lstm');
  await page.getByText('1 of 2 pairs').waitFor();
  await page.getByRole('button', { name: /^symbol/ }).press('Enter');
  await page.getByLabel('Score').selectOption('log_loss');
  await until(() => page.url().includes('score=log_loss'), { what: 'the score in the URL' });
  expect(new URL(page.url()).search).toBe('?q=lstm&sort=symbol&score=log_loss');
  await page.reload();
  await page.getByText('1 of 2 pairs').waitFor();
  expect(await page.getByLabel('Search').inputValue()).toBe('lstm');
  await page.getByRole('link', { name: 'GOOG', exact: true }).press('Enter');
  await page.getByRole('heading', { name: /lstm GOOG/ }).waitFor();
  await page.getByRole('row', { name: /baseline/ }).waitFor();
  await page.goBack();
  await page.getByText('1 of 2 pairs').waitFor();
  await page.goBack();
  expect(new URL(page.url()).search).toBe('?q=lstm&sort=symbol');
  await close();
});

browserTest('a model that is neither in use nor the newest is found by the beginning of its id', async () => {
  const id = 'facade00-0000-4000-8000-000000000000';
  await lab.sql`
    INSERT INTO ml_model_registry (model_id, strategy_type, symbol, created_at, file_path, sha256, size_bytes,
      metrics, decision,
      data_from, data_to, data_sha256, params)
    SELECT ${id}, strategy_type, symbol, created_at - interval '1 day', 'models/old', sha256, size_bytes,
      metrics, 'Not promoted.',
      data_from, data_to, data_sha256, params
    FROM ml_model_registry WHERE strategy_type = 'lstm' AND is_active`;
  const { page, close } = await openPage(`${lab.url}/models?q=FACADE`);
  await page.getByRole('link', { name: id }).click();
  await page.getByRole('region', { name: 'Decision' }).getByText('Not promoted.').waitFor();
  await close();
  await lab.sql`DELETE FROM ml_model_registry WHERE model_id = ${id}`;
});

browserTest('two models are compared: what differs, or everything', async () => {
  const [second, first] = await modelsOf('lstm');
  const { page, close } = await openPage(`${lab.url}/models/${second!}?with=${first!}`);
  const table = page.getByRole('region', { name: 'Differences' });
  await table.getByRole('row', { name: /sha256 of its file/ }).waitFor();
  expect(await table.getByRole('row', { name: /^pair/ }).count()).toBe(0);
  await page.getByLabel('also what is the same').check();
  await table.getByRole('row', { name: /^pair lstm GOOG lstm GOOG/ }).waitFor();
  expect(new URL(page.url()).searchParams.get('all')).toBe('1');
  await close();
});

browserTest.each([
  ['light', 1280],
  ['dark', 360],
] as const)('a model with every picture, %s, %i wide', async (colorScheme, width) => {
  const [id] = await modelsOf('ensemble');
  const { page, complaints, close } = await openPage(`${lab.url}/models/${id!}`, { colorScheme, width });
  for (const title of [/^Equity after costs/, /^Drawdown/, /^Close/, /^Position taken/, /^Probability/])
    await page.getByRole('figure').filter({ hasText: title }).locator('canvas').waitFor();
  await page.getByRole('region', { name: 'Features' }).getByRole('row').nth(25).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const sideways = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(sideways).toBe(0);
  // The numbers behind a picture, which are there when they are wanted.
  expect(await page.locator('figure details tr').count()).toBe(0);
  await page
    .getByRole('figure')
    .filter({ hasText: /^Equity after costs/ })
    .getByText('Numbers')
    .click();
  const equity = await get<Holdout>(`/api/models/${id!}/holdout`);
  const last = page
    .getByRole('region', { name: /^Numbers of Equity/ })
    .getByRole('row')
    .last();
  expect(await last.innerText()).toContain((100 * equity.equity.at(-1)!).toFixed(2));
  expect(complaints).toEqual([]);
  await close();
});

browserTest('a model of before holdouts were kept says so', async () => {
  const id = (await modelsOf('lstm')).at(-1)!;
  await lab.sql`DELETE FROM ml_model_holdouts WHERE model_id = ${id}`;
  const { page, close } = await openPage(`${lab.url}/models/${id}`);
  await page.getByText(/this model was trained before the fleet kept/).waitFor();
  await page.getByText('ml train lstm GOOG --wait').waitFor();
  await close();
});

browserTest('thousands of pairs are drawn as they are scrolled to', async () => {
  await lab.sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, is_active, activated_at, file_path, sha256,
      size_bytes, metrics, decision,
      data_from, data_to, data_sha256, params)
    SELECT 'rl', 'S' || lpad(n::text, 4, '0'), true, now(), 'models/' || n, 'x', 1,
           jsonb_build_object('return', n / 1000.0, 'baselines', jsonb_build_object('always_flat',
             jsonb_build_object('return', 0))),
           'Promoted.', now(), now(), 'x', '{}'
    FROM generate_series(1, 1500) n`;
  const { page, close } = await openPage(`${lab.url}/models?sort=symbol`);
  await page.getByText('1,502 pairs').waitFor();
  const rows = page.getByRole('region', { name: 'Pairs' });
  expect(await rows.locator('tbody tr').count()).toBeLessThan(100);
  await rows.press('End');
  await rows.getByRole('link', { name: 'S1500' }).waitFor();
  await page.getByLabel('Search').fill('s0777');
  await page.getByText('1 of 1,502 pairs').waitFor();
  await rows.getByRole('link', { name: 'S0777' }).waitFor();
  await close();
});

test('an agent of before is told of by what it earned, without the accuracy that it had', async () => {
  const metrics = {
    rows: 189,
    accuracy: 0.51,
    auc: 0.52,
    return: 0.03,
    sharpe: 0.4,
    intervals: { accuracy: { low: 0.4, high: 0.6 }, return: { low: -0.1, high: 0.1 } },
    baselines: { last_direction: { accuracy: 0.5, return: 0.01 } },
  };
  const [{ model_id }] = await lab.sql<[{ model_id: string }]>`
    INSERT INTO ml_model_registry (strategy_type, symbol, file_path, sha256, size_bytes, metrics, decision,
      data_from, data_to, data_sha256, params)
    VALUES ('rl', 'OLD', 'old.pkl', 's', 1, ${lab.sql.json(metrics)}, 'd', now(), now(), 'd', '{}')
    RETURNING model_id`;
  expect(await get<Model>(`/api/models/${model_id}`)).toMatchObject({
    metrics: { rows: 189, return: 0.03, sharpe: 0.4 },
    intervals: { return: { low: -0.1, high: 0.1 } },
    baselines: { last_direction: { return: 0.01 } },
    score: { name: 'return', value: 0.03 },
    excess_over: null,
    no_sharpe: null,
  });
  expect(JSON.stringify(await get<Model>(`/api/models/${model_id}`))).not.toMatch(/accuracy|auc/);
});
