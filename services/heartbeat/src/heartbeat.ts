import {
  boundedDatabase,
  connectProbe,
  lastBeats,
  liveInstances,
  notedObstacles,
  pause,
  publishHeartbeat,
  throttledWarning,
  trainersMayBeAway,
  troubles,
  withDeadline,
  type BoundedDatabase,
  type ServiceContext,
} from '@ml-training/core';
import { heartbeatMetrics } from './own-metrics.ts';
import { fleetStatus } from './status.ts';
import { nothingOdd, readLastTrainings, type LastTrainings } from './last-trainings.ts';

const everyMs = 30_000;
/** A change shows as soon as it is seen; two commands every two seconds cost nothing. */
const lookEveryMs = 2000;
const answerMs = 2000;
/** A failed job may show so much later than an end of a role. */
const trainingsEveryMs = 10_000;
/** Three missed writes and the key is gone: an operator sees (nil). */
const expireSeconds = 90;

/** Writes service:ml_training:heartbeat every 30 seconds, and at once when the fleet's state has changed. */
export async function keepWriting(context: ServiceContext): Promise<void> {
  const { config, instance, log, redis, sql, stopping } = context;
  const probe = connectProbe(config.DATABASE_URL, `heartbeat ${instance}`);
  const warn = throttledWarning(log, 'the heartbeat was not written');
  let last = { state: '', writtenAt: -Infinity };
  const looks = boundedDatabase(sql, { ms: answerMs, what: 'looking at the last trainings' });
  let trainings: Looked = { of: nothingOdd, at: -Infinity };
  const tell = heartbeatMetrics(context.metrics);
  while (!stopping.aborted) {
    try {
      const found = await troubles(probe, redis, 'heartbeat');
      if (!found.some(({ server }) => server === 'PostgreSQL'))
        trainings = await looked(looks, trainings, warn);
      const beats = await liveInstances(redis);
      const lastSeen = await lastBeats(redis);
      const obstacles = await notedObstacles(redis);
      const now = new Date();
      const heartbeat = fleetStatus(beats, found, now, {
        lastSeen,
        trainings: trainings.of,
        obstacles,
        trainersMayBeAway: trainersMayBeAway(config, trainings.of.waitingSince, now),
      });
      const { status, problems } = heartbeat;
      const instances = Object.fromEntries(
        Object.entries(heartbeat.roles).map(([role, { instances: count }]) => [role, count]),
      );
      const state = JSON.stringify({ status, problems, instances });
      const changed = state !== last.state;
      if (changed || performance.now() - last.writtenAt > everyMs - lookEveryMs) {
        await publishHeartbeat(redis, JSON.stringify(heartbeat), expireSeconds);
        last = { state, writtenAt: performance.now() };
        tell.written(heartbeat);
      }
      if (changed) log.info('fleet', { status, problems, instances });
    } catch (error) {
      warn(error);
      tell.failed();
      // Whether the key is still there is not known: write it as soon as that can be done.
      last = { state: '', writtenAt: -Infinity };
    }
    await pause(lookEveryMs, stopping);
  }
  await withDeadline(leave(context), answerMs, 'the last heartbeat').catch(warn);
  await Promise.all([probe.end({ timeout: 0 }), looks.end()]);
}

/**
 * The last heartbeat doesn't go on saying that all is well; while another process of this role runs, the key
 * is its.
 */
async function leave({ redis, instance }: ServiceContext): Promise<void> {
  const others = (await liveInstances(redis)).filter((beat) => beat.instance !== instance);
  if (others.some(({ role }) => role === 'heartbeat')) return;
  await publishHeartbeat(redis, JSON.stringify(fleetStatus(others, [], new Date())), expireSeconds);
}

interface Looked {
  readonly of: LastTrainings;
  /** As performance.now() has it. */
  readonly at: number;
}

/**
 * What the last trainings came to, looked at again when that is due; what was known before holds on where it
 * can't be.
 */
async function looked(
  looks: BoundedDatabase,
  before: Looked,
  warn: (error: unknown) => void,
): Promise<Looked> {
  if (performance.now() - before.at < trainingsEveryMs) return before;
  try {
    const of = await looks.run(readLastTrainings);
    return { of, at: performance.now() };
  } catch (error) {
    warn(error);
    return { ...before, at: performance.now() };
  }
}
