import type { Redis } from '../redis/connect.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { Role } from './beat.ts';
import { nowInSeconds, type OwnMetrics } from './own-metrics.ts';
import type { Trouble } from './trouble.ts';

interface Process {
  readonly role: Role;
  readonly redis: Redis;
  /** What keeps the servers from being of use. */
  readonly look: () => Promise<readonly Trouble[]>;
  readonly started: () => boolean;
}

const servers = ['PostgreSQL', 'Redis'] as const;

/**
 * What every process tells of itself, whatever its role. @returns to be called at each beat that Redis has
 * taken
 */
export function commonMetrics(metrics: OwnMetrics, { role, redis, look, started }: Process): () => void {
  let beatAt: number | null = null;
  metrics.gauge('build_info', 'Version of the fleet that this process is of', () => [
    { labels: { version: manifest.version, role }, value: 1 },
  ]);
  metrics.gauge('ready', '1 when this process can work, as /readyz has it', async () =>
    started() && (await look()).length === 0 ? 1 : 0,
  );
  metrics.gauge('server_usable', '1 when the server has just taken a write of this process', async () => {
    const troubles = await look();
    return servers.map((server) => ({
      labels: { server: server.toLowerCase() },
      value: troubles.some((trouble) => trouble.server === server) ? 0 : 1,
    }));
  });
  metrics.gauge('beat_timestamp_seconds', 'When Redis last took a beat of this process', () => beatAt);
  const connected = metrics.counter(
    'redis_connections_total',
    'Times this process has connected to Redis, the first one included',
    [{}],
  );
  redis.on('ready', () => {
    connected();
  });
  return () => {
    beatAt = nowInSeconds();
  };
}
