// Behind PgBouncer in transaction mode each transaction may be on another connection, and what a session leaves
// there is the next one's: locks, settings, temporary tables, prepared statements.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { startPgBouncer, startServers, until, whyNoPgBouncer } from '@ml-training/testing';
import {
  boundedDatabase,
  connectDatabase,
  importBars,
  migrate,
  newestBars,
  type Database,
} from '../src/index.ts';

const servers = await startServers();
const direct = connectDatabase(servers.databaseUrl, { applicationName: 'pooler test', max: 2 });
const folder = await mkdtemp(path.join(tmpdir(), 'pooler-'));
afterAll(async () => {
  await direct.end({ timeout: 1 });
  await servers.stop();
  await rm(folder, { recursive: true });
});

async function csv(name: string, rows: readonly string[], columns = ''): Promise<string> {
  const file = path.join(folder, name);
  const lines = [`time,symbol,open,high,low,close,volume${columns}`, ...rows];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

const locks = async (): Promise<number> =>
  (
    await direct`SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (
      SELECT oid FROM pg_database WHERE datname = current_database())`
  ).length;
const temporaryTables = async (): Promise<string[]> =>
  (await direct<{ name: string }[]>`SELECT relname AS name FROM pg_class WHERE relpersistence = 't'`).map(
    ({ name }) => name,
  );

const reason = whyNoPgBouncer();
(reason === undefined ? describe : describe.skip)(
  `behind PgBouncer in transaction mode${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    const opened: Database[] = [];
    const pooler = reason === undefined ? startPgBouncer(servers.databaseUrl) : undefined;
    const connect = async (parameters = '', max = 4): Promise<Database> => {
      const url = (await pooler!).via(servers.databaseUrl) + parameters;
      const sql = connectDatabase(url, { applicationName: 'pooled', max });
      opened.push(sql);
      return sql;
    };
    afterAll(async () => {
      await Promise.all(opened.map((sql) => sql.end({ timeout: 1 })));
      await (await pooler)?.stop();
    });

    test('services that start at once migrate once, and leave no lock or setting behind', async () => {
      const services = await Promise.all(Array.from({ length: 5 }, () => connect()));
      const applied = (await Promise.all(services.map(migrate))).flat();
      expect(applied.length).toBeGreaterThan(20);
      expect(new Set(applied).size).toBe(applied.length);
      expect(await locks()).toBe(0);
      const settings = await Promise.all(
        Array.from(
          { length: 4 },
          () => services[0]!<{ wait: string }[]>`SELECT current_setting('lock_timeout') AS wait`,
        ),
      );
      expect(settings.map(([row]) => row!.wait)).toEqual(Array(4).fill('0'));
      expect(await migrate(services[1]!)).toEqual([]);
    });

    test('one import after the other, also after one that failed, and both at once', async () => {
      const sql = await connect();
      await migrate(sql);
      const bar = (symbol: string, close: number, more = '') =>
        `2024-01-01T00:00Z,${symbol},1,9,1,${close},5${more}`;
      const first = await csv('first.csv', [bar('A', 2)]);
      expect(await importBars(sql, first)).toMatchObject({ inserted: 1 });
      expect(await importBars(sql, first)).toMatchObject({ unchanged: 1 });
      await expect(importBars(sql, await csv('bad.csv', [bar('A', 3), bar('B', 99)]))).rejects.toThrow(
        'line 3',
      );
      const funded = await csv('funded.csv', [bar('A', 4, ',0.1')], ',funding');
      const results = await Promise.all([importBars(sql, first), importBars(sql, funded)]);
      expect(results.map(({ rows }) => rows)).toEqual([1, 1]);
      expect(await importBars(sql, funded)).toMatchObject({ columns: ['funding'] });
      expect(await locks()).toBe(0);
      expect(await temporaryTables()).toEqual([]);
    });

    test.each([
      ['found out by itself', ''],
      ['told by the URL', '?pgbouncer=true'],
    ])('no statement is looked for on a connection that does not have it: %s', async (_, parameters) => {
      const sql = await connect(parameters);
      if (parameters === '') await migrate(sql);
      for (let round = 0; round < 20; round++)
        await Promise.all(Array.from({ length: 4 }, () => newestBars(sql, ['A', `B${round % 3}`])));
      const kept = await Promise.all(
        Array.from({ length: 4 }, () => sql<{ name: string }[]>`SELECT name FROM pg_prepared_statements`),
      );
      expect(kept.flat()).toEqual([]);
    });

    test('a duty with a deadline is ended there when it is given up', async () => {
      const sql = await connect();
      await migrate(sql);
      const duty = boundedDatabase(sql, { ms: 60_000, what: 'a duty' });
      const running = async () =>
        (
          await direct`SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(60)%'
            AND pid <> pg_backend_pid() AND datname = current_database()`
        ).length;
      expect(await duty.run((db) => db`SELECT 1 AS one`)).toMatchObject([{ one: 1 }]);
      const giveUp = new AbortController();
      const run = expect(duty.run((db) => db`SELECT pg_sleep(60)`, giveUp.signal)).rejects.toThrow(
        'given up',
      );
      await until(running, { what: 'it to run' });
      giveUp.abort();
      await run;
      await until(async () => (await running()) === 0, { what: 'nothing of it to run' });
      await duty.end();
    });
  },
);

test('a lock that somebody left keeps nobody from starting who has nothing to change', async () => {
  await migrate(direct);
  const holder = connectDatabase(servers.databaseUrl, { applicationName: 'holder', max: 1 });
  try {
    await holder`SELECT pg_advisory_lock(hashtext('ml_training_migrate'))`;
    expect(await migrate(direct)).toEqual([]);
    expect(await locks()).toBe(1);
  } finally {
    await holder.end({ timeout: 1 });
  }
});
