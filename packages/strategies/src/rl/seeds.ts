import type { Split } from '../evaluation/split.ts';
import type { Random } from '../random.ts';
import type { TrainContext } from '../strategy.ts';
import type { Best } from './agent-state.ts';
import { checkpointFromPlain, checkpointToPlain } from './checkpoint.ts';
import type { Market } from './environment.ts';
import { layerSizes, learn, schedule } from './ppo.ts';
import { parameterCount } from './network.ts';
import type { RlSettings } from '@ml-training/sdk';

/** Which random numbers an agent learns by. */
export const seedName = (place: number): string => `seed ${place + 1}`;

/**
 * Trains `settings.seeds` agents one after the other, each from random numbers of its own. A checkpoint holds
 * the finished ones and the state of the one under way.
 * @returns what each kept, in the order of their seeds.
 * @throws what `learn` throws.
 */
export async function learnSeeds(
  market: Market,
  split: Pick<Split, 'train' | 'validation'>,
  settings: RlSettings,
  random: Random,
  context: TrainContext,
  start?: Float32Array,
): Promise<readonly Best[]> {
  const { seeds } = settings;
  const stepsEach = schedule(split.train, settings).steps;
  const kept =
    context.resume === null
      ? null
      : checkpointFromPlain(context.resume, seeds, parameterCount(layerSizes(market, settings)));
  const finished = [...(kept?.finished ?? [])];
  let resume = kept?.agent ?? null;
  while (finished.length < seeds) {
    const seed = finished.length;
    const own: TrainContext = {
      signal: context.signal,
      resume,
      progress: (fraction, stage) =>
        context.progress((seed + fraction) / seeds, seeds === 1 ? stage : `${stage} ${seed + 1} of ${seeds}`),
      epoch: (step, values) => context.epoch(seed * stepsEach + step, { seed: seed + 1, ...values }),
      checkpoint: (state) => context.checkpoint(() => checkpointToPlain(finished, state())),
    };
    const { best } = await learn(market, split, settings, random.fork(seedName(seed)), own, start);
    finished.push(best);
    resume = null;
  }
  return finished;
}
