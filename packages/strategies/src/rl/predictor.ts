import { StrategyError } from '../errors.ts';
import { scalerFromPlain } from '../evaluation/scaler.ts';
import { checkArtefact, computeFeatures, featureNames, featureWindow, sliceBars } from '../features/index.ts';
import { readStoredParams } from '../params.ts';
import type { Account, Artefact, Predictor } from '../strategy.ts';
import { createMarket, marketOptions } from './market.ts';
import { agentFromPlain } from './model.ts';
import { rlSettings } from '@ml-training/sdk';
import { walk } from './walk.ts';

/**
 * Makes a trained agent ready to predict; needs no native library.
 * @throws StrategyError INVALID_MODEL when the artefact was made for other features or observations, or isn't such an agent.
 */
export async function load(artefact: Artefact): Promise<Predictor> {
  const { model_state, params } = artefact;
  const settings = readStoredParams(rlSettings, params, 'rl');
  const { window } = settings;
  checkArtefact(artefact, featureWindow + window - 1);
  const { agent, returnUnit } = agentFromPlain(model_state.rl, featureNames, window);
  const scaler = scalerFromPlain(model_state.scaler, featureNames);
  return {
    predict: async (bars, range, account) => {
      if (account !== undefined) checkAccount(account);
      // Features know their own window only, so those of a slice are those of the whole.
      const from = range.from - artefact.window + 1;
      if (from < 0)
        throw new StrategyError(
          'TOO_FEW_BARS',
          `row ${range.from} of ${bars.symbol} needs the ${artefact.window} bars that lead up to it, but has ${range.from + 1}`,
        );
      const slice = sliceBars(bars, { from, to: range.to });
      const market = createMarket(slice, computeFeatures(slice), scaler, marketOptions(settings, returnUnit));
      return walk(market, agent, { from: range.from - from, to: range.to - from }, account);
    },
    dispose: () => undefined,
  };
}

/** @throws StrategyError INVALID_PARAMS when no account can hold that. */
function checkAccount(account: Account): void {
  const { position, openReturn = 0, barsHeld = 0, cash = 1, drawdown = 0 } = account;
  const possible =
    [-1, 0, 1].includes(position) &&
    openReturn > -1 &&
    openReturn < Infinity &&
    barsHeld >= 0 &&
    cash > 0 &&
    cash < Infinity &&
    drawdown >= 0 &&
    drawdown < 1;
  if (!possible)
    throw new StrategyError(
      'INVALID_PARAMS',
      `no account holds ${JSON.stringify({ position, openReturn, barsHeld, cash, drawdown })}: position is −1, 0 or 1, ` +
        'openReturn above −1, barsHeld not below 0, cash above 0, and drawdown from 0 to below 1',
    );
}
