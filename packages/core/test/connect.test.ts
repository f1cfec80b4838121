// What becomes of queries whose PostgreSQL is there but says nothing any more.
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { startProxy, startServers, until } from '@ml-training/testing';
import { connectDatabase } from '../src/index.ts';
import { ownConnection } from '../src/database/connect.ts';

const servers = await startServers();
const proxy = await startProxy(Number(new URL(servers.databaseUrl).port));
// Well above what a connection takes on a busy machine.
const silenceMs = 1500;
const sql = connectDatabase(proxy.via(servers.databaseUrl), {
  applicationName: 'connect test',
  max: 2,
  silenceMs,
});

afterEach(() => proxy.restore());
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await proxy.stop();
  await servers.stop();
});

const one = async (): Promise<number | undefined> => (await sql<{ one: number }[]>`SELECT 1 AS one`)[0]?.one;

test('a query that PostgreSQL vanished from fails, and gives its place in the pool free', async () => {
  expect(await one()).toBe(1);
  proxy.hang();
  // More than the pool has places: the last ones wait for the first to be given up.
  const lost = await Promise.allSettled([one(), one(), one(), one()]);
  expect(lost.map((query) => query.status)).toEqual(Array(4).fill('rejected'));
  expect(lost.map((query) => String((query as PromiseRejectedResult).reason)).join()).toMatch(
    /PostgreSQL has sent nothing for \d+ s: it is gone or cut off/,
  );
  await proxy.restore();
  expect(await Promise.all([one(), one(), one()])).toEqual([1, 1, 1]);
}, 20_000);

test('also when more is asked all the time', async () => {
  const busy = connectDatabase(proxy.via(servers.databaseUrl), {
    applicationName: 'connect test',
    max: 1,
    silenceMs,
  });
  try {
    await busy`SELECT 1`;
    proxy.hang();
    const asked: Promise<string>[] = [];
    const first = await until(
      () => {
        asked.push(
          busy`SELECT 1`.then(
            () => 'answered',
            (error: unknown) => String(error),
          ),
        );
        return Promise.race([asked[0], Promise.resolve(null)]);
      },
      { what: 'the first of many queries to fail', everyMs: silenceMs / 10 },
    );
    expect(first).toMatch(/PostgreSQL has sent nothing/);
    // With so many waiting it is given no more, and so would be silent in the end.
    expect(asked.length).toBeLessThan(100);
    await proxy.restore();
    await Promise.all(asked);
  } finally {
    await busy.end({ timeout: 0 });
  }
}, 20_000);

test('a pool that was idle for longer answers all the same', async () => {
  expect(await Promise.all([one(), one()])).toEqual([1, 1]);
  await until(() => proxy.connections() === 0, { what: 'the idle connections to be let go' });
  expect(await one()).toBe(1);
});

test('a query on a connection of its own may be silent for longer', async () => {
  const own = ownConnection(sql);
  try {
    await own`SELECT pg_sleep(${(3 * silenceMs) / 1000})`;
  } finally {
    await own.end({ timeout: 1 });
  }
});
