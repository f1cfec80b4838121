import path from 'node:path';
import { startPostgres, startRedis, type EmbeddedServer } from '@ml-training/embedded';
import { runtimeDir } from '../paths.ts';
import { keepAlive } from './keep-alive.ts';

type Addresses = Record<'REDIS_URL' | 'DATABASE_URL', string | undefined>;

/** Addresses for the fleet, and what was started to have them. */
export interface LocalServers {
  readonly REDIS_URL: string;
  readonly DATABASE_URL: string;
  /** Aborted when one that was started here dies and can't be kept running; the reason says so in words. */
  readonly broken: AbortSignal;
  stop(): Promise<void>;
}

/** Takes the servers that are given; starts embedded ones in the checkout for the others. */
export async function startLocalServers(
  log: (line: string) => void,
  { folder = runtimeDir, given }: { folder?: string; given: Partial<Addresses> },
): Promise<LocalServers> {
  const started: { server: EmbeddedServer; kept: ReturnType<typeof keepAlive> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(({ kept }) => kept.stop()));
    await Promise.all(started.map(({ server }) => server.stop()));
  };
  const embedded = async (name: string, start: () => Promise<EmbeddedServer>): Promise<string> => {
    const server = await start();
    started.push({ server, kept: keepAlive(name, server, log) });
    log(`${name} on 127.0.0.1:${server.port}, data in .runtime/`);
    return server.url;
  };
  const dataDir = (name: string): string => path.join(folder, name);
  try {
    const [REDIS_URL, DATABASE_URL] = await Promise.all([
      given.REDIS_URL ?? embedded('Redis', () => startRedis({ dataDir: dataDir('redis'), log })),
      given.DATABASE_URL ??
        embedded('PostgreSQL', () =>
          startPostgres({ dataDir: dataDir('postgres'), database: 'tradebot', log }),
        ),
    ]);
    const broken = AbortSignal.any(started.map(({ kept }) => kept.broken));
    return { REDIS_URL, DATABASE_URL, broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
