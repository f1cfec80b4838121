// What becomes of embedded servers when the process that started them is killed.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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

async function keepServers(state = 'running'): Promise<{ parent: NodeProcess; urls: Urls }> {
  const parent = spawnNode(new URL('fixtures/keep-servers.ts', import.meta.url), { args: [folder, state] });
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

test('so does it when the servers are paused', async () => {
  const { parent } = await keepServers('paused');
  await parent.waitForLine(/^paused$/);
  const pids = notes().map(({ note }) => note.pid);
  parent.kill('SIGKILL');
  await until(() => !pids.some(isAlive), { what: `processes ${pids.join(' and ')} to end` });
});

test('a start stops the servers that a killed parent has left behind, and never two run on one folder', async () => {
  const gone = await keepServers();
  gone.parent.kill();
  await gone.parent.exited;
  const { parent } = await keepServers();
  const left = notes();
  for (const { file, note } of left) writeFileSync(file, JSON.stringify({ ...note, owner: gone.parent.pid }));

  const [database, redis] = await Promise.all([
    startPostgres({ dataDir: join(folder, 'postgres'), database: 'tradebot', durable: false, log }),
    startRedis({ dataDir: join(folder, 'redis'), log }),
  ]);
  for (const { note } of left) expect(isAlive(note.pid)).toBe(false);
  expect(await read({ postgres: database.url, redis: redis.url })).toEqual(kept);
  await Promise.all([database.stop(), redis.stop()]);
  parent.kill();
});

interface Note {
  readonly pid: number;
  readonly owner: number;
}

function notes(): { file: string; note: Note }[] {
  return ['postgres', 'redis'].map((name) => {
    const file = join(folder, name, 'server.json');
    return { file, note: JSON.parse(readFileSync(file, 'utf8')) as Note };
  });
}
