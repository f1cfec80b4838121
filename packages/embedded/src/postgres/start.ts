import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import postgres from 'postgres';
import { password as passwordOf } from '../secret.ts';
import { runServer, type EmbeddedServer } from '../server.ts';
import { stopOrphan } from '../orphan.ts';
import { postgresBinaries } from './binaries.ts';
import { prepareCluster } from './cluster.ts';
import { chooseRunner } from './unprivileged.ts';

export interface PostgresOptions {
  /** Made when it isn't there; a later start on it finds everything again. */
  readonly dataDir: string;
  /** Preferred port; when taken, or 0 (the default), any free one. */
  readonly port?: number;
  /** Made when it isn't there. */
  readonly database: string;
  /**
   * False trades the data's life after a power failure for speed; they still survive a kill. Default true.
   */
  readonly durable?: boolean;
  readonly log: (message: string) => void;
}

/**
 * A PostgreSQL server on 127.0.0.1 whose only user is `postgres`, with a random password.
 *
 * @throws Error when the platform has no binaries, the server can't be
 *   run by this user, or another process already runs one on `dataDir`.
 */
export const startPostgres = (options: PostgresOptions): Promise<EmbeddedServer> =>
  startPostgresAs(chooseRunner, options);

export async function startPostgresAs(
  choose: typeof chooseRunner,
  options: PostgresOptions,
): Promise<EmbeddedServer> {
  const { database, durable = true, log } = options;
  const folder = resolve(options.dataDir);
  // Others may pass through, as the server may run as nobody, but not look; what is inside is closed to them.
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  await stopOrphan(folder, 'PostgreSQL');
  const password = passwordOf(folder);
  const binaries = await postgresBinaries();
  const runner = choose(binaries.postgres, folder);
  const data = prepareCluster({ folder, binaries, runner, password, durable });
  const urlOf = (port: number, name: string): string =>
    `postgresql://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(name)}`;

  const server = await runServer({
    name: 'PostgreSQL',
    folder,
    port: options.port ?? 0,
    command: (port) => {
      const [file, ...args] = [
        ...runner.prefix,
        binaries.postgres,
        '-D',
        data,
        ...flags({ port, ...settings(durable) }),
      ];
      return { file: file!, args, uid: runner.uid, gid: runner.gid };
    },
    // The file's 8th line is where the server itself tells pg_ctl that it is ready.
    isReady: async (_port, pid) => {
      const lines = readLines(join(data, 'postmaster.pid'));
      return lines[0] === `${pid}` && lines[7]?.trim() === 'ready';
    },
    url: (port) => urlOf(port, database),
    log,
  });
  try {
    await ensureDatabase(urlOf(server.port, 'postgres'), database);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

const settings = (durable: boolean): Readonly<Record<string, string | number>> => ({
  listen_addresses: '127.0.0.1',
  // Its default folder is /tmp, which isn't ours.
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  // No replicas read our log.
  wal_level: 'minimal',
  max_wal_senders: 0,
  jit: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
  // After a crash: one call for the whole file system rather than one for each of a thousand files.
  ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
  // Commits are still handed to the kernel (no
  // synchronous_commit=off), or a kill would lose the last of them.
  ...(!durable && { fsync: 'off', full_page_writes: 'off' }),
});

const flags = (values: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    const [found] = await sql`SELECT 1 FROM pg_database WHERE datname = ${name}`;
    if (!found) await sql`CREATE DATABASE ${sql(name)}`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
