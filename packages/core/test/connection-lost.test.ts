// What becomes of queries whose connection is lost, at the moments that matter: each is answered or fails,
// once, and with nothing of another query's. Each of these hung, crashed or answered wrongly with postgres.js
// 3.4.9 as it comes.
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { startProxy, startServers, until } from '@ml-training/testing';
import { connectDatabase, withDeadline, type Database } from '../src/index.ts';
import type { SocketMaker } from '../src/database/socket.ts';

const servers = await startServers();
const proxy = await startProxy(Number(new URL(servers.databaseUrl).port));
const admin = connectDatabase(servers.databaseUrl, { applicationName: 'admin', max: 1 });
const opened: Database[] = [];
/** The sockets of the clients below, newest last. */
const sockets: Socket[] = [];

/** A client by way of the proxy, its sockets at hand. */
function client(options: { max?: number; arrays?: boolean; silenceMs?: number } = {}): Database {
  const sql = connectDatabase(proxy.via(servers.databaseUrl), {
    applicationName: 'lost',
    max: 1,
    ...options,
  });
  opened.push(sql);
  // Its types lack `socket`; every connection asks for it again.
  const { socket: make } = sql.options as unknown as { socket: SocketMaker };
  Object.assign(sql.options, {
    socket: async (target: Parameters<typeof make>[0]) => {
      const socket = await make(target);
      sockets.push(socket);
      return socket;
    },
  });
  return sql;
}
const newest = (): Socket => sockets.at(-1)!;

const one = async (sql: Database, value = 1): Promise<number | undefined> =>
  (await sql<{ value: number }[]>`SELECT ${value}::int AS value`)[0]?.value;
/** How a query ended, which it must within a time that no query here takes: the alternative is never. */
const ending = (query: Promise<number | undefined>): Promise<number | 'failed' | undefined> =>
  withDeadline(
    query.catch(() => 'failed' as const),
    10_000,
    'a query that must be settled',
  );
const pidOf = async (sql: Database): Promise<number> =>
  (await sql<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`)[0].pid;

const unhandled: unknown[] = [];
const note = (error: unknown): number => unhandled.push(error);
process.on('unhandledRejection', note).on('uncaughtException', note);

afterEach(async () => {
  await proxy.restore();
  await Promise.all(opened.splice(0).map((sql) => sql.end({ timeout: 0 })));
  expect(unhandled.splice(0)).toEqual([]);
});
afterAll(async () => {
  process.off('unhandledRejection', note).off('uncaughtException', note);
  await admin.end({ timeout: 1 });
  await proxy.stop();
  await servers.stop();
});

describe("a query asked between a connection's error and its end", () => {
  test('as the answer to the failure of another', async () => {
    const sql = client();
    await one(sql);
    const asked = sql`SELECT pg_sleep(30)`.then(
      () => 0,
      () => one(sql, 2),
    );
    await until(
      async () =>
        (
          await admin`SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND state = 'active'
            AND pid <> pg_backend_pid() AND datname = current_database()`
        ).length > 0,
      {
        what: 'the first query to run',
      },
    );
    newest().destroy(new Error('cut'));
    expect(await ending(asked)).toBe(2);
  });

  test('on an idle connection: it is not answered with nothing', async () => {
    const sql = client();
    await one(sql);
    newest().destroy(new Error('cut'));
    expect(['failed', 2]).toContain(await ending(one(sql, 2)));
    expect(await ending(one(sql, 3))).toBe(3);
  });

  test('as a connection of the same pool ends: none is poisoned for those after', async () => {
    const sql = client({ max: 3 });
    const ask = (n: number): Promise<unknown>[] => Array.from({ length: n }, (_, i) => ending(one(sql, i)));
    await Promise.all(ask(9));
    for (let round = 0; round < 2; round++) {
      const more: Promise<unknown>[] = [];
      for (const socket of sockets.slice(-3)) {
        socket.prependListener('close', () => more.push(...ask(4)));
        socket.on('error', () => more.push(...ask(4)));
        socket.destroy(new Error('cut'));
      }
      await Promise.all(ask(6));
      await Promise.all(more);
      expect(await Promise.all(ask(3))).toEqual([0, 1, 2]);
    }
  });
});

describe("what a lost connection left behind is not the next one's", () => {
  test('rows of an answer that was cut in two', async () => {
    const sql = client({ arrays: false });
    const before = await one(sql).then(() => newest().bytesRead);
    const cut = sql`
      SELECT i, CASE WHEN i = 5000 THEN pg_sleep(30)::text END FROM generate_series(1, 5000) i`.catch(String);
    await until(() => newest().bytesRead > before + 8192, { what: 'some of its rows' });
    newest().destroy(new Error('cut'));
    expect(await cut).toMatch('cut');
    expect([...(await sql`SELECT 7 AS seven`)]).toEqual([{ seven: 7 }]);
  });

  test('the error that its backend ended with', async () => {
    const sql = client();
    const pid = await pidOf(sql);
    const slept = sql`SELECT pg_sleep(30)`.catch(() => 'failed');
    await admin`SELECT pg_terminate_backend(${pid}, 5000)`;
    expect(await slept).toBe('failed');
    expect(await ending(one(sql, 2))).toBe(2);
  });
});

test('a connection lost while it asks for the array types: the query fails, nothing else does', async () => {
  const sql = client({ arrays: true });
  for (const failure of [new Error('cut'), undefined]) {
    const before = sockets.length;
    const asked = ending(one(sql, 2));
    await until(() => sockets.length > before, { what: 'a connection', everyMs: 1 });
    const socket = newest();
    const write = socket.write.bind(socket);
    socket.write = (chunk: Uint8Array) => {
      const written = write(chunk);
      if (Buffer.from(chunk).includes('typarray')) socket.destroy(failure);
      return written;
    };
    expect(await asked).toBe('failed');
  }
  expect(await ending(one(sql, 3))).toBe(3);
});

test('a server that hangs up on everyone who connects: the query fails, and does not try for ever', async () => {
  const rude = createServer((socket) => socket.resume().end()).listen(0, '127.0.0.1');
  await once(rude, 'listening');
  const { port } = rude.address() as AddressInfo;
  const sql = connectDatabase(`postgres://nobody@127.0.0.1:${port}/none`, { applicationName: 'lost' });
  opened.push(sql);
  expect(await ending(one(sql))).toBe('failed');
  rude.close();
});

