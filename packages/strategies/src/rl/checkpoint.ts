import { invalid, recordOf } from '../plain.ts';
import type { Plain } from '../strategy.ts';
import { bestFromPlain, bestToPlain, type Best } from './agent-state.ts';

/** Where a training of several agents stands: those that are finished, and the state of the one under way. */
export interface Checkpoint {
  readonly finished: readonly Best[];
  /** See agent-state.ts. */
  readonly agent: Plain;
}

const kind = 'ppo_checkpoint';

export const checkpointToPlain = (finished: readonly Best[], agent: Plain): Plain => ({
  kind,
  finished: finished.map(bestToPlain),
  agent,
});

/**
 * @param seeds agents that the training has in all.
 * @param parameters numbers that one agent's networks have.
 * @throws StrategyError INVALID_MODEL when it is no checkpoint of such a training.
 */
export function checkpointFromPlain(plain: Plain, seeds: number, parameters: number): Checkpoint {
  const { kind: found, finished, agent } = recordOf(plain, 'checkpoint');
  if (found !== kind) throw invalid('checkpoint', `is not of kind "${kind}"`);
  if (!Array.isArray(finished) || finished.length >= seeds || agent === undefined)
    throw invalid('checkpoint', `lacks the agent under way, or has more finished ones than ${seeds - 1}`);
  const listed: readonly Plain[] = finished;
  return {
    finished: listed.map((best, i) => bestFromPlain(best, `checkpoint.finished[${i}]`, parameters)),
    agent,
  };
}
