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
  type Trouble,
} from '@ml-training/core';
import manifest from '../../../package.json' with { type: 'json' };
import { Health } from '../../schemas/health.ts';
import { accessOf } from '../guard.ts';
import type { ApiContext, Routes } from '../route.ts';
import { watchFleet } from '../events/watchers.ts';

const answerMs = 2000;

/** Health of the servers and of every role, and, as it is among them, what open pages are told of. */
export const healthRoutes: Routes = (api, context) => {
  const { config, hub, instance } = context;
  const probe = connectProbe(config.DATABASE_URL, `dashboard ${instance}`);
  api.addHook('onClose', () => probe.end({ timeout: 0 }));
  const read = () => readHealth(probe, context);
  watchFleet(hub, context, read);
  api.get(
    '/api/health',
    {
      schema: {
        summary: 'Health of Redis, PostgreSQL and every role',
        tags: ['fleet'],
        response: { 200: Health },
      },
    },
    async (request) => ({ ...(await read()), access: accessOf(request, config.API_TOKEN) }),
  );
};

async function readHealth(
  probe: ReturnType<typeof connectProbe>,
  { redis }: Pick<ApiContext, 'redis'>,
): Promise<Omit<Health, 'access'>> {
  const [database, queue] = await Promise.all([
    timed(() => databaseTrouble(probe, 'dashboard')),
    timed(() => redisTrouble(redis, 'dashboard')),
  ]);
  const answered = <T>(work: Promise<T>, otherwise: T): Promise<T> =>
    queue.trouble?.kind === 'silent'
      ? Promise.resolve(otherwise)
      : withDeadline(work, answerMs, 'Redis').catch(() => otherwise);
  const [beats, lastSeen, heartbeat] = await Promise.all([
    answered(liveInstances(redis), []),
    answered(lastBeats(redis), new Map<never, never>()),
    answered(redis.get(keys.heartbeat), null),
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
