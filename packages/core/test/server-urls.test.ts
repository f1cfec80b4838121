// Real servers by every form of URL: TLS as psql means it, IPv6, Unix sockets, several hosts; Redis with TLS, by
// Sentinel, and what is none.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  redisBinary,
  startPrivatePostgres,
  startPrivateRedis,
  startServers,
  until,
} from '@ml-training/testing';
import {
  connectDatabase,
  type Database,
  connectRedis,
  createLog,
  explainRedis,
  lastingFault,
  redisReady,
  redisTrouble,
} from '../src/index.ts';
import { connected } from '../src/service/connected.ts';
import { certificatesIn, hasOpenssl, startTlsPostgres } from './tls.ts';

const servers = await startServers();
const folder = mkdtempSync(path.join(tmpdir(), 'urls-'));
const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
  await servers.stop();
  rmSync(folder, { recursive: true });
});

const file = (of: string): string => path.join(folder, of);
const live = new URL(servers.databaseUrl);
const name = live.pathname.slice(1);

/** Relays to a port of 127.0.0.1, as what listens. */
async function relay(
  server: Server,
  port: number,
  listen: object,
  event: 'connection' | 'secureConnection' = 'connection',
): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => open.add(socket));
  server.on(event, (client: Socket) => {
    const to = connect(port, '127.0.0.1');
    client.pipe(to).pipe(client);
    client.on('error', () => to.destroy());
    to.on('error', () => client.destroy());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(listen, resolve);
  await promise;
  closers.push(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' ? (address as AddressInfo).port : 0;
}

/** Whether the session has TLS. */
async function ask(url: string): Promise<boolean> {
  const sql = connectDatabase(url, { applicationName: 'urls', max: 1 });
  try {
    const [row] = await sql<{ ssl: boolean }[]>`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
    return row!.ssl;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
const failure = (url: string): Promise<string> =>
  ask(url).then(
    () => 'it did not fail',
    (error: unknown) => lastingFault(error) ?? `not lasting: ${String(error)}`,
  );
const urlOf = (place: string, query = '', url = live): string =>
  `postgres://${url.username}:${url.password}@${place}/${name}${query}`;

describe('PostgreSQL', () => {
  test('by the folder of a Unix socket, in either form', async () => {
    await relay(createServer(), Number(live.port), { path: path.join(folder, '.s.PGSQL.5432') });
    expect(await ask(urlOf(encodeURIComponent(folder)))).toBe(false);
    expect(await ask(urlOf('', `?host=${folder}&sslmode=require`))).toBe(false);
  });

  const hasIPv6 = Object.values(networkInterfaces()).some((of) =>
    of?.some(({ address }) => address === '::1'),
  );
  const there = hasIPv6 ? '' : ' (skipped: this machine has no ::1)';
  (hasIPv6 ? test : test.skip)(`by an IPv6 address${there}`, async () => {
    const port = await relay(createServer(), Number(live.port), { port: 0, host: '::1' });
    expect(await ask(urlOf(`[::1]:${port}`))).toBe(false);
  });

  test('by several hosts, of which some are gone or take no writes', async () => {
    const other = await startPrivatePostgres();
    closers.push(() => other.remove());
    const admins = [servers.databaseUrl, other.url].map((url) =>
      connectDatabase(url, { applicationName: 'a', max: 1 }),
    );
    for (const sql of admins) await sql`CREATE ROLE on_both LOGIN SUPERUSER PASSWORD 'same'`;
    await admins[1]!`CREATE DATABASE ${admins[1]!(name)}`;
    await admins[1]!`ALTER DATABASE ${admins[1]!(name)} SET default_transaction_read_only = on`;
    const url = `postgres://on_both:same@127.0.0.1:9,127.0.0.1:${other.port},127.0.0.1:${live.port}/${name}`;
    const sql = connectDatabase(url, { applicationName: 'hosts', max: 3 });
    try {
      // Not by its port, which a container has another one of inside.
      const identity = async (of: Database): Promise<string> =>
        (await of<[{ id: string }]>`SELECT system_identifier::text AS id FROM pg_control_system()`)[0].id;
      const asked = await until(() => Promise.all([1, 2, 3, 4].map(() => identity(sql))), {
        what: 'a host that takes writes',
      });
      expect(asked).toEqual(Array(4).fill(await identity(admins[0]!)));
    } finally {
      await sql.end({ timeout: 1 });
      await admins[0]!`DROP ROLE on_both`;
      await Promise.all(admins.map((one) => one.end({ timeout: 1 })));
    }
  }, 60_000);

  test('without TLS: asked for, that is said; preferred, it does without', async () => {
    const place = `127.0.0.1:${live.port}`;
    expect(await failure(urlOf(place, '?sslmode=require'))).toMatch(/has no TLS .*ssl = on.*sslmode=disable/);
    expect(await failure(urlOf(place, '?sslmode=verify-full'))).toMatch(/has no TLS/);
    expect(await ask(urlOf(place, '?sslmode=prefer'))).toBe(false);
  });

  test('a parameter that it does not know is named, and a schema that is not there', async () => {
    const place = `127.0.0.1:${live.port}`;
    expect(await failure(urlOf(place, '?colour=red'))).toMatch(/"colour".*take that parameter out/);
  });
});

(hasOpenssl ? describe : describe.skip)(`TLS${hasOpenssl ? '' : ' (skipped: there is no openssl)'}`, () => {
  if (hasOpenssl) {
    const { authority, signed } = certificatesIn(folder);
    for (const ca of ['ca', 'other']) authority(ca);
    signed('server', { cn: 'localhost', ca: 'ca' });
  }

  test('as psql means each sslmode', async () => {
    const server = await startTlsPostgres(folder);
    closers.push(() => server.remove());
    const own = new URL(server.url);
    const url = (host: string, query: string): string =>
      `postgres://${own.username}:${own.password}@${host}:${server.port}/postgres${query}`;
    await until(() => ask(url('127.0.0.1', '?sslmode=prefer')), { what: 'TLS' });

    const root = `sslrootcert=${file('ca.crt')}`;
    const other = `sslrootcert=${file('other.crt')}`;
    expect(await ask(url('127.0.0.1', '?sslmode=disable'))).toBe(false);
    for (const query of [
      'sslmode=allow',
      'sslmode=require',
      `sslmode=verify-ca&${root}`,
      `sslmode=require&${root}`,
    ])
      expect([query, await ask(url('127.0.0.1', `?${query}`))]).toEqual([query, true]);
    for (const query of [
      `sslmode=verify-full&${root}`,
      `sslmode=require&channel_binding=require&${root}`,
      `sslmode=require&sslnegotiation=direct`,
    ])
      expect([query, await ask(url('localhost', `?${query}`))]).toEqual([query, true]);
    const untrusted = /of nobody that is trusted.*sslrootcert/;
    for (const [host, query, words] of [
      ['127.0.0.1', `sslmode=verify-full&${root}`, /is for another name.*sslmode=verify-ca/],
      ['localhost', `sslmode=verify-full`, untrusted],
      ['localhost', `sslmode=verify-ca&${other}`, untrusted],
      ['localhost', `sslmode=require&${other}`, untrusted],
      ['localhost', `sslmode=require&channel_binding=require`, untrusted],
      [
        'localhost',
        `sslmode=verify-ca&sslrootcert=/none.pem`,
        /sslrootcert in DATABASE_URL, \/none.pem, is not there/,
      ],
    ] as const)
      expect([query, await failure(url(host, `?${query}`))]).toEqual([query, expect.stringMatching(words)]);
  }, 60_000);

  test('Redis with TLS, and what is said where one side has it alone', async () => {
    const plain = new URL(servers.redisUrl);
    const tls = createTlsServer({
      key: readFileSync(file('server.key')),
      cert: readFileSync(file('server.crt')),
    });
    const port = await relay(tls, Number(plain.port), { port: 0, host: '127.0.0.1' }, 'secureConnection');
    const login = `:${plain.password}@`;
    const good = `rediss://${login}localhost:${port}/0?ssl_ca_certs=${file('ca.crt')}`;
    const redis = connectRedis(good, { name: 'urls', onError: () => undefined });
    await redisReady(redis, 60_000);
    expect(await redisTrouble(redis, 'urls')).toBeNull();
    redis.disconnect();
    expect(await explainRedis(`redis://${login}localhost:${port}`)).toMatch(
      /with TLS at localhost:\d+: write rediss:/,
    );
    expect(await explainRedis(`rediss://${login}127.0.0.1:${plain.port}`)).toMatch(
      /plain Redis at .*: write redis:/,
    );
    expect(await explainRedis(servers.redisUrl)).toBeNull();
  }, 60_000);
});

test('Redis by Sentinel, and by a Unix socket; a Sentinel itself is none', async () => {
  const plain = new URL(servers.redisUrl);
  const password = decodeURIComponent(plain.password);
  const binary = await redisBinary(() => undefined);
  const children: ChildProcess[] = [];
  closers.push(() => children.map((child) => child.kill('SIGKILL')));
  const probe = createServer();
  const port = await relay(probe, 9, { port: 0, host: '127.0.0.1' });
  probe.close();
  const settings = file('sentinel.conf');
  writeFileSync(
    settings,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor mymaster 127.0.0.1 ${plain.port} 1`,
      ...(password === '' ? [] : [`sentinel auth-pass mymaster ${password}`]),
      '',
    ].join('\n'),
  );
  children.push(spawn(binary, [settings, '--sentinel'], { stdio: 'ignore' }));
  const url = `redis+sentinel://:${plain.password}@127.0.0.1:9,127.0.0.1:${port}/mymaster/0`;
  const redis = connectRedis(url, { name: 'urls', onError: () => undefined });
  await redisReady(redis, 60_000);
  expect(await redisTrouble(redis, 'urls')).toBeNull();
  redis.disconnect();

  const itself = connectRedis(`redis://127.0.0.1:${port}`, { name: 'urls', onError: () => undefined });
  await redisReady(itself, 60_000);
  expect(await redisTrouble(itself, 'urls')).toMatchObject({
    what: expect.stringMatching(/a Sentinel/),
    more: expect.stringMatching(/redis\+sentinel:/),
  });
  itself.disconnect();

  const socket = file('redis.sock');
  await relay(createServer(), Number(plain.port), { path: socket });
  const local = connectRedis(`unix://:${plain.password}@${socket}?db=0`, {
    name: 'urls',
    onError: () => undefined,
  });
  await redisReady(local, 60_000);
  local.disconnect();
}, 60_000);

test('Redis lists a connection by who made it, though names of it may have no blanks', async () => {
  const redis = connectRedis(servers.redisUrl, { name: 'trainer host-1', onError: () => undefined });
  await redisReady(redis, 60_000);
  expect(await redis.client('LIST')).toMatch(/ name=ml_training:trainer:host-1 /);
  redis.disconnect();
});

test('a service that is led to a cluster does not start, and says why', async () => {
  const cluster = await startPrivateRedis({ settings: ['cluster-enabled yes'] });
  const sql = connectDatabase(servers.databaseUrl, { applicationName: 'cluster' });
  const redis = connectRedis(cluster.url, { name: 'cluster', onError: () => undefined });
  const stop = new AbortController();
  const log = createLog({ LOG_LEVEL: 'ERROR', LOG_FORMAT: 'json' }, 'scheduler', 'cluster');
  log.silent = true;
  const reasons: string[] = [];
  const starting = connected({
    ...{ role: 'scheduler', sql, redis, redisUrl: cluster.url, log, stopping: stop.signal },
    redisFailure: () => null,
    onReason: (reason) => reasons.push(reason),
  });
  const ended = expect(starting).rejects.toThrow();
  await until(() => reasons.length > 0, { what: 'a reason' });
  expect(reasons[0]).toMatch(/^Redis is a cluster: .*REDIS_URL must name a Redis of its own/);
  stop.abort();
  await ended;
  redis.disconnect();
  await sql.end({ timeout: 1 });
  await cluster.remove();
}, 60_000);
