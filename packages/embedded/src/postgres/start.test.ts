import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import postgres from 'postgres';
import type { EmbeddedServer } from '../server.ts';
import { startPostgres, startPostgresAs, type PostgresOptions } from './start.ts';
import { postgresBinaries } from './binaries.ts';
import { probe, runners } from './unprivileged.ts';

const runtime = fileURLToPath(new URL('../../../../.runtime/', import.meta.url));
mkdirSync(runtime, { recursive: true });
const scratch = mkdtempSync(join(runtime, 'test-postgres-'));
chmodSync(scratch, 0o711);
const folder = join(scratch, 'shared');
const opened: postgres.Sql[] = [];
const messages: string[] = [];
const options = (dataDir: string): PostgresOptions => ({
  dataDir,
  database: 'tradebot',
  durable: false,
  log: (message) => messages.push(message),
});

function connect(url: string, settings: { connect_timeout: number } = { connect_timeout: 5 }): postgres.Sql {
  const sql = postgres(url, { max: 1, backoff: false, ...settings });
  opened.push(sql);
  return sql;
}

afterEach(() => Promise.all(opened.splice(0).map((sql) => sql.end({ timeout: 0 }))));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('a running server', () => {
  let server: EmbeddedServer;
  beforeAll(async () => (server = await startPostgres(options(folder))));
  afterAll(() => server.stop());

  test('has the database that was asked for, in UTF-8 and UTC', async () => {
    const sql = connect(server.url);
    const [row] = await sql`SELECT current_database() AS name, current_setting('server_encoding') AS encoding,
      current_setting('timezone') AS zone, upper('ü') AS upper`;
    expect(row).toEqual({ name: 'tradebot', encoding: 'UTF8', zone: 'UTC', upper: 'Ü' });
  });

  test('lets nobody in without its password', async () => {
    const url = new URL(server.url);
    url.password = 'guessed';
    await expect(connect(url.href)`SELECT 1`).rejects.toThrow(/password authentication failed/);
  });

  test('keeps what was committed over a kill and a restart, at the same URL', async () => {
    await connect(server.url)`CREATE TABLE kept AS SELECT 42 AS answer`;
    await server.kill();
    await expect(connect(server.url)`SELECT 1`).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    expect(await connect(server.url)`SELECT answer FROM kept`).toEqual([{ answer: 42 }]);
  });

  test('restarts after a kill in the middle of a query', async () => {
    const query = connect(server.url)`SELECT count(*) FROM generate_series(1, 1e12::bigint)`;
    const failed = expect(query).rejects.toThrow();
    const watch = connect(server.url);
    let running: postgres.Row[] = [];
    while (running.length === 0)
      running = await watch`SELECT pid FROM pg_stat_activity
        WHERE state = 'active' AND query LIKE '%generate_series%' AND pid <> pg_backend_pid()`;
    await server.kill();
    await failed;
    await server.restart();
    expect(await connect(server.url)`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  });

  test('answers nobody while it is paused, and everybody after', async () => {
    const sql = connect(server.url);
    await sql`SELECT 1`;
    server.pause();
    const query = sql`SELECT 2 AS two`;
    const newcomer = connect(server.url, { connect_timeout: 0.2 });
    await expect(Promise.race([query, newcomer`SELECT 1`])).rejects.toThrow(/CONNECT_TIMEOUT/);
    server.resume();
    expect(await query).toEqual([{ two: 2 }]);
  });

  test('is refused a second time on the same folder', async () => {
    await expect(startPostgres(options(folder))).rejects.toThrow(
      new RegExp(`already runs on ${folder}.*started by process ${process.pid}`),
    );
  });
});

describe('a folder used before', () => {
  test('is found again as it was', async () => {
    const again = await startPostgres(options(folder));
    expect(await connect(again.url)`SELECT answer FROM kept`).toEqual([{ answer: 42 }]);
    await again.stop();
  });

  test('starts although its lock file names a living process that is another program', async () => {
    // PostgreSQL itself sees through its parent's process id, so it takes another program.
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 60_000)']);
    const lock = join(folder, 'data/postmaster.pid');
    writeFileSync(lock, `${stranger.pid}\n${folder}/data\n1700000000\n5432\n\n127.0.0.1\n0 0\nready   \n`);
    try {
      const server = await startPostgres(options(folder));
      expect(readFileSync(lock, 'utf8').split('\n')[0]).not.toBe(`${stranger.pid}`);
      await server.stop();
    } finally {
      stranger.kill();
    }
  });

  test('says in the error what the server wrote when it cannot start', async () => {
    appendFileSync(join(folder, 'data/postgresql.conf'), '\nwork_mem = lots\n');
    await expect(startPostgres(options(folder))).rejects.toThrow(
      /invalid value for parameter "work_mem": "lots"/,
    );
  });
});

test('a half-made cluster is thrown away, and a port that is taken replaced', async () => {
  const other = createServer().listen(0, '127.0.0.1').unref();
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const dataDir = join(scratch, 'half');
  mkdirSync(join(dataDir, 'data.new/base'), { recursive: true });
  writeFileSync(join(dataDir, 'data.new/PG_VERSION'), '17\n');

  const server = await startPostgres({ ...options(dataDir), port });
  expect(server.port).not.toBe(port);
  expect(messages).toContain(`PostgreSQL: port ${port} is taken, using ${server.port}`);
  expect(await connect(server.url)`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  await server.stop();
  other.close();
});

const { postgres: binary } = await postgresBinaries();

describe('every way to run as somebody else takes over the data of another', () => {
  const closed = join(scratch, 'closed');
  const open = join(scratch, 'open');
  mkdirSync(closed, { mode: 0o700 });
  mkdirSync(open, { mode: 0o711 });

  for (const runner of runners()) {
    // As plain `nobody` the server can't enter a closed folder; the other two must.
    const folderOf = runner.name === 'nobody' ? open : closed;
    const objection = probe(runner, binary, folderOf);
    const name = `${runner.name}, in a folder ${folderOf === open ? 'open' : 'closed'} to others`;
    if (objection === undefined)
      test(name, async () => {
        const server = await startPostgresAs(() => runner, options(join(folderOf, 'data')));
        expect(await connect(server.url)`SELECT 1 AS one`).toEqual([{ one: 1 }]);
        await server.stop();
      });
    else test.skip(`${name} (not on this machine: ${objection})`, () => undefined);
  }
});
