import { builtIn, type ensembleSettings, type EnsembleSettings } from '@ml-training/sdk';
import { pooledRows, type Dataset } from '../dataset.ts';
import { championOf, checkpointOf, direction, pickedFeatures } from '../definition.ts';
import type { FitRun, Fitted, ModelInput, OwnParts, StrategyDefinition } from '../definition.ts';
import { inLabelUnit, labelScalesOf, labelScalesToPlain, withLabelScales } from '../label-scales.ts';
import { developmentFolds } from '../folds.ts';
import { defineStrategy } from '../pipeline.ts';
import { fitEnsemble } from './fit.ts';
import { outputOf, targetOf } from '../target.ts';
import { memberScores } from './report.ts';
import { openEnsemble } from './stacking.ts';
import { boostedTrees, describeWarmStart, withWarmStartRounds, type Champion } from './warm-start.ts';

/**
 * One global model over all symbols: boosted trees, two forests and a linear model, whose log odds are
 * pooled.
 */
export const ensembleDefinition = <Type extends string>(
  own: OwnParts<Type, typeof ensembleSettings>,
): StrategyDefinition<Type, typeof ensembleSettings, Champion> => ({
  ...builtIn('ensemble'),
  features: pickedFeatures,
  label: direction,
  fit,

  load(state, settings, { names }) {
    const members = openEnsemble(state, names.length, (own.label ?? direction)(settings));
    const matrixOf = ({ bars, features: { data, cols }, range: { from, to } }: ModelInput) => ({
      data: data.subarray(from * cols, to * cols),
      rows: to - from,
      cols,
      symbol: bars.symbol,
    });
    return {
      predict(input) {
        const said = members.predict(matrixOf(input));
        return outputOf(members.target, inLabelUnit(said, input.bars.symbol, members.labelScales));
      },
      contributions(input) {
        const found = members.contributions(matrixOf(input));
        return found === null ? null : inLabelUnit(found, input.bars.symbol, members.labelScales);
      },
      dispose: () => members.dispose(),
    };
  },

  warmStart: (champion, settings, { names }) => boostedTrees(champion, settings, names.length),
  ...own,
});

export const ensemble = defineStrategy(ensembleDefinition<'ensemble'>({ type: 'ensemble' }));

async function fit(
  given: Dataset,
  settings: EnsembleSettings,
  { start, seed, threads, context }: FitRun<Champion>,
): Promise<Fitted> {
  const champion = championOf(start);
  const target = targetOf(given);
  const scales = champion?.labelScales ?? labelScalesOf(given);
  const data = withLabelScales(given, scales);
  const rows = pooledRows(data, 'development');
  // A champion has seen most of them; the validation rows it has seen least of.
  const count = champion === null ? settings.cv_folds : 1;
  const folds = developmentFolds(data, rows, { count, embargoShare: settings.embargo_share });
  const fitted = await fitEnsemble(
    { rows, folds },
    {
      target,
      featureNames: data.symbols[0]!.features.names,
      symbols: data.symbols.map(({ bars }) => bars.symbol),
      settings: champion === null ? settings : withWarmStartRounds(settings, champion),
      seed,
      threads,
      context: { ...context, resume: checkpointOf(start) },
      ...(champion === null ? {} : { champion }),
    },
  );
  return {
    state: { ...fitted.state, ...labelScalesToPlain(scales) },
    details: fitted.details,
    ...(champion === null
      ? {}
      : {
          warmStart:
            `${describeWarmStart(champion, fitted.members[0]!.rounds)}; ` +
            'the other members are fitted from scratch',
        }),
    holdoutDetails: () => ({ holdout_of_members: memberScores(target, fitted.members, data.symbols) }),
    refit: async (all, { context: ofRefit }) => {
      const ownScales = champion?.labelScales ?? labelScalesOf(all);
      const allRows = pooledRows(withLabelScales(all, ownScales), 'train');
      return { ...(await fitted.refit(allRows, ofRefit)), ...labelScalesToPlain(ownScales) };
    },
  };
}
