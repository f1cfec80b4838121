import {
  connectProbe,
  databaseTrouble,
  inWords,
  keys,
  lastBeats,
  liveInstances,
  redisTrouble,
  roles,
  withDeadline,
  type ServiceContext,
  type Trouble,
} from '@ml-training/core';
import manifest from '../../package.json' with { type: 'json' };
import type { Health } from '../schemas/health.ts';

const answerMs = 2000;

/** What is looked at anew each time; where bars are is a setting, and what one may do each caller's own. */
export type FleetHealth = Omit<Health, 'access' | 'bars'>;

/** Gives the function that looks at both servers and every role. @returns it, and what ends its connection */
export function createHealth({
  config,
  redis,
  instance,
}: Pick<ServiceContext, 'config' | 'redis' | 'instance'>): {
  read: () => Promise<FleetHealth>;
  end: () => Promise<void>;
} {
  const probe = connectProbe(config.DATABASE_URL, `dashboard ${instance}`);
  return { read: () => readHealth(probe, redis), end: () => probe.end({ timeout: 0 }) };
}

async function readHealth(
  probe: ReturnType<typeof connectProbe>,
  redis: ServiceContext['redis'],
): Promise<FleetHealth> {
  const [database, queue] = await Promise.all([
    timed(() => databaseTrouble(probe, 'dashboard')),
    timed(() => redisTrouble(redis, 'dashboard')),
  ]);
  // Asked for only where there is somebody to answer: nobody would hear of its failure.
  const answered = <T>(ask: () => Promise<T>, otherwise: T): Promise<T> =>
    queue.trouble?.kind === 'silent'
      ? Promise.resolve(otherwise)
      : withDeadline(ask(), answerMs, 'Redis').catch(() => otherwise);
  const [beats, lastSeen, heartbeat] = await Promise.all([
    answered(() => liveInstances(redis), []),
    answered(() => lastBeats(redis), new Map<never, never>()),
    answered(() => redis.get(keys.heartbeat), null),
  ]);
  const seen = roles.map((role) => {
    const ages = beats.filter((beat) => beat.role === role).map(({ age }) => age);
    const age = Math.min(...ages, lastSeen.get(role) ?? Infinity);
    return { role, instances: ages.length, last_beat_seconds: age === Infinity ? null : age };
  });
  const troubles = [database.trouble, queue.trouble].filter((one) => one !== null);
  const told = readHeartbeat(heartbeat);
  const problems = [...troubles.map(inWords), ...told.problems];
  if (told.status === null && troubles.length === 0)
    problems.push('no heartbeat: the heartbeat service is not running, so nobody judges the rest');
  const down = troubles.some(({ kind }) => kind !== 'full') || told.status === 'down';
  return {
    status: down ? 'down' : problems.length > 0 ? (told.status ?? 'degraded') : 'healthy',
    time: new Date().toISOString(),
    version: manifest.version,
    problems,
    redis: shown(queue),
    postgres: shown(database),
    roles: seen,
  };
}

interface Timed {
  readonly trouble: Trouble | null;
  readonly ms: number;
}

async function timed(look: () => Promise<Trouble | null>): Promise<Timed> {
  const began = performance.now();
  const trouble = await look();
  return { trouble, ms: Math.round((performance.now() - began) * 10) / 10 };
}

const shown = ({ trouble, ms }: Timed) => ({
  ok: trouble === null,
  ms: trouble === null ? ms : null,
  problem: trouble === null ? null : inWords(trouble),
});

/** What the heartbeat's key says; it is gone after 90 s without a heartbeat service. */
function readHeartbeat(text: string | null): { status: Health['status'] | null; problems: string[] } {
  if (text === null) return { status: null, problems: [] };
  // Our own service wrote it.
  const { status, problems } = JSON.parse(text) as { status: Health['status']; problems: string[] };
  // Trouble with the servers we have seen ourselves.
  return { status, problems: problems.filter((problem) => !/^(PostgreSQL|Redis) /.test(problem)) };
}
