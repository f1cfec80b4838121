import { rm } from 'node:fs/promises';
import { startPostgres, startRedis, type EmbeddedServer } from '@ml-training/embedded';
import { newServerFolder } from './folders.ts';

/** A server of one test's own, which it may kill(), restart(), pause() and reconfigure. */
export interface PrivateServer extends EmbeddedServer {
  /** Ends it for good and deletes its data. */
  remove(): Promise<void>;
}

/**
 * PostgreSQL for one test alone, with an empty database. Always embedded, as a
 * container comes back on another port. Not synced to disk unless `durable`; a
 * kill() loses nothing either way, as only a power failure would.
 */
export const startPrivatePostgres = (options: { durable?: boolean } = {}): Promise<PrivateServer> =>
  start((dataDir) =>
    startPostgres({ dataDir, database: 'tradebot', durable: options.durable ?? false, log }),
  );

/**
 * Redis for one test alone. `appendOnly: false` makes it forget everything
 * at a kill() or restart(); `settings` are lines of its configuration.
 */
export const startPrivateRedis = (
  options: { appendOnly?: boolean; settings?: readonly string[] } = {},
): Promise<PrivateServer> => start((dataDir) => startRedis({ dataDir, log, ...options }));

export interface PrivateServers {
  readonly postgres: PrivateServer;
  readonly redis: PrivateServer;
  remove(): Promise<void>;
}

export async function startPrivateServers(): Promise<PrivateServers> {
  const [postgres, redis] = await Promise.all([startPrivatePostgres(), startPrivateRedis()]);
  return {
    postgres,
    redis,
    remove: async () => {
      await Promise.all([postgres.remove(), redis.remove()]);
    },
  };
}

async function start(startIn: (folder: string) => Promise<EmbeddedServer>): Promise<PrivateServer> {
  const folder = newServerFolder();
  const server = await startIn(folder);
  return {
    ...server,
    remove: async () => {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function log(message: string): void {
  process.stderr.write(`${message}\n`);
}
