import { scalerFromPlain } from '../evaluation/scaler.ts';
import { StrategyError } from '../errors.ts';
import { checkArtefact, computeFeatures, featureNames, featureWindow } from '../features/index.ts';
import type { Strategy } from '../strategy.ts';
import { createMarket } from './market.ts';
import { agentFromPlain } from './model.ts';
import { prepare, train } from './train.ts';
import { walk } from './walk.ts';

/**
 * Reinforcement learning: an agent that goes short, flat or long at each close of one symbol, trained by proximal policy
 * optimisation (Schulman et al. 2017) on returns after costs.
 */
export const rl: Strategy = {
  type: 'rl',
  scope: 'symbol',
  gate: 'net_return',
  prepare,
  train,
  load: async (artefact) => {
    checkArtefact(artefact, featureWindow);
    const { modelState } = artefact;
    const { agent, returnUnit } = agentFromPlain(modelState.rl, featureNames);
    const scaler = scalerFromPlain(modelState.scaler, featureNames);
    return {
      predict: async (bars, range) => {
        const features = computeFeatures(bars);
        if (range.from < features.firstRow)
          throw new StrategyError(
            'TOO_FEW_BARS',
            `rl needs ${features.firstRow} bars before the first row to predict, but ${bars.symbol} has ${range.from}`,
          );
        // Costs shape what is learned, not what a trained agent sees or does.
        return walk(createMarket(bars, features, scaler, { returnUnit, costBps: 0 }), agent, range);
      },
      dispose: () => undefined,
    };
  },
};
