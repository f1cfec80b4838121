import {
  errorFacts,
  FleetError,
  forgetPause,
  notePause,
  pause,
  storeAt,
  throttledWarning,
  withDeadline,
  type ServiceContext,
} from '@ml-training/core';

const everyMs = 5000;
/** A server that can't be connected to is tried three times, for 5 s each. */
const answerMs = 20_000;

/**
 * Waits while no model could be kept: a job that was taken would be put off at once, and so would all the others in
 * the queue. Says why in the log, once a minute, and in the heartbeat.
 */
export async function untilModelsCanBeKept({
  config,
  log,
  redis,
  stopping,
}: Pick<ServiceContext, 'config' | 'log' | 'redis' | 'stopping'>): Promise<void> {
  const warn = throttledWarning(log, 'takes no job: models can not be kept');
  const store = await storeAt(config);
  const told = { code: '', reason: '' };
  const stopped = (): boolean => stopping.aborted;
  while (!stopped()) {
    try {
      await withDeadline(store.requireUsable(), answerMs, `looking at ${store.name}`, stopping);
      if (told.reason !== '') await forgetPause(redis).catch(() => undefined);
      return;
    } catch (error) {
      if (stopped()) return;
      warn(error);
      const code = error instanceof FleetError ? error.code : '';
      // The same trouble in other words is no news.
      if (told.reason === '' || told.code !== code)
        Object.assign(told, { code, reason: errorFacts(error).error });
      await notePause(redis, told.reason).catch(() => undefined);
      await pause(everyMs, stopping);
    }
  }
}
