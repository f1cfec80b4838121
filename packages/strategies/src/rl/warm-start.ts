import { StrategyError } from '../errors.ts';
import { continuationProblem } from '../evaluation/continuation.ts';
import { scalerFromPlain, type Scaler } from '../evaluation/scaler.ts';
import type { PreparedSymbol } from '../prepare.ts';
import type { Artefact, Report, RowRange } from '../strategy.ts';
import { layerSizes } from './learn.ts';
import { agentFromPlain } from './model.ts';
import { sizesOf } from './network.ts';
import type { RlSettings } from '@ml-training/sdk';

/** What a training takes over from a champion: an agent is of use only with the scaler and unit it knows. */
export interface WarmStart {
  readonly parameters: Float32Array;
  readonly scaler: Scaler;
  readonly returnUnit: number;
}

/**
 * The champion as a beginning, or null where it doesn't fit, and in words why or why not. A champion that can't be read
 * is one that doesn't fit.
 */
export function warmStart(
  champion: Artefact | undefined,
  { bars, features, split }: Pick<PreparedSymbol, 'bars' | 'features' | 'split'>,
  settings: RlSettings,
): { readonly start: WarmStart | null; readonly lineage: Report['lineage'] } {
  const anew = (reason: string) => ({ start: null, lineage: { continued: false, reason } });
  if (champion === undefined) return anew('there is no model in use to go on from');
  const problem = continuationProblem(champion, {
    featureNames: features.names,
    window: features.firstRow + settings.window,
    horizon: settings.horizon,
    symbols: [{ bars, validation: ends(split.validation), holdout: split.holdout }],
  });
  if (problem !== null) return anew(problem);
  try {
    const { agent, returnUnit } = agentFromPlain(champion.model_state.rl, features.names, settings.window);
    const scaler = scalerFromPlain(champion.model_state.scaler, features.names);
    const [found, wanted] = [
      sizesOf(agent),
      layerSizes({ window: settings.window, featureCols: features.cols }, settings),
    ].map((sizes) => sizes.join('-'));
    if (found !== wanted)
      return anew(`the networks of the model in use are ${found}, the new ones ${wanted}`);
    return {
      start: { parameters: agent.parameters.slice(), scaler, returnUnit },
      lineage: { continued: true, reason: 'it goes on from the weights and scaler of the model in use' },
    };
  } catch (error) {
    if (!(error instanceof StrategyError)) throw error;
    return anew(`the model in use can't be read: ${error.message}`);
  }
}

/** The first and last row, which are all that tells how far a stretch without holes reaches. */
const ends = ({ from, to }: RowRange): readonly number[] => [from, to - 1];
