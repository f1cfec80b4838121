// The containers' health check, infra/docker/healthy, of a service that is ready, waits for a server, or is gone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';

const check = path.resolve(import.meta.dirname, '../../../infra/docker/healthy');
let ready = true;
const service = createServer((request, response) => {
  response.writeHead(request.url === '/livez' || ready ? 200 : 503, { connection: 'close' }).end();
});
let folder = '';

beforeAll(async () => {
  const listening = Promise.withResolvers<void>();
  service.listen(0, listening.resolve);
  await listening.promise;
});
afterAll(() => {
  service.close();
});
// Its own for each container: here it notes that the service was ready.
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'healthy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function codeOf(args: string[], port = (service.address() as AddressInfo).port): Promise<unknown> {
  const env = { PATH: process.env['PATH'], HEALTH_PORT: String(port), TMPDIR: folder };
  const [code] = (await once(spawn(check, args, { env, stdio: 'ignore' }), 'exit')) as unknown[];
  return code;
}

test('is 0 while the service is ready, and only then', async () => {
  ready = true;
  expect(await codeOf([])).toBe(0);
  ready = false;
  expect(await codeOf([])).toBe(1);
});

test('with --once a service that has been ready is healthy while it lives', async () => {
  ready = false;
  expect(await codeOf(['--once'])).toBe(1);
  ready = true;
  expect(await codeOf(['--once'])).toBe(0);
  ready = false;
  expect(await codeOf(['--once'])).toBe(0);
  expect(await codeOf(['--once'], 1)).not.toBe(0);
});
