import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { password as passwordOf } from '../secret.ts';
import { stopOrphan } from '../orphan.ts';
import { runServer, type EmbeddedServer } from '../server.ts';
import { redisBinary } from './binary.ts';
import { ping } from './ping.ts';

export interface RedisOptions {
  /** Made when it isn't there; a later start on it finds everything again. */
  readonly dataDir: string;
  /** Preferred port; when taken, or 0 (the default), any free one. */
  readonly port?: number;
  /** False keeps everything in memory only, so that a restart forgets it. Default true. */
  readonly appendOnly?: boolean;
  /** Further lines of its configuration. */
  readonly settings?: readonly string[];
  readonly log: (message: string) => void;
}

/**
 * A Redis (or Valkey) server on 127.0.0.1 with a random password; keys are never evicted.
 *
 * @throws Error when there is no server to run, or another process already runs one on `dataDir`.
 */
export async function startRedis(options: RedisOptions): Promise<EmbeddedServer> {
  const { appendOnly = true, log } = options;
  const folder = resolve(options.dataDir);
  const data = join(folder, 'data');
  await stopOrphan(folder, 'Redis');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const password = passwordOf(folder);
  const binary = await redisBinary(log);

  return runServer({
    name: 'Redis',
    folder,
    port: options.port ?? 0,
    // Settings come by standard input: no configuration of the
    // system's is read, no password shows in the process list.
    command: (port) => ({
      file: binary,
      args: ['-', '--dir', data],
      input: [
        'bind 127.0.0.1',
        `port ${port}`,
        `requirepass ${password}`,
        `appendonly ${appendOnly ? 'yes' : 'no'}`,
        'appendfsync everysec',
        'save ""',
        // Plain commands: a system server that is installed or
        // upgraded later may not read this one's binary format.
        'aof-use-rdb-preamble no',
        'maxmemory-policy noeviction',
        // Keeps the folder in the command line, which tells the server of this folder from any other.
        'set-proc-title no',
        ...(options.settings ?? []),
      ].join('\n'),
    }),
    isReady: (port) => ping(port, password),
    url: (port) => `redis://:${password}@127.0.0.1:${port}/0`,
    log,
  });
}
