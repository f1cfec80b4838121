import { builtIn, type rlSettings, type RlSettings } from '@ml-training/sdk';
import type { Dataset } from '../dataset.ts';
import { championOf, checkpointOf, directionOfPolicy, pickedFeatures } from '../definition.ts';
import type { FitRun, Fitted, OwnParts, StrategyDefinition, Unfit } from '../definition.ts';
import { StrategyError } from '../errors.ts';
import { defineStrategy } from '../pipeline.ts';
import { createRandom } from '../random.ts';
import type { Account } from '../strategy.ts';
import { agentFromPlain, agentToPlain } from './agent-state.ts';
import { createMarket, marketOptions, returnDeviation } from './environment.ts';
import { evaluatePolicy, selectAgent } from './evaluate-policy.ts';
import { sizesOf, type ActorCritic } from './network.ts';
import { layerSizes, learn, schedule } from './ppo.ts';
import { learnSeeds, seedName } from './seeds.ts';

/** What a training takes over of the model in use; the unit is that of the returns its agent has seen. */
interface Champion {
  readonly parameters: Float32Array;
  readonly returnUnit: number;
}

/**
 * Reinforcement learning: an agent that goes short, flat or long at each close of one symbol, trained by
 * proximal policy optimisation (Schulman et al. 2017) on returns after costs.
 */
export const rlDefinition = <Type extends string>(
  own: OwnParts<Type, typeof rlSettings>,
): StrategyDefinition<Type, typeof rlSettings, Champion> => ({
  ...builtIn('rl'),
  features: pickedFeatures,
  label: directionOfPolicy,
  window: ({ window }) => window,
  fit,

  load(state, settings, { names }) {
    const { agent, returnUnit } = agentFromPlain(state, names, settings.window);
    return {
      // Positions are the agent's own: what it does depends on the account, which its actions change.
      predict: ({ bars, features, range, account }) => {
        if (account !== undefined) checkAccount(account);
        const market = createMarket(bars, features, marketOptions(settings, bars.symbol, returnUnit));
        return evaluatePolicy(market, agent, range, account);
      },
    };
  },

  warmStart({ state }, settings, { names }): Champion | Unfit {
    const { agent, returnUnit } = agentFromPlain(state, names, settings.window);
    const sizes = layerSizes({ window: settings.window, featureCols: names.length }, settings);
    const [found, wanted] = [sizesOf(agent), sizes].map((of) => of.join('-'));
    if (found !== wanted)
      return { unfit: `the networks of the model in use are ${found}, the new ones ${wanted}` };
    return { parameters: agent.parameters.slice(), returnUnit };
  },
  ...own,
});

export const rl = defineStrategy(rlDefinition<'rl'>({ type: 'rl' }));

async function fit(
  { symbols: [symbol] }: Dataset,
  settings: RlSettings,
  { start, seed, context }: FitRun<Champion>,
): Promise<Fitted> {
  const champion = championOf(start);
  const { bars, features, split } = symbol!; // A strategy of scope symbol has one.
  const { market, returnUnit } = marketOf(symbol!, settings, champion);
  const finished = await learnSeeds(
    market,
    split,
    settings,
    createRandom(seed),
    { ...context, resume: checkpointOf(start) },
    champion?.parameters,
  );
  const sizes = layerSizes(market, settings);
  const selected = selectAgent({ bars, market, split, settings }, finished, sizes);
  const { steps, updates } = schedule(split.train, settings);
  const stateOf = (agent: ActorCritic, unit: number): Fitted['state'] => {
    const observed = { window: settings.window, featureNames: features.names, returnUnit: unit };
    return agentToPlain(agent, observed, settings.weights);
  };
  return {
    state: stateOf(selected.agent, returnUnit),
    details: { steps, updates, ...selected.details },
    holdoutDetails: selected.holdoutDetails,
    refit: async ({ symbols: [all] }, { context: ofRefit }) => {
      const whole = marketOf(all!, settings, champion);
      const random = createRandom(seed).fork(seedName(selected.chosen));
      const { agent } = await learn(
        whole.market,
        all!.split,
        settings,
        random,
        ofRefit,
        champion?.parameters,
        finished[selected.chosen]!.update,
      );
      return stateOf(agent, whole.returnUnit);
    },
  };
}

/** @returns the unit that the account's returns are in: the champion's, which its weights have learnt. */
function marketOf(
  { bars, features, split }: Dataset['symbols'][number],
  settings: RlSettings,
  champion: Champion | null,
) {
  const returnUnit = champion?.returnUnit ?? returnDeviation(bars.close, split.train);
  return {
    market: createMarket(bars, features, marketOptions(settings, bars.symbol, returnUnit)),
    returnUnit,
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
      `no account holds ${JSON.stringify({ position, openReturn, barsHeld, cash, drawdown })}: ` +
        'position is −1, 0 or 1, openReturn above −1, barsHeld not below 0, cash above 0, ' +
        'and drawdown from 0 to below 1',
    );
}
