import { StrategyError } from '../errors.ts';
import { continuationProblem, scalerFromPlain } from '../evaluation/index.ts';
import type { Scaler } from '../evaluation/index.ts';
import type { Artefact } from '../strategy.ts';
import type { Architecture, Weights } from './architecture.ts';
import { modelFromPlain } from './state.ts';

/** What a training goes on from. */
export interface ChampionStart {
  readonly weights: Weights;
  /** The one the weights have learnt with: on another scale they mean something else. */
  readonly scaler: Scaler;
}

/** The champion's weights and scaler where a training can go on from them, and in words why or why not. */
export function startFrom(
  champion: Artefact | undefined,
  architecture: Architecture,
  candidate: Parameters<typeof continuationProblem>[1],
): { readonly start: ChampionStart | null; readonly reason: string } {
  const anew = (reason: string) => ({ start: null, reason });
  if (champion === undefined) return anew('there is no model to go on from');
  const problem = continuationProblem(champion, candidate);
  if (problem !== null) return anew(problem);
  try {
    const stored = modelFromPlain(champion.model_state.lstm, architecture.inputs);
    const [theirs, ours] = [stored.architecture, architecture].map(describe);
    if (theirs !== ours) return anew(`the model in use has ${theirs}, the new one ${ours}`);
    const scaler = scalerFromPlain(champion.model_state.scaler, candidate.featureNames);
    return {
      start: { weights: stored.weights, scaler },
      reason: 'same features, window and layers as the model in use',
    };
  } catch (error) {
    if (!(error instanceof StrategyError)) throw error;
    return anew(`the model in use can't be read: ${error.message}`);
  }
}

const describe = ({ window, units }: Architecture): string =>
  `a window of ${window} and layers of ${units.join(', ')} units`;
