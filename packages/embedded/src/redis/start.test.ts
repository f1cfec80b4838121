import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { EmbeddedServer } from '../server.ts';
import { startRedis } from './start.ts';

const runtime = fileURLToPath(new URL('../../../../.runtime/', import.meta.url));
mkdirSync(runtime, { recursive: true });
const scratch = mkdtempSync(join(runtime, 'test-redis-'));
const folder = join(scratch, 'with a space');
const opened: Redis[] = [];
const log = (): void => undefined;

async function connect(url: string, more: { commandTimeout?: number } = {}): Promise<Redis> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, ...more });
  let reason: Error | undefined;
  redis.on('error', (error: Error) => (reason = error));
  opened.push(redis);
  await redis.connect().catch((error: unknown) => {
    throw reason ?? error;
  });
  return redis;
}

afterEach(() => {
  // disconnect() on a connection that has ended leaves a timer of 2 s behind.
  for (const redis of opened.splice(0)) if (redis.status !== 'end') redis.disconnect();
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe('a running server', () => {
  let server: EmbeddedServer;
  beforeAll(async () => (server = await startRedis({ dataDir: folder, log })));
  afterAll(() => server.stop());

  test('never evicts, writes every command to disk within a second, and listens on loopback only', async () => {
    const redis = await connect(server.url);
    const setting = async (name: string): Promise<unknown> =>
      ((await redis.call('CONFIG', 'GET', name)) as string[])[1];
    expect(await setting('maxmemory-policy')).toBe('noeviction');
    expect(await setting('appendonly')).toBe('yes');
    expect(await setting('appendfsync')).toBe('everysec');
    expect(await setting('bind')).toBe('127.0.0.1');
  });

  test('lets nobody in without its password', async () => {
    await expect(connect(`redis://127.0.0.1:${server.port}`)).rejects.toThrow(/NOAUTH/);
    await expect(connect(`redis://:guessed@127.0.0.1:${server.port}`)).rejects.toThrow(/WRONGPASS/);
  });

  test('keeps what was written over a kill and a restart, at the same URL', async () => {
    await (await connect(server.url)).lpush('kept', 'a', 'b');
    await server.kill();
    await expect(connect(server.url)).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    expect(await (await connect(server.url)).lrange('kept', 0, -1)).toEqual(['b', 'a']);
  });

  test('answers nobody while it is paused', async () => {
    const redis = await connect(server.url, { commandTimeout: 2000 });
    server.pause();
    await expect(redis.ping()).rejects.toThrow(/timed out/);
    server.resume();
    expect(await (await connect(server.url)).ping()).toBe('PONG');
  });

  test('is refused a second time on the same folder', async () => {
    await expect(startRedis({ dataDir: folder, log })).rejects.toThrow(/already runs on .*with a space/);
  });
});

test('a folder used before is found again as it was', async () => {
  const again = await startRedis({ dataDir: folder, log });
  expect(await (await connect(again.url)).lrange('kept', 0, -1)).toEqual(['b', 'a']);
  await again.stop();
});

test('without an append-only file a restart forgets', async () => {
  const server = await startRedis({ dataDir: join(scratch, 'forgetful'), appendOnly: false, log });
  await (await connect(server.url)).set('key', 'value');
  await server.restart();
  expect(await (await connect(server.url)).get('key')).toBeNull();
  await server.stop();
});
