import { setTimeout as sleep } from 'node:timers/promises';
import {
  connectProbe,
  liveInstances,
  onceAMinute,
  publishHeartbeat,
  troubles,
  type ServiceContext,
} from '@ml-training/core';
import { fleetStatus } from './status.ts';

const everyMs = 30_000;
/** A change shows as soon as it is seen; two commands every two seconds cost nothing. */
const lookEveryMs = 2000;
/** Three missed writes and the key is gone: an operator sees (nil). */
const expireSeconds = 90;

/** Writes service:ml_training:heartbeat every 30 seconds, and at once when the fleet's state has changed. */
export async function keepWriting(context: ServiceContext): Promise<void> {
  const { config, instance, log, redis, stopping } = context;
  const probe = connectProbe(config.DATABASE_URL, `heartbeat ${instance}`);
  const complain = onceAMinute(log, 'the heartbeat was not written');
  let last = { state: '', writtenAt: -Infinity };
  while (!stopping.aborted) {
    try {
      const found = await troubles(probe, redis, 'heartbeat');
      const heartbeat = fleetStatus(await liveInstances(redis), found, new Date());
      const { status, problems } = heartbeat;
      const instances = Object.fromEntries(
        Object.entries(heartbeat.roles).map(([role, { instances: count }]) => [role, count]),
      );
      const state = JSON.stringify({ status, problems, instances });
      const changed = state !== last.state;
      if (changed || performance.now() - last.writtenAt > everyMs - lookEveryMs) {
        await publishHeartbeat(redis, JSON.stringify(heartbeat), expireSeconds);
        last = { state, writtenAt: performance.now() };
      }
      if (changed) log.info('fleet', { status, problems, instances });
    } catch (error) {
      complain(error);
      // Whether the key is still there is not known: write it as soon as that can be done.
      last = { state: '', writtenAt: -Infinity };
    }
    await sleep(lookEveryMs, undefined, { signal: stopping }).catch(() => undefined);
  }
  await probe.end({ timeout: 0 });
}
