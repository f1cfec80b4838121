import { networkInterfaces } from 'node:os';
import { afterAll, expect, test } from '@jest/globals';
import { ask, startLab } from './lab.ts';

const lab = await startLab();
const tokenUrl = await lab.startDashboard({ API_TOKEN: 'right' });
afterAll(() => lab.end());

const run = (url: string, headers: Record<string, string> = {}) =>
  ask(`${url}/api/runs`, { method: 'POST', body: {}, headers });

test('without a token, this machine may change something', async () => {
  expect((await run(lab.url)).status).toBe(202);
});

const elsewhere = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal);

(elsewhere === undefined ? test.skip : test)(
  'without a token, nothing is changed through an address of the network (skipped where there is none)',
  async () => {
    const url = lab.url.replace('localhost', elsewhere!.address);
    expect((await ask(`${url}/api/health`)).body).toMatchObject({ access: 'read-only' });
    const { status, type, body } = await run(url);
    expect([status, type, body['code']]).toEqual([
      403,
      'application/problem+json; charset=utf-8',
      'READ_ONLY',
    ]);
  },
);

test('a token that is set is needed by everybody', async () => {
  expect((await run(tokenUrl)).body).toMatchObject({ status: 401, code: 'TOKEN_REQUIRED' });
  expect((await run(tokenUrl, { authorization: 'Bearer wrong' })).status).toBe(401);
  expect((await run(tokenUrl, { authorization: 'Bearer right' })).status).toBe(202);
  expect((await ask(`${tokenUrl}/api/health`)).body).toMatchObject({ access: 'token' });
});

test.each([
  ['another site', { origin: 'https://evil.example' }, 'FOREIGN_ORIGIN'],
  ['a sandboxed frame', { origin: 'null' }, 'FOREIGN_ORIGIN'],
])('a page of %s is refused', async (_who, headers, code) => {
  expect((await run(lab.url, headers)).body).toMatchObject({ status: 403, code });
});

test.each([
  ['a form', 'text/plain', 415],
  ['a form', 'application/x-www-form-urlencoded', 415],
  ['broken JSON', 'application/json', 400],
])('%s as %s is no request', async (_what, type, status) => {
  const answer = await ask(`${lab.url}/api/train`, {
    method: 'POST',
    body: '{"a',
    headers: { 'content-type': type },
  });
  expect(answer.status).toBe(status);
  expect(answer.type).toContain('application/problem+json');
});

test('a body that is too long, or says too much, is refused in words', async () => {
  const train = (body: unknown) => ask(`${lab.url}/api/train`, { method: 'POST', body });
  expect((await train({ strategy_type: 'lstm', symbol: 'x'.repeat(100_000) })).status).toBe(413);
  expect((await train({ strategy_type: 'svm' })).body).toMatchObject({
    status: 400,
    code: 'REQUEST_INVALID',
  });
  expect((await train({ strategy_type: 'lstm', symbol: 'GOOG', more: 1 })).status).toBe(400);
  expect((await train({ strategy_type: 'lstm', symbol: 'GOOG' })).body).toMatchObject({
    status: 422,
    code: 'TOO_FEW_BARS',
  });
});

test('what is not there is a problem, too', async () => {
  expect((await ask(`${lab.url}/api/nothing`)).body).toMatchObject({ status: 404, code: 'NOT_FOUND' });
});
