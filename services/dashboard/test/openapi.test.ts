// The API is what its document says: the document is valid, whole, and true of the answers of a fleet with a
// past.
import { afterAll, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Compile } from 'typebox/schema';
import { browserTest, closeBrowser, openPage } from './browser.ts';
import { ask, startLab } from './lab.ts';

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { schema: object }>> }
    >
  >;
}

const lab = await startLab({ bars: ['GOOG'] });
afterAll(async () => {
  await closeBrowser();
  await lab.end();
});

// A job of a run is done, another one waits, and a model is in use.
const asked = await ask(`${lab.url}/api/runs`, { method: 'POST', body: {} });
const jobs = asked.body['jobs'] as { job_id: string; strategy_type: string }[];
const done = jobs.find(({ strategy_type }) => strategy_type === 'lstm')!;
await lab.sql`
  UPDATE ml_training_jobs SET status = 'completed', attempt = 1, started_at = now(),
    completed_at = now() + interval '3 seconds',
         result = '{"stage_seconds": {"training": 2.5}, "left_out": {"X": "too few bars"}}'
  WHERE job_id = ${done.job_id}`;
const [model] = await lab.sql<{ model_id: string }[]>`
  INSERT INTO ml_model_registry (strategy_type, symbol, is_active, activated_at, job_id, file_path, sha256,
    size_bytes, metrics, decision,
    data_from, data_to, data_sha256, params)
  VALUES ('lstm', 'GOOG', true, now(), ${done.job_id}, 'models/lstm/GOOG/m.pkl', repeat('a', 64), 1000,
    '{"accuracy": 0.5}', 'first',
    now(), now(), repeat('b', 64), '{}')
  RETURNING model_id`;
await lab.sql`
  INSERT INTO ml_model_holdouts
  VALUES (${model!.model_id}, 2, 1, 5, ARRAY[now() - interval '1 day', now()], '{1, 2}', '{0.5, null}',
    '{1, 0}', '{0.1, 0}', '{1.1, 1.1}',
    '{1, 2}', '[{"from": 0.5, "to": 0.6, "count": 1, "predicted": 0.5, "observed": 1}]')`;

const { body: document } = await ask(`${lab.url}/api/docs/json`);
const paths = document['paths'] as Record<string, Record<string, Operation>>;
const operations = Object.entries(paths).flatMap(([path, of]) =>
  Object.entries(of).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    method,
    operation,
  })),
);

test('the document is valid OpenAPI 3.1', async () => {
  expect(document['openapi']).toBe('3.1.0');
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
});

test.each(operations)('$name is documented whole', ({ path, method, operation }) => {
  expect(operation.summary).toMatch(/\w+ \w+/);
  expect(operation.tags?.length).toBe(1);
  const fine = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
  expect(fine.length).toBeGreaterThan(0);
  for (const [, { content }] of fine) expect(Object.values(content ?? {})[0]?.schema).toBeDefined();
  expect(Object.keys(operation.responses['default']?.content ?? {})).toEqual(['application/problem+json']);
  expect(operation.security ?? []).toEqual(method === 'get' ? [] : [{ token: [] }]);
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const documented = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name);
  expect(documented.sort()).toEqual(named.sort());
});

/** What stands for a parameter: of a path by what the path is of. */
const values: Readonly<Record<string, string>> = {
  'runs id': String(asked.body['run_id']),
  'jobs id': done.job_id,
  'models id': model!.model_id,
  strategy: 'lstm',
  symbol: 'GOOG',
  from: '2026-01-01T00:00:00Z',
  to: '2026-01-02T00:00:00Z',
};

const gets = operations
  .filter(({ method, path }) => method === 'get' && path !== '/api/events')
  // Its answer takes a model file that can be read; the tests of predictions have one.
  .filter(({ path }) => !path.startsWith('/api/predict'));

test.each(gets)('$name answers what it says, and errors as problems', async ({ path, operation }) => {
  const subject = path.split('/')[2] ?? '';
  const valueOf = (name: string): string => {
    const value = values[`${subject} ${name}`] ?? values[name];
    if (value === undefined) throw new Error(`this test needs a value for ${name} of ${path}`);
    return encodeURIComponent(value);
  };
  const needed = (operation.parameters ?? []).filter((one) => one.in === 'query' && one.required === true);
  const query = needed.map(({ name }) => `${name}=${valueOf(name)}`).join('&');
  const url = `${lab.url}${path.replace(/\{(\w+)\}/g, (_all, name: string) => valueOf(name))}?${query}`;
  const { content } = operation.responses['200']!;
  const [type] = Object.keys(content!);
  if (type === 'application/json') {
    const answer = await ask(url);
    expect([url, answer.status, answer.type]).toEqual([url, 200, 'application/json; charset=utf-8']);
    const { schema } = content!['application/json']!;
    const [matches, errors] = Compile(schema).Errors(answer.body);
    expect([matches, errors]).toEqual([true, []]);
  } else {
    // A file.
    const answer = await fetch(url);
    expect([url, answer.status, answer.headers.get('content-type')]).toEqual([
      url,
      200,
      `${type!}; charset=utf-8`,
    ]);
    expect((await answer.text()).length).toBeGreaterThan(50);
  }

  if (!path.includes('{id}')) return;
  const wrong = await ask(url.replace(valueOf('id'), crypto.randomUUID()));
  expect([wrong.status, wrong.type]).toEqual([404, 'application/problem+json; charset=utf-8']);
  const problem = operation.responses['default']!.content!['application/problem+json']!;
  expect(Compile(problem.schema).Errors(wrong.body)[1]).toEqual([]);
});

browserTest('/api/docs shows every route under the policy of the page', async () => {
  const { page, complaints, close } = await openPage(`${lab.url}/api/docs`);
  await page
    .getByRole('button', { name: /get \/api\/schedule/i })
    .first()
    .click();
  await page.getByText('Try it out').click();
  await page.getByRole('button', { name: 'Execute' }).click();
  await page.getByText('in_words').first().waitFor();
  expect(await page.locator('.opblock').count()).toBe(operations.length);
  const { headers } = await fetch(`${lab.url}/api/docs`);
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(complaints).toEqual([]);
  await close();
});
