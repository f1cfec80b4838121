import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { connectDatabase, connectRedis } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { runtimeDir } from '../paths.ts';
import { keepAlive, mayRestart } from './keep-alive.ts';
import { startLocalServers } from './servers.ts';

mkdirSync(runtimeDir, { recursive: true });
const folder = mkdtempSync(path.join(runtimeDir, 'test-keep-alive-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a server that died', () => {
  const s = 1000;
  test.each([
    ['for the first time is started again', [0], true],
    ['three times within a minute', [0, 10 * s, 20 * s], true],
    ['a fourth time within it is left', [0, 10 * s, 20 * s, 30 * s], false],
    ['a fourth time within an hour', [0, 1200 * s, 2400 * s, 3500 * s], true],
    ['often, but long ago', [0, 1 * s, 2 * s, 3 * s, 100 * s], true],
  ])('%s', (_, deaths, expected) => {
    expect(mayRestart(deaths)).toBe(expected);
  });
});

/** A server in name only, which dies and starts as it is told. */
function stubborn(restart: () => Promise<void>) {
  let die = (_how: string): void => undefined;
  const lines: string[] = [];
  const kept = keepAlive(
    'Redis',
    {
      restart,
      onDeath: (listener) => {
        die = listener;
      },
    },
    (line) => lines.push(line),
  );
  return { die: (how: string) => die(how), lines, kept };
}

test('one that dies again and again breaks the fleet, in words', async () => {
  const { die, lines, kept } = stubborn(async () => undefined);
  for (let i = 1; i <= 4; i++) die('Redis ended (SIGSEGV); its log is server.log');
  expect(String(kept.broken.reason)).toMatch(
    /Redis ended \(SIGSEGV\); its log is .*again 3 times within a minute/,
  );
  expect(lines.filter((line) => line.endsWith('starting it again'))).toHaveLength(3);
});

test('one that can not be started again breaks the fleet, with why', async () => {
  const { die, kept } = stubborn(() => Promise.reject(new Error('address already in use')));
  die('Redis ended (SIGKILL); its log is server.log');
  await until(() => kept.broken.aborted, { what: 'the fleet to be broken' });
  expect(String(kept.broken.reason)).toMatch(/could not be started again: address already in use/);
});

test('one that dies while everything stops is left dead', async () => {
  let starts = 0;
  const { die, kept } = stubborn(async () => {
    starts += 1;
  });
  await kept.stop();
  die('Redis ended (SIGKILL)');
  expect([starts, kept.broken.aborted]).toEqual([0, false]);
});

test('embedded servers that are killed come back with what they held, at the same address', async () => {
  const lines: string[] = [];
  const servers = await startLocalServers((line) => lines.push(line), { folder, given: {} });
  const sql = connectDatabase(servers.DATABASE_URL, { applicationName: 'test' });
  const redis = connectRedis(servers.REDIS_URL, { name: 'test', onError: () => undefined });
  try {
    await sql`CREATE TABLE kept AS SELECT 7 AS number`;
    await until(() => redis.set('kept', '7'), { what: 'Redis' });
    const appended = (): string => readFileSync(path.join(folder, 'redis/server.log'), 'utf8');
    expect(appended()).toContain('Ready to accept connections');
    for (const name of ['redis', 'postgres']) {
      const { pid } = JSON.parse(readFileSync(path.join(folder, name, 'server.json'), 'utf8')) as {
        pid: number;
      };
      process.kill(pid, 'SIGKILL');
    }
    for (const name of ['Redis', 'PostgreSQL'])
      await until(() => lines.includes(`${name} runs again`), { what: `${name} to run again` });
    const rows = await until(() => sql`SELECT number FROM kept`, { what: 'PostgreSQL to answer' });
    expect(rows).toMatchObject([{ number: 7 }]);
    expect(await until(() => redis.get('kept'), { what: 'Redis to answer' })).toBe('7');
    expect(lines.join('\n')).toMatch(/Redis ended \(SIGKILL\); its log is .*server\.log; starting it again/);
    expect(servers.broken.aborted).toBe(false);
  } finally {
    redis.disconnect();
    await sql.end({ timeout: 1 });
    await servers.stop();
  }
  expect(lines.filter((line) => line.includes('starting it again'))).toHaveLength(2);
});
