import type { Lease } from './pool.ts';

export interface TestServers {
  /** An empty database of the caller's own; with TimescaleDB the extension can be created, but isn't yet. */
  readonly databaseUrl: string;
  /**
   * An empty Redis server that nobody else uses meanwhile: fixed key names, channels and FLUSHALL are safe.
   */
  readonly redisUrl: string;
  readonly hasTimescale: boolean;
  readonly kind: 'docker' | 'embedded';
  /** Drops the database and hands the Redis server back. */
  stop(): Promise<void>;
}

/** Where the pool that infra/jest/global-setup.ts has opened can be asked; set in every jest worker. */
export const brokerVariable = 'ML_TRAINING_TEST_BROKER';

/**
 * Servers for one test file: containers where a Docker engine answers (TEST_DOCKER=0 says
 * not to), else embedded ones. Under jest all files share what the first one that asks
 * has started. Call it at the top of the file (`const servers = await startServers()`),
 * where no test's time-out applies: the first call may have to fetch images.
 */
export async function startServers(): Promise<TestServers> {
  const broker = process.env[brokerVariable];
  if (broker === undefined) {
    // Not at the top: under jest every test file would load the database clients anew without using them.
    const { openPool } = await import('./pool.ts');
    const pool = openPool();
    return { ...(await pool.take()), stop: () => pool.close() };
  }
  const lease = (await ask(broker, 'POST')) as Lease; // Our own process answers.
  return {
    ...lease,
    stop: async () => {
      await ask(`${broker}/${lease.id}`, 'DELETE');
    },
  };
}

async function ask(url: string, method: 'POST' | 'DELETE'): Promise<unknown> {
  const response = await fetch(url, { method });
  if (!response.ok) throw new Error(`test servers: ${await response.text()}`);
  return response.json();
}
