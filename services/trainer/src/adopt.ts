import {
  acknowledge,
  bury,
  parsePayload,
  refreshStrategies,
  throttledWarning,
  type Entry,
  type Payload,
} from '@ml-training/core';
import { answered } from './answered.ts';
import { lookForStrategies } from './own-strategies.ts';
import type { JobContext } from './run-job.ts';
import { adoptWish } from './wish.ts';

/** A job that was taken, and the entry by which this trainer holds it. */
export interface Held {
  readonly jobId: string;
  readonly entry: Entry;
  /** The wish that the entry was made of; null when it was a job's when taken. */
  readonly former: Entry | null;
}

/**
 * Gives the function that says which job a taken entry stands for. Null when there is nothing to train: the
 * entry is then gone from what the trainer holds, save one that is to be looked at again.
 */
export function createAdopt(context: JobContext): (entry: Entry) => Promise<Held | null> {
  const { log, redis, instance } = context;
  // Anybody can push thousands of them; the dead list has the last thousand, each with its reason.
  const warn = throttledWarning(log, 'no job is made of an entry, see the list ml_training_dead');
  const refuse = async (entry: Entry, reason: string): Promise<null> => {
    warn(`${reason}: ${entry.toString('utf8', 0, 100)}`);
    await bury(redis, instance, entry, reason);
    return null;
  };
  // A strategy may have come since this trainer last looked which there are.
  const understood = async (entry: string): Promise<Payload> => {
    const payload = parsePayload(entry);
    if (payload.kind !== 'garbage' || payload.unknownStrategy !== true) return payload;
    await lookForStrategies().catch(() => undefined);
    await answered(refreshStrategies(context.sql), 'looking which strategies there are', context.leaving);
    return parsePayload(entry);
  };
  return async (entry) => {
    const payload = await understood(entry.toString());
    switch (payload.kind) {
      case 'garbage':
        return refuse(entry, payload.reason);
      case 'job':
        return { jobId: payload.jobId, entry, former: null };
      case 'wish': {
        const outcome = await adoptWish(context, entry, payload);
        switch (outcome.kind) {
          case 'adopted':
            return { ...outcome, former: entry };
          case 'refused':
            return refuse(entry, outcome.reason);
          case 'unchanged':
          case 'open':
            if (outcome.kind === 'open')
              log.info('already queued or running', {
                strategy_type: payload.strategyType,
                symbol: payload.symbol,
              });
            await answered(
              acknowledge(redis, instance, outcome.entry),
              'forgetting an entry',
              context.leaving,
            );
            return null;
          case 'gone':
            return null;
        }
      }
    }
  };
}
