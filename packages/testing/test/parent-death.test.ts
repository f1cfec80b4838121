// What becomes of embedded servers when the process that started them is killed.
import { readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { isAlive, startPostgres, startRedis } from '@ml-training/embedded';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { newServerFolder } from '../src/folders.ts';
import { spawnNode, until, type NodeProcess } from '../src/index.ts';

const folder = newServerFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const log = (): void => undefined;

interface Urls {
  readonly postgres: string;
  readonly redis: string;
}

async function keepServers(): Promise<{ parent: NodeProcess; urls: Urls }> {
  const parent = spawnNode(new URL('fixtures/keep-servers.ts', import.meta.url), { args: [folder] });
  return { parent, urls: JSON.parse(await parent.waitForLine(/^\{/)) as Urls };
}

async function write({ postgres: databaseUrl, redis: redisUrl }: Urls): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 });
  await sql`CREATE TABLE kept AS SELECT 42 AS answer`;
  await sql.end();
  const redis = new Redis(redisUrl);
  await redis.set('kept', 'yes');
  redis.disconnect();
}

async function read({ postgres: databaseUrl, redis: redisUrl }: Urls): Promise<unknown> {
  const sql = postgres(databaseUrl, { max: 1 });
  const redis = new Redis(redisUrl);
  try {
    return { postgres: await sql`SELECT answer FROM kept`, redis: await redis.get('kept') };
  } finally {
    await sql.end();
    redis.disconnect();
  }
}

const kept = { postgres: [{ answer: 42 }], redis: 'yes' };

async function isRefused(url: string): Promise<boolean> {
  const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

test('kill -9 of the parent ends both servers, and the next start finds the data', async () => {
  const first = await keepServers();
  await write(first.urls);
  first.parent.kill('SIGKILL');
  for (const url of Object.values(first.urls) as string[])
    await until(() => isRefused(url), { what: `the server of ${url} to end` });

  const second = await keepServers();
  expect(await read(second.urls)).toEqual(kept);
  second.parent.kill();
  await second.parent.exited;
});

test('a start stops the servers that a killed parent has left behind, and never two run on one folder', async () => {
  const first = await keepServers();
  const pids = ['postgres', 'redis'].map((name) => noted(join(folder, name)));
  // Stopped processes don't see the signal that the parent's death sends them.
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  first.parent.kill('SIGKILL');
  await first.parent.exited;

  const [database, redis] = await Promise.all([
    startPostgres({ dataDir: join(folder, 'postgres'), database: 'tradebot', durable: false, log }),
    startRedis({ dataDir: join(folder, 'redis'), log }),
  ]);
  for (const pid of pids) expect(isAlive(pid)).toBe(false);
  expect(await read({ postgres: database.url, redis: redis.url })).toEqual(kept);
  await Promise.all([database.stop(), redis.stop()]);
});

function noted(serverFolder: string): number {
  return (JSON.parse(readFileSync(join(serverFolder, 'server.json'), 'utf8')) as { pid: number }).pid;
}
