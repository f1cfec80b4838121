// Why a model says what it says of one row: what each feature adds where that is a sum, else what changes when
// the feature is taken away.
import type { Model, ModelInput } from './definition.ts';
import { predictionOf } from './evaluation/index.ts';
import type { FeatureTable } from './features/index.ts';
import type { Explanation, LabelDefinition } from './strategy.ts';

/**
 * @param input of one row, scaled.
 * @param of.table the same features as computed of the bars.
 */
export function explain(
  model: Model,
  input: ModelInput,
  of: { readonly table: FeatureTable; readonly label: LabelDefinition; readonly band: number },
): Explanation {
  const { table, label, band } = of;
  const { names, cols } = table;
  const unit = units[label.task];
  const say = (asked: ModelInput): number => {
    const score = predictionOf(model.predict(asked), label, band).score[0]!;
    return unit === 'log_odds' ? logOdds(score) : score;
  };
  const total = say(input);
  const exact = model.contributions?.(input) ?? null;
  const without = (c: number): number => total - say({ ...input, features: atMean(input.features, c) });
  const features = names.map((name, c) => ({
    name,
    value: table.data[input.range.from * cols + c]!,
    contribution: exact === null ? without(c) : exact[c]!,
  }));
  return {
    kind: exact === null ? 'occlusion' : 'contributions',
    of: unit,
    total,
    base: exact === null ? null : exact[cols]!,
    features: features.sort((one, other) => Math.abs(other.contribution) - Math.abs(one.contribution)),
  };
}

const units = {
  binary: 'log_odds',
  multiclass: 'expected_position',
  regression: 'value',
  policy: 'preference',
} as const satisfies Readonly<Record<LabelDefinition['task'], Explanation['of']>>;

/** No probability is so sure that its log odds are no number. */
const logOdds = (p: number): number => {
  const inside = Math.min(1 - 1e-12, Math.max(1e-12, p));
  return Math.log(inside / (1 - inside));
};

/** The features with one of them at its mean over the training, which scaled is 0, at all times. */
function atMean(features: FeatureTable, column: number): FeatureTable {
  const data = features.data.slice();
  for (let t = features.firstRow; t < features.rows; t++) data[t * features.cols + column] = 0;
  return { ...features, data };
}
