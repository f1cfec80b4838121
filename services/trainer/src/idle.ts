import type { ServiceContext } from '@ml-training/core';

/** What a trainer is told of its work, to know when it has had none for long enough to end. */
export interface Idle {
  /** An entry of the queue was in hand. */
  readonly worked: () => void;
  /** Work beside the queue, during which the trainer doesn't end. */
  readonly during: <T>(work: () => Promise<T>) => Promise<T>;
  /** The queue was found empty: ends the trainer where it has been so for TRAINER_IDLE_SECONDS. */
  readonly foundNothing: () => void;
}

/**
 * Where trainers are started because jobs wait (a KEDA ScaledJob), one ends by itself once the queue stays
 * empty. It ends between two jobs and never in one, so nothing has to be handed back.
 */
export function createIdle({ config, leave }: Pick<ServiceContext, 'config' | 'leave'>): Idle {
  const limit = config.TRAINER_IDLE_SECONDS;
  let since = performance.now();
  let beside = 0;
  return {
    worked: () => {
      since = performance.now();
    },
    during: async (work) => {
      beside++;
      try {
        return await work();
      } finally {
        beside--;
      }
    },
    foundNothing: () => {
      if (limit === 0 || beside > 0 || performance.now() - since < 1000 * limit) return;
      leave(`no job for ${limit} s, as TRAINER_IDLE_SECONDS says`);
    },
  };
}
