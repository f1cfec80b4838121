import { pause, requireRoom, throttledWarning, type ServiceContext } from '@ml-training/core';

const everyMs = 5000;

/**
 * Waits while MODEL_DIR has no room for a training: a job that was taken would be put off at once, and so
 * would all the others in the queue. Says so once a minute.
 */
export async function untilRoom({
  config,
  log,
  stopping,
}: Pick<ServiceContext, 'config' | 'log' | 'stopping'>): Promise<void> {
  const warn = throttledWarning(log, 'takes no job while the disk is full');
  while (!stopping.aborted) {
    try {
      await requireRoom(config);
      return;
    } catch (error) {
      warn(error);
      await pause(everyMs, stopping);
    }
  }
}
