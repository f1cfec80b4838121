import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { redisBinary } from './binary.ts';

const runtime = fileURLToPath(new URL('../../../../.runtime/', import.meta.url));
mkdirSync(runtime, { recursive: true });
const scratch = mkdtempSync(join(runtime, 'test-binary-'));
const realPath = process.env['PATH'] ?? '';
afterEach(() => {
  process.env['PATH'] = realPath;
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** Puts a program that only tells its version in front of the PATH. */
function install(name: string, version: string): string {
  const folder = mkdtempSync(join(scratch, 'bin-'));
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho "Redis server v=${version} sha=00000000:0 bits=64"\n`, {
    mode: 0o755,
  });
  process.env['PATH'] = `${folder}:${process.env['PATH'] ?? ''}`;
  return file;
}
const log = (): void => undefined;

test('a server of the system is used when it is new enough', async () => {
  const redis = install('redis-server', '7.0.15');
  expect(await redisBinary(log)).toBe(redis);
  const valkey = install('valkey-server', '8.1.0');
  expect(await redisBinary(log)).toBe(valkey);
});

test('one that is too old is passed over', async () => {
  const old = install('redis-server', '6.0.16');
  const found = await redisBinary(log);
  expect(found).not.toBe(old);
  expect(existsSync(found)).toBe(true);
});
