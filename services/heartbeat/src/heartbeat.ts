import { setTimeout as sleep } from 'node:timers/promises';
import { keys, liveInstances, onceAMinute, withDeadline, type ServiceContext } from '@ml-training/core';
import { fleetStatus } from './status.ts';

const everySeconds = 30;
/** Three missed writes and the key is gone: an operator sees (nil). */
const expireSeconds = 90;
/** At the start the others come up too; look again soon, so that the first healthy state shows at once. */
const settleSeconds = 2;

/** Writes service:ml_training:heartbeat every 30 seconds, and sooner while the fleet is not complete. */
export async function keepWriting(context: ServiceContext): Promise<void> {
  const { log, redis, sql, stopping } = context;
  const complain = onceAMinute(log, 'the heartbeat was not written');
  let said = '';
  while (!stopping.aborted) {
    let healthy = false;
    try {
      const answers = await withDeadline(sql`SELECT 1`, 2000, 'PostgreSQL').then(
        () => true,
        () => false,
      );
      const heartbeat = fleetStatus(await liveInstances(redis), answers, new Date());
      await withDeadline(
        redis.set(keys.heartbeat, JSON.stringify(heartbeat), 'EX', expireSeconds),
        2000,
        'SET on Redis',
      );
      healthy = heartbeat.status === 'healthy';
      const says = [heartbeat.status, ...heartbeat.problems].join('; ');
      if (says !== said) log.info('fleet', { status: heartbeat.status, problems: heartbeat.problems });
      said = says;
    } catch (error) {
      complain(error);
    }
    const seconds = healthy ? everySeconds : settleSeconds;
    await sleep(seconds * 1000, undefined, { signal: stopping }).catch(() => undefined);
  }
}
