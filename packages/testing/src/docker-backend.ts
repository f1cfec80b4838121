import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { whenParentEnds } from '@ml-training/embedded';
import postgres from 'postgres';
import type { StartedTestContainer } from 'testcontainers';
import type { Backend } from './backend.ts';
import { until } from './until.ts';

// The tags that docker-compose.yml runs.
const postgresImage = 'timescale/timescaledb:2.19.3-pg17';
const redisImage = 'redis:8';
const label = 'ml-training.test-run';

/** Why tests can't use Docker, or undefined when an engine answers. */
export function whyNoDocker(): string | undefined {
  const { error, status, stderr } = spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], {
    encoding: 'utf8',
    // A hung engine; one that is merely busy has taken 5 s.
    timeout: 60_000,
  });
  if (error) return 'code' in error && error.code === 'ENOENT' ? 'there is no docker command' : error.message;
  return status === 0 ? undefined : `no Docker engine answers (${stderr.trim().split('\n')[0]})`;
}

export async function dockerBackend(): Promise<Backend> {
  // Its reaper is one more image to fetch. The shell below does the same: whatever this run has started is
  // removed when this process is gone, killed or not.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  const run = randomUUID();
  const dismissReaper = whenParentEnds(
    'docker rm -f -v $(docker ps -aq --filter "label=$1")',
    `${label}=${run}`,
  );
  const { GenericContainer, Wait } = await import('testcontainers');
  const containers: StartedTestContainer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(containers.map((container) => container.stop({ timeout: 0, removeVolumes: true })));
    dismissReaper();
  };

  try {
    const password = randomUUID();
    const database = await new GenericContainer(postgresImage)
      .withLabels({ [label]: run })
      .withEnvironment({ POSTGRES_PASSWORD: password, NO_TS_TUNE: 'true' })
      .withTmpFs({ '/var/lib/postgresql/data': 'rw' })
      .withCommand(['postgres', '-c', 'max_connections=200', '-c', 'fsync=off', '-c', 'full_page_writes=off'])
      .withExposedPorts(5432)
      // Before that, a server without TCP runs the image's set-up scripts.
      .withWaitStrategy(Wait.forLogMessage(/PostgreSQL init process complete/))
      .start();
    containers.push(database);
    const postgresUrl = `postgresql://postgres:${password}@${database.getHost()}:${database.getMappedPort(5432)}/postgres`;
    await until(() => answers(postgresUrl), { what: 'PostgreSQL in its container' });

    return {
      kind: 'docker',
      hasTimescale: true,
      postgresUrl,
      startRedis: async () => {
        const redis = await new GenericContainer(redisImage)
          .withLabels({ [label]: run })
          // Containers' ports are open to the network.
          .withCommand(['redis-server', '--requirepass', password])
          .withExposedPorts(6379)
          .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
          .start();
        containers.push(redis);
        return { url: `redis://:${password}@${redis.getHost()}:${redis.getMappedPort(6379)}/0` };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 2 });
  try {
    await sql`SELECT 1`;
    return true;
  } finally {
    await sql.end({ timeout: 0 });
  }
}
