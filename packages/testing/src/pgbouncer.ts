import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithParent, freePort } from '@ml-training/embedded';
import { until } from './until.ts';

export interface PgBouncer {
  /** The same server URL, but by way of it. */
  via(url: string): string;
  stop(): Promise<void>;
}

/** Debian installs it where only root's PATH leads. */
const places = [
  'pgbouncer',
  '/usr/sbin/pgbouncer',
  '/usr/local/sbin/pgbouncer',
  '/opt/homebrew/bin/pgbouncer',
];
const program = places.find((file) => spawnSync(file, ['--version']).status === 0);

/** Why a test can't have PgBouncer here; undefined when it can. */
export const whyNoPgBouncer = (): string | undefined =>
  program === undefined ? 'there is no pgbouncer (Debian: apt-get install pgbouncer)' : undefined;

/** It refuses to run as root. */
const nobody = 65_534;

/**
 * PgBouncer in transaction mode before a server of 127.0.0.1, as Debian has it: each transaction is on one of
 * `size` connections, which are never reset, and statements can't be prepared before 1.21.
 */
export async function startPgBouncer(serverUrl: string, size = 2): Promise<PgBouncer> {
  if (program === undefined) throw new Error(whyNoPgBouncer());
  const server = new URL(serverUrl);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  const users = join(folder, 'users.txt');
  const file = join(folder, 'pgbouncer.ini');
  const quoted = (text: string): string => `"${decodeURIComponent(text).replaceAll('"', '""')}"`;
  writeFileSync(users, `${quoted(server.username)} ${quoted(server.password)}\n`);
  writeFileSync(
    file,
    [
      '[databases]',
      `* = host=127.0.0.1 port=${server.port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${users}`,
      'pool_mode = transaction',
      `default_pool_size = ${size}`,
      '',
    ].join('\n'),
  );
  const asRoot = process.getuid?.() === 0;
  for (const path of [folder, users, file]) {
    chmodSync(path, path === folder ? 0o700 : 0o600);
    if (asRoot) chownSync(path, nobody, nobody);
  }
  const child = spawn(program, ['--quiet', file], {
    stdio: 'ignore',
    detached: true,
    ...(asRoot && { uid: nobody, gid: nobody }),
  });
  endWithParent(child, 'INT');
  child.unref();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await until(() => accepts(port), { what: 'PgBouncer to take connections' });
  return {
    via: (url) => {
      const through = new URL(url);
      through.host = `127.0.0.1:${port}`;
      return through.href;
    },
    stop: async () => {
      child.ref();
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