describe('a transaction whose backend is lost between two statements', () => {
  test('ends nothing but itself', async () => {
    const sql = client({ max: 2 });
    const begun = sql.begin(async (tx) => {
      await tx`SELECT 1`;
      newest().destroy();
      await until(() => newest().closed, { what: 'the end of the connection' });
      await tx`SELECT 2`;
    });
    await expect(begun).rejects.toThrow('CONNECTION_');
    expect(await Promise.all([2, 3, 4].map((value) => ending(one(sql, value))))).toEqual([2, 3, 4]);
  });

  test('does not go on, on the connection that came after it', async () => {
    const sql = client();
    await sql`CREATE TABLE IF NOT EXISTS left_behind (i integer)`;
    let late: Promise<unknown> | undefined;
    const begun = sql.begin(async (tx) => {
      await tx`INSERT INTO left_behind VALUES (1)`;
      newest().destroy();
      await until(() => newest().closed, { what: 'the end of the connection' });
      // Somebody else's by now, and open.
      expect(await one(sql, 2)).toBe(2);
      late = Promise.allSettled([tx`INSERT INTO left_behind VALUES (2)`]);
      await late;
    });
    await expect(begun).rejects.toThrow('CONNECTION_CLOSED');
    await until(() => late, { what: 'the transaction to go on' });
    await late;
    expect([...(await sql`SELECT i FROM left_behind`)]).toEqual([]);
  });
});

test("a reserved connection that is lost settles what waits for it, and is nobody's once released", async () => {
  const sql = client();
  const mine = await sql.reserve();
  const waiting = Promise.allSettled([mine`SELECT pg_sleep(30), ${1}::int`, mine`SELECT 1`, mine`SELECT 2`]);
  await until(
    async () =>
      (
        await admin`SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30), $1%' AND state = 'active'
          AND pid <> pg_backend_pid() AND datname = current_database()`
      ).length > 0,
    { what: 'the first query to run' },
  );
  newest().destroy(new Error('cut'));
  expect((await withDeadline(waiting, 10_000, 'what waits')).map(({ status }) => status)).toEqual(
    Array(3).fill('rejected'),
  );
  mine.release();
  expect(await ending(one(sql, 3))).toBe(3);
});

test('an idle connection that is let go is not waited for when the server says nothing', async () => {
  const sql = client({ silenceMs: 400 }); // Idle for 200 ms at most; its sockets are as patient as ever.
  await one(sql);
  const idle = newest();
  proxy.hang();
  await until(() => idle.closed, { what: 'the idle connection to be let go' });
  await proxy.restore();
  expect(await ending(one(sql, 2))).toBe(2);
});

test('a query with a value that can not be sent fails alone, and its connection goes on', async () => {
  const sql = client();
  await one(sql);
  const first = sql`SELECT 1 AS value`;
  const bad = sql`SELECT ${undefined as never} AS value`;
  expect((await Promise.allSettled([first, bad])).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
  ]);
  expect(await ending(one(sql, 3))).toBe(3);
});
