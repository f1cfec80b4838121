import { StrategyError } from '../errors.ts';
import { continuationProblem, scalerFromPlain } from '../evaluation/index.ts';
import type { Scaler } from '../evaluation/index.ts';
import { featureNames, featureWindow } from '../features/index.ts';
import { readStoredParams } from '../params.ts';
import type { Artefact, FittedSpan, Plain } from '../strategy.ts';
import { invalid, recordOf } from '../plain.ts';
import type { SymbolRows } from './dataset.ts';
import { ensembleSettings as specs } from '@ml-training/sdk';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import { boostingName } from './trees.ts';
import { openTrees, readText } from './trees-text.ts';

/** What a training takes over from the model in use. */
export interface Former {
  /** The thresholds of its trees are in this scaler's units. */
  readonly scaler: Scaler;
  /** LightGBM's text of its boosted trees. */
  readonly text: string;
  readonly trees: number;
  readonly fittedSpans: readonly FittedSpan[];
}

/**
 * What there is to go on from, or in words why there is nothing.
 * @param symbols of the new training, with the rows that are left to each after purging.
 */
export function formerOf(
  champion: Artefact | undefined,
  symbols: readonly SymbolRows[],
  settings: Settings,
): { readonly former: Former } | { readonly former: null; readonly reason: string } {
  const anew = (why: string): { former: null; reason: string } => ({
    former: null,
    reason: `fitted anew: ${why}`,
  });
  if (champion === undefined) return anew('there is no model in use to go on from');
  const problem = continuationProblem(champion, {
    featureNames,
    window: featureWindow,
    horizon: settings.horizon,
    symbols: symbols.map(({ bars, purged: { validation, holdout } }) => ({ bars, validation, holdout })),
  });
  if (problem !== null) return anew(problem);
  const before = [...new Set(champion.fitted_spans.map(({ symbol }) => symbol))].sort();
  const learnt = symbols.filter(({ purged: { train, validation } }) => train.length + validation.length > 0);
  const now = learnt.map(({ bars }) => bars.symbol).sort();
  if (before.length !== now.length || before.some((symbol, i) => symbol !== now[i]))
    return anew(
      `the model in use learnt from ${before.join(', ')}, the new one learns from ${now.join(', ')}`,
    );
  try {
    const former = readFormer(champion);
    const { class_weight } = readStoredParams(specs, champion.params, 'ensemble');
    if (class_weight !== settings.class_weight)
      return anew(
        `the model in use was fitted with class_weight ${class_weight}, the new one is with ${settings.class_weight}`,
      );
    if (former.trees >= settings.max_boosted_trees)
      return anew(
        `the model in use has ${former.trees} boosted trees, and max_boosted_trees is ${settings.max_boosted_trees}`,
      );
    return { former };
  } catch (error) {
    if (error instanceof StrategyError) return anew(`the model in use can't be read (${error.message})`);
    throw error;
  }
}

/** @throws StrategyError INVALID_MODEL when it holds no trees that could be gone on from. */
function readFormer({ model_state, fitted_spans }: Artefact): Former {
  const scaler = scalerFromPlain(model_state.scaler, featureNames);
  const where = 'model_state.ensemble';
  const { members } = recordOf(model_state.ensemble, where);
  const list: readonly Plain[] = Array.isArray(members) ? members : [];
  const boosting = list
    .map((member) => recordOf(member, `${where}.members`))
    .find(({ name, kind }) => name === boostingName && kind === 'lightgbm');
  if (boosting === undefined) throw invalid(where, `has no member ${boostingName}`);
  const text = readText(boosting, `${where}.${boostingName}`);
  // Trees whose outputs are averaged, or lead to something else than log odds, can't be added to.
  if (!/^objective=binary sigmoid:1$/m.test(text) || /^average_output$/m.test(text))
    throw invalid(`${where}.${boostingName}`, 'holds trees that were not boosted toward log odds');
  using booster = openTrees(text, featureNames.length, `${where}.${boostingName}`);
  return { scaler, text, trees: booster.numIterations, fittedSpans: fitted_spans };
}
