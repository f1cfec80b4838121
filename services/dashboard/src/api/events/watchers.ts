import {
  jobStates,
  keptJobs,
  keys,
  newEpochs,
  newestJobs,
  newestModels,
  newestRuns,
  queueLength,
  queueState,
  runningJobs,
  switchesAfter,
  withDeadline,
  type JobState,
  type ServiceContext,
} from '@ml-training/core';
import type { FleetHealth } from '../health.ts';
import type { Change, Hub, Watcher } from './hub.ts';

/** Newest rows that are compared with those of the look before; a burst of more is told of by fewer. */
const newest = 50;
const redisMs = 2000;
/** A row may be seen so late after its own time. */
const lateMs = 120_000;

/** Everything that open pages are told of, each with how often it is looked at. */
export function watchFleet(
  hub: Hub,
  { redis }: Pick<ServiceContext, 'redis'>,
  health: () => Promise<FleetHealth>,
): void {
  hub.watch(jobsWatcher(), 500);
  hub.watch(curvesWatcher(), 1000);
  hub.watch(modelsWatcher(), 1000);
  hub.watch(runsWatcher(), 1000);
  hub.watch(queueWatcher(redis), 1000);
  hub.watch(healthWatcher(health), 2000, { withoutDatabase: true });
}

/**
 * Jobs whose status, progress, stage or attempt is another than at the look before, with the status they had
 * then.
 */
function jobsWatcher(): Watcher {
  let known: ReadonlyMap<string, JobState> | null = null;
  let kept = '';
  return async (sql) => {
    const [running, latest, ended] = await Promise.all([
      runningJobs(sql),
      newestJobs(sql, newest),
      keptJobs(sql),
    ]);
    const seen = new Map([...latest, ...running].map((job) => [job.job_id, job]));
    const before = known;
    // What ran and is neither running nor among the newest any more.
    const gone = [...(before?.values() ?? [])]
      .filter((job) => job.status === 'running' && !seen.has(job.job_id))
      .map(({ job_id }) => job_id);
    for (const job of await jobStates(sql, gone)) seen.set(job.job_id, job);
    const others = JSON.stringify(ended) !== kept;
    known = seen;
    kept = JSON.stringify(ended);
    if (before === null) return [];
    // An older one that comes into sight, as others are deleted, is no news; one whose transaction took its
    // time is.
    const since = Math.max(0, ...[...before.values()].map(({ created_at }) => created_at.getTime())) - lateMs;
    const changed = [...seen.values()]
      .filter((job) => {
        const was = before.get(job.job_id);
        return was === undefined
          ? job.status === 'running' || job.created_at.getTime() >= since
          : stateOf(was) !== stateOf(job);
      })
      .map((job) => ({ ...job, was: before.get(job.job_id)?.status ?? null }));
    // A job that came and went between two looks, or was changed far back in time, shows in the counts alone.
    return changed.length > 0 || others ? [{ topic: 'jobs', data: changed }] : [];
  };
}

const stateOf = ({ status, attempt, progress, stage }: JobState): string =>
  `${status} ${attempt} ${Math.round(progress * 100)} ${stage ?? ''}`;

/**
 * New points of the curves of what runs; of a new attempt, which writes the same steps again, from its first.
 */
function curvesWatcher(): Watcher {
  let known: ReadonlyMap<string, { attempt: number; curves: Map<string, number> }> | null = null;
  return async (sql) => {
    const running = await runningJobs(sql);
    const before = known;
    const now = new Map(
      running.map(({ job_id, attempt }) => {
        const was = before?.get(job_id);
        return [
          job_id,
          was?.attempt === attempt ? was : { attempt, curves: new Map<string, number>() },
        ] as const;
      }),
    );
    const points = await newEpochs(
      sql,
      [...now.keys()],
      [...now].flatMap(([job_id, { curves }]) => [...curves].map(([name, step]) => ({ job_id, name, step }))),
    );
    // Only now: what a look that failed would have told, the next one tells.
    for (const { job_id, name, step } of points) now.get(job_id)?.curves.set(name, step);
    known = now;
    return before === null || points.length === 0 ? [] : [{ topic: 'curves', data: points }];
  };
}

/** Models that were registered, and those that came into use. */
function modelsWatcher(): Watcher {
  let known: ReadonlySet<string> | null = null;
  let lastSwitch = 0;
  return async (sql) => {
    const [latest, switches] = await Promise.all([
      newestModels(sql, newest),
      switchesAfter(sql, known === null ? null : lastSwitch),
    ]);
    const before = known;
    known = new Set(latest.map(({ model_id }) => model_id));
    lastSwitch = switches.at(-1)?.id ?? lastSwitch;
    if (before === null) return [];
    const made = latest
      .filter(({ model_id }) => !before.has(model_id))
      .map(({ model_id, strategy_type, symbol }) => ({
        model_id,
        strategy_type,
        symbol,
        what: 'registered',
      }));
    const used = switches.map(({ model_id, is_active }) => ({
      model_id,
      what: is_active ? 'in use' : 'out of use',
    }));
    return made.length + used.length > 0 ? [{ topic: 'models', data: [...made, ...used] }] : [];
  };
}

/** Runs that were started or are over. */
function runsWatcher(): Watcher {
  return differing('runs', async (sql) => newestRuns(sql, 5));
}

/** What waits, in the rows and in Redis. */
function queueWatcher(redis: ServiceContext['redis']): Watcher {
  return differing('queue', async (sql) => {
    const [{ queued, running, postponed }, entries, dead] = await Promise.all([
      queueState(sql),
      queueLength(redis),
      withDeadline(redis.llen(keys.dead), redisMs, 'LLEN on Redis'),
    ]);
    return [{ queued, running, postponed, entries, dead }];
  });
}

/** Status, problems and who lives; not the ages of beats, which change all the time. */
function healthWatcher(health: () => Promise<FleetHealth>): Watcher {
  return differing('health', async () => {
    const { status, problems, redis, postgres, roles } = await health();
    return [
      {
        status,
        problems,
        redis: redis.ok,
        postgres: postgres.ok,
        roles: roles.map(({ role, instances }) => ({ role, instances })),
      },
    ];
  });
}

/** What is told whole whenever it is another than at the look before. */
function differing(
  topic: Change['topic'],
  look: (...args: Parameters<Watcher>) => Promise<unknown[]>,
): Watcher {
  let known: string | null = null;
  return async (sql) => {
    const data = await look(sql);
    const before = known;
    known = JSON.stringify(data);
    return before === null || before === known ? [] : [{ topic, data }];
  };
}
