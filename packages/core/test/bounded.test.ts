// A duty with a deadline that PostgreSQL hears of: nothing of what was given up runs on.
import { afterAll, expect, test } from '@jest/globals';
import { startProxy, startServers, until } from '@ml-training/testing';
import { boundedDatabase, connectDatabase, type Database } from '../src/index.ts';

const servers = await startServers();
const proxy = await startProxy(Number(new URL(servers.databaseUrl).port));
const sql = connectDatabase(proxy.via(servers.databaseUrl), { applicationName: 'bounded test' });
const admin = connectDatabase(servers.databaseUrl, { applicationName: 'admin', max: 1 });
afterAll(async () => {
  await Promise.all([sql.end({ timeout: 0 }), admin.end({ timeout: 1 })]);
  await proxy.stop();
  await servers.stop();
});

/** In this file's own database: the server is other test files', too, and they may let something sleep. */
const running = async (query: string): Promise<number> =>
  (
    await admin`
      SELECT FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND state = 'active' AND query LIKE ${`%${query}%`}
        AND datname = current_database()`
  ).length;

/** Until it runs: on a machine that is busy, its time may be over before anybody sees it run. */
const seenRunning = async (run: Promise<unknown>): Promise<void> => {
  let over = false;
  void run.catch(() => undefined).then(() => (over = true));
  await until(async () => over || (await running('pg_sleep')) > 0, { what: 'it to run' });
};
const sleeps = (db: Database, seconds: number) => db`SELECT pg_sleep(${seconds})`;

test('what is not done in time fails, and PostgreSQL stops: what runs, and what waited to', async () => {
  const duty = boundedDatabase(sql, { ms: 1500, what: 'a duty', max: 2 });
  let last: Promise<unknown> | undefined;
  const run = duty.run((db) => {
    const all = [sleeps(db, 60), sleeps(db, 60), sleeps(db, 60)];
    last = Promise.allSettled(all);
    return Promise.all(all);
  });
  await Promise.all([expect(run).rejects.toThrow('a duty: no answer within 1500 ms'), seenRunning(run)]);
  await until(async () => (await running('pg_sleep')) === 0, { what: 'nothing of it to run' });
  await last;
  await duty.end();
});

test('given up, or failed, it is ended at once', async () => {
  const duty = boundedDatabase(sql, { ms: 60_000, what: 'a duty', max: 2 });
  const giveUp = new AbortController();
  const run = expect(duty.run((db) => sleeps(db, 60), giveUp.signal)).rejects.toThrow('a duty: given up');
  await until(() => running('pg_sleep'), { what: 'it to run' });
  giveUp.abort();
  await run;
  await until(async () => (await running('pg_sleep')) === 0, { what: 'nothing of it to run' });

  const failing = duty.run(async (db) => {
    const slow = sleeps(db, 60).catch(() => undefined);
    await until(() => running('pg_sleep'), { what: 'it to run' });
    await db`SELECT 1 / 0`;
    await slow;
  });
  await expect(failing).rejects.toThrow('division by zero');
  await until(async () => (await running('pg_sleep')) === 0, { what: 'nothing of it to run' });
  await duty.end();
});

test('PostgreSQL ends it by itself when the word to end is lost', async () => {
  const duty = boundedDatabase(sql, { ms: 1500, what: 'a duty' });
  const run = duty.run((db) => sleeps(db, 60));
  const failed = expect(run).rejects.toThrow('a duty');
  await seenRunning(run);
  proxy.hang();
  await failed;
  await until(async () => (await running('pg_sleep')) === 0, { what: 'nothing of it to run' });
  await proxy.restore();
  expect((await duty.run((db) => db<{ one: number }[]>`SELECT 1 AS one`))[0]?.one).toBe(1);
  await duty.end();
});

test('runs in a row share a connection; one beside another has its own, and is not ended with it', async () => {
  const duty = boundedDatabase(sql, { ms: 60_000, what: 'a duty' });
  const pid = async (db: Database): Promise<number> =>
    (await db<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`)[0].pid;
  const first = await duty.run(pid);
  expect(await duty.run(pid)).toBe(first);
  const giveUp = new AbortController();
  const given = expect(duty.run((db) => sleeps(db, 60), giveUp.signal)).rejects.toThrow('given up');
  await until(() => running('pg_sleep'), { what: 'the first to run' });
  const beside = duty.run(async (db) => {
    const mine = await pid(db);
    giveUp.abort();
    await given;
    await until(async () => (await running('pg_sleep')) === 0, { what: 'nothing of the first to run' });
    return [mine, await pid(db)];
  });
  const [before, after] = await beside;
  expect(after).toBe(before);
  expect(after).not.toBe(first);
  await duty.end();
});
