// One post, and every answer that a receiver may come up with.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { post, type Posted } from '../src/post.ts';
import { secret, startReceiver } from './receiver.ts';

const receiver = await startReceiver();
const elsewhere = await startReceiver();
afterAll(() => {
  receiver.stop();
  elsewhere.stop();
});
beforeEach(() => {
  receiver.reset();
  elsewhere.reset();
});

const never = new AbortController().signal;
/** Longer than any test, but where it is what is tested. */
const patient = 600_000;
const postTo = (
  url: string,
  { timeoutMs = patient, stop = never, secrets = [] as string[] } = {},
): Promise<Posted> => post({ url, secret, timeoutMs, secrets }, 'an-id', '{"type":"é"}', stop);
const failed = (error: string | RegExp, more = {}) => ({
  kind: 'failed',
  error: typeof error === 'string' ? error : expect.stringMatching(error),
  retryAfter: null,
  ...more,
});

test('a post is signed, says what it is, and any answer from 200 to 299 takes it', async () => {
  for (const status of [200, 202, 204, 299]) {
    receiver.answer((response) => void response.writeHead(status).end());
    expect(await postTo(receiver.url)).toEqual({ kind: 'delivered' });
  }
  expect(receiver.received).toHaveLength(4);
  expect(receiver.received[0]).toMatchObject({
    id: 'an-id',
    body: '{"type":"é"}',
    path: '/hook',
    genuine: true,
    headers: { 'content-type': 'application/json', 'user-agent': expect.stringMatching(/^ml-training\/\d/) },
  });
});

test('a success is one at once, whatever its body', async () => {
  receiver.answer((response) => void response.writeHead(200).write('it never ends'));
  expect(await postTo(receiver.url)).toEqual({ kind: 'delivered' });
});

describe('not taken', () => {
  test.each([
    [500, {}, 'no\n room', 'HTTP 500 no room', {}],
    [404, {}, '', 'HTTP 404', {}],
    [410, {}, 'go away', 'HTTP 410 go away', { asks: 'no more' }],
    [429, { 'retry-after': '120' }, '', 'HTTP 429', { retryAfter: 120, asks: 'patience' }],
    [503, { 'retry-after': 'soon' }, '', 'HTTP 503', { asks: 'patience' }],
    [400, { 'retry-after': '7' }, '', 'HTTP 400', { retryAfter: 7 }],
    [304, {}, '', /^HTTP 304 to nowhere/, {}],
  ])('for an answer of %i %j', async (status, headers, body, error, more) => {
    receiver.answer((response) => void response.writeHead(status, headers).end(body));
    expect(await postTo(receiver.url)).toEqual(failed(error, more));
  });

  test.each([301, 302, 307, 308])('for a redirect of %i, which is not followed', async (status) => {
    receiver.answer((response) => void response.writeHead(status, { location: elsewhere.url }).end());
    expect(await postTo(receiver.url)).toEqual(failed(/^HTTP 30\d to http:.*, which is not followed/));
    expect(elsewhere.received).toEqual([]);
  });

  test('for an answer without end, of which the beginning is kept', async () => {
    receiver.answer((response) => {
      response.writeHead(500);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    expect(await postTo(receiver.url)).toEqual(failed(`HTTP 500 ${'x'.repeat(300)}`));
  });

  test('for an answer that is packed to be much larger than it looks', async () => {
    const bomb = gzipSync(Buffer.alloc(50e6, 'x'));
    receiver.answer((response) => void response.writeHead(500, { 'content-encoding': 'gzip' }).end(bomb));
    expect(await postTo(receiver.url)).toEqual(failed(`HTTP 500 ${'x'.repeat(300)}`));
  });

  test('for a receiver that hangs, before its answer or in the middle', async () => {
    receiver.answer(() => undefined);
    expect(await postTo(receiver.url, { timeoutMs: 100 })).toEqual(failed('no answer within 0.1 s'));
    receiver.answer((response) => void response.writeHead(500).write('half an ans'));
    // On a slow machine not even the first half may come in time.
    const half = await postTo(receiver.url, { timeoutMs: 1000 });
    expect(half).toEqual(failed(/^(HTTP 500 half an ans|no answer within 1 s)$/));
  });

  test('for a connection that is cut', async () => {
    receiver.answer((_, request) => void request.socket.destroy());
    expect(await postTo(receiver.url)).toEqual(failed(/\w/));
    receiver.answer((response, request) => {
      response.writeHead(500, { 'content-length': '100' }).write('half', () => request.socket.destroy());
    });
    expect(await postTo(receiver.url)).toEqual(failed(/\w/));
  });

  test.each([
    ['nothing', ''],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['headers without measure', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1e6)}\r\n\r\n`],
    ['a status that is none', 'HTTP/1.1 99999 OK\r\n\r\n'],
  ])('for who answers %s', async (_, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(await postTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).toEqual(failed(/\w/));
    server.close();
  });

  test('where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await postTo(`http://127.0.0.1:${port}`)).toEqual(failed(/ECONNREFUSED/));
  });
});

test('a user and password in WEBHOOK_URL are sent as such, and shown nowhere', async () => {
  receiver.answer(
    (response, { headers }) => void response.writeHead(500).end(`${headers.authorization}, hunter#2`),
  );
  const url = receiver.url.replace('//', '//us%40er:hunter%232@');
  expect(await postTo(url, { secrets: ['hunter#2'] })).toEqual(failed('HTTP 500 Basic ***, ***'));
  const { authorization } = receiver.received[0]!.headers;
  expect(authorization).toBe(`Basic ${Buffer.from('us@er:hunter#2').toString('base64')}`);
});

test('given up as the scheduler stops, it is no try', async () => {
  const stop = new AbortController();
  receiver.answer(() => stop.abort());
  expect(await postTo(receiver.url, { stop: stop.signal })).toEqual({ kind: 'interrupted' });
});
