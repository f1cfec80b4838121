// The state of a learner that is one of the ensemble's members alone: the model, its task, and what rows
// weighed by their class.
import { rowWeights, unweighted } from './class-weights.ts';
import type { ClassWeights } from './class-weights.ts';
import type { LabelledRows } from './dataset.ts';
import type { Model, ModelInput } from './definition.ts';
import { openMember } from './ensemble/members.ts';
import type { Matrix, StoredMember } from './ensemble/members.ts';
import { inLabelUnit, labelScalesFromPlain, labelScalesToPlain } from './label-scales.ts';
import type { LabelScales } from './label-scales.ts';
import { invalid, recordOf } from './plain.ts';
import type { LabelDefinition, Plain } from './strategy.ts';
import { checkTarget, outputOf, outputsOf, targetFromPlain, targetToPlain } from './target.ts';
import type { Target } from './target.ts';

export const weighted = <Of extends LabelledRows>(rows: Of, weights: ClassWeights | null): Of =>
  weights === null ? rows : { ...rows, weights: rowWeights(rows.labels, weights) };

export const singleState = (
  target: Target,
  model: StoredMember,
  weights: ClassWeights | null,
  scales: LabelScales | null,
): { readonly [key: string]: Plain } => ({
  ...targetToPlain(target),
  ...labelScalesToPlain(scales),
  model,
  ...(weights === null ? {} : { class_weights: weights }),
});

/**
 * @param label the strategy's.
 * @throws StrategyError INVALID_MODEL
 */
export function openSingle(
  stored: Plain | undefined,
  cols: number,
  label: LabelDefinition,
  where: string,
): Model {
  const state = recordOf(stored, where);
  const target = targetFromPlain(state.target, where);
  checkTarget(target, label, where);
  const weights = state.class_weights === undefined ? null : weightsOf(state.class_weights, target, where);
  const scales = labelScalesFromPlain(state.label_scales, where);
  const member = openMember(state.model, cols, `${where}.model`, target);
  const matrixOf = ({ features: { data }, range: { from, to } }: ModelInput): Matrix => ({
    data: data.subarray(from * cols, to * cols),
    rows: to - from,
    cols,
  });
  return {
    predict(input) {
      const said = member.predict(matrixOf(input));
      if (weights !== null) return outputOf(target, unweighted(said, weights, target));
      return outputOf(target, inLabelUnit(said, input.bars.symbol, scales));
    },
    contributions(input) {
      const found = member.contributions?.(matrixOf(input));
      if (found === undefined) return null;
      // As `unweighted` does, in log odds.
      if (weights !== null) found[cols]! += Math.log(weights[0]! / weights[1]!);
      return inLabelUnit(found, input.bars.symbol, scales);
    },
    dispose: () => member.dispose(),
  };
}

function weightsOf(stored: Plain, target: Target, where: string): ClassWeights {
  const listed: readonly Plain[] = Array.isArray(stored) ? stored : [];
  const weights = listed.filter((w) => typeof w === 'number').filter((w) => w > 0 && w < Infinity);
  const classes = Math.max(2, outputsOf(target));
  if (target.task !== 'regression' && listed.length === classes && weights.length === classes) return weights;
  throw invalid(`${where}.class_weights`, 'is no list of a number above 0 for each class');
}
