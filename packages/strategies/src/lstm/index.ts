import { builtIn, type lstmSettings, type ParamsOf } from '@ml-training/sdk';
import type { Dataset } from '../dataset.ts';
import {
  championOf,
  checkpointOf,
  direction,
  pickedFeatures,
  type FitRun,
  type Fitted,
  type OwnParts,
  type StrategyDefinition,
} from '../definition.ts';
import { meanLoss } from '../losses.ts';
import { fitCalibrationOf } from '../calibration/index.ts';
import { defineStrategy } from '../pipeline.ts';
import { invalid } from '../plain.ts';
import { createRandom } from '../random.ts';
import type { FeatureTable } from '../features/index.ts';
import type { Labels, Plain, RowRange } from '../strategy.ts';
import { checkTarget, outputOf, outputsOf, targetOf } from '../target.ts';
import type { Target } from '../target.ts';
import { type Architecture, headOf, type Weights } from './architecture.ts';
import { scaledFeatures, rowsOf } from './dataset.ts';
import { fitModel } from './fit.ts';
import { fitLinearPart, logitsOf } from './linear-part.ts';
import { answersOf, foldCalibration, joinParts, lstmOf, shareOfLstm } from './parts.ts';
import { createScorer, predictRows, type Scorer } from './scorer.ts';
import { labelScaleFromPlain, labelScaleToPlain, modelFromPlain, modelToPlain } from './state.ts';
import { type LabelScale, roundToHalf, scoreChanges } from './state.ts';

type Settings = ParamsOf<typeof lstmSettings>;

/** What a training takes over of the model in use. */
interface Champion {
  readonly weights: Weights;
  /** In which its answers are; 0 and 1 but of a regression. */
  readonly labelScale: LabelScale;
}

/**
 * One LSTM a symbol, on the probability that the next `horizon` bars rise; `own` are the parts in which
 * another strategy of this learner differs, among them labels of several classes and of numbers.
 */
export const lstmDefinition = <Type extends string>(
  own: OwnParts<Type, typeof lstmSettings>,
): StrategyDefinition<Type, typeof lstmSettings, Champion> => ({
  ...builtIn('lstm'),
  features: pickedFeatures,
  label: direction,
  window: ({ window }) => window,
  // The network takes sequences of any length, and the first rows are needed where bars are few.
  learnsShortWindows: true,
  fit,

  async load(state, settings, { names }) {
    const { architecture, weights } = modelFromPlain(state, names.length);
    if (architecture.window !== settings.window)
      throw invalid(
        'model_state.lstm.architecture.window',
        `is not the ${settings.window} of the model's params`,
      );
    const target = headOf(architecture);
    checkTarget(target, (own.label ?? direction)(settings), 'model_state.lstm');
    const labelScale = labelScaleFromPlain(state, target);
    const scorer = createScorer(architecture);
    let comparing: Scorer | undefined;
    return {
      predict: ({ features, range, onlyCompared = false }) => {
        const asked = onlyCompared ? (comparing ??= createScorer(architecture, true)) : scorer;
        const said = asked.score(weights, tableOf(features), rowsOf(range));
        return outputOf(target, target.task === 'regression' ? inUnits(said, labelScale) : said);
      },
    };
  },

  warmStart({ state }, settings, { names }): Champion | { readonly unfit: string } {
    const stored = modelFromPlain(state, names.length);
    const target = headOf(stored.architecture);
    const [theirs, ours] = [
      stored.architecture,
      { ...architectureOf(settings, names.length, target), skip: true },
    ].map(describe);
    if (theirs !== ours) return { unfit: `the model in use has ${theirs}, the new one ${ours}` };
    return { weights: lstmOf(stored), labelScale: labelScaleFromPlain(state, target) };
  },
  ...own,
});

export const lstm = defineStrategy(lstmDefinition<'lstm'>({ type: 'lstm' }));

async function fit(
  data: Dataset,
  settings: Settings,
  { start, seed, context }: FitRun<Champion>,
): Promise<Fitted> {
  const target = targetOf(data);
  const outputs = outputsOf(target);
  const { features, split } = data.symbols[0]!; // A strategy of scope symbol has one.
  const { train, validation } = split;
  const table = tableOf(features);
  const architecture = architectureOf(settings, features.cols, target);
  const champion = championOf(start);
  const options = {
    epochs: settings.epochs,
    batchSize: settings.batch_size,
    learningRate: settings.learning_rate * (champion === null ? 1 : settings.warm_learning_rate_share),
    dropout: settings.dropout,
    patience: settings.patience,
    clipNorm: settings.clip_norm,
  };
  const { labelScale, labels } = standardisedLabels(data, champion);
  const linear = await fitLinearPart(target, data, labels, settings, context);
  const fitted = await fitModel(
    architecture,
    { table, labels, train, validation, offsets: linear.offsets },
    options,
    createRandom(seed),
    { ...context, resume: checkpointOf(start) },
    champion?.weights,
  );
  const whole = { ...architecture, skip: true };
  const validationRows = rowsOf(validation);
  const own = labels.subarray(validation.from, validation.to);
  const said = (of: Architecture, weights: Weights): Float64Array =>
    predictRows(of, weights, table, validationRows);
  // By models that have not seen these rows, where the linear part is concerned.
  const parts = {
    linear: linear.offsets.subarray(validation.from * outputs, validation.to * outputs),
    lstm: logitsOf(target, said(architecture, fitted.weights)),
  };
  const share = shareOfLstm(target, { ...parts, labels: own, l2: settings.residual_l2 });
  const joined = joinParts(whole, fitted.weights, share, linear);
  const calibration = await fitCalibrationOf(target, answersOf(target, { ...parts, share }), own, {
    priorRows: settings.calibration_prior_rows,
    classWeights: null,
  });
  const calibrated = foldCalibration(whole, joined, calibration);
  const { weights, details } = toPrecision(target, settings, calibrated, own, (w) => said(whole, w));
  const stateOf = (of: Weights, scale: LabelScale): { readonly [key: string]: Plain } => ({
    ...modelToPlain(whole, of, settings.weights),
    ...(target.task === 'regression' ? { label_scale: labelScaleToPlain(scale) } : {}),
  });
  return {
    state: stateOf(weights, labelScale),
    details: {
      best_epoch: fitted.bestEpoch,
      epochs: fitted.epochs,
      validation_loss: fitted.validationLoss,
      linear_validation_loss: meanLoss(target, answersOf(target, { ...parts, share: 0 }), own),
      lstm_share: share,
      calibration: { ...calibration },
      ...details,
    },
    refit: async (all, { context: ofRefit }) => {
      const other = all.symbols[0]!;
      const scaled = standardisedLabels(all, champion);
      const rest = await fitLinearPart(target, all, scaled.labels, settings, ofRefit, linear.member);
      const { train: rows } = other.split;
      const lstm =
        // What is left out of the answer needn't be fitted.
        share === 0
          ? fitted
          : await fitModel(
              architecture,
              {
                table: tableOf(other.features),
                labels: scaled.labels,
                train: rows,
                validation: null,
                offsets: rest.offsets,
              },
              { ...options, epochs: fitted.bestEpoch },
              createRandom(seed),
              ofRefit,
              champion?.weights,
            );
      const both = foldCalibration(whole, joinParts(whole, lstm.weights, share, rest), calibration);
      return stateOf(settings.weights === 'float32' ? both : roundToHalf(both), scaled.labelScale);
    },
  };
}

/** The labels in the unit in which the model learns: a regression's standardised by the train rows, or as before. */
function standardisedLabels(
  data: Dataset,
  champion: Champion | null,
): { readonly labelScale: LabelScale; readonly labels: Labels } {
  const target = targetOf(data);
  const { labels, split } = data.symbols[0]!;
  const labelScale = champion?.labelScale ?? labelScaleOf(target, labels, split.train);
  return { labelScale, labels: target.task === 'regression' ? standardised(labels, labelScale) : labels };
}

/** Mean and deviation of the training rows' labels; labels that are all alike are left at their size. */
function labelScaleOf(target: Target, labels: Labels, { from, to }: RowRange): LabelScale {
  if (target.task !== 'regression') return { mean: 0, scale: 1 };
  const rows = to - from;
  let mean = 0;
  for (let t = from; t < to; t++) mean += labels[t]! / rows;
  let variance = 0;
  for (let t = from; t < to; t++) variance += (labels[t]! - mean) ** 2 / rows;
  const scale = Math.sqrt(variance);
  return { mean, scale: scale > 1e-12 * Math.abs(mean) ? scale : 1 };
}

const standardised = (labels: Labels, { mean, scale }: LabelScale): Float64Array =>
  Float64Array.from(labels, (label) => (label - mean) / scale);

const inUnits = (said: Float64Array, { mean, scale }: LabelScale): Float64Array =>
  said.map((value) => mean + scale * value);

const tableOf = ({ data, cols, firstRow }: FeatureTable) => scaledFeatures(data, cols, firstRow);

const architectureOf = (
  { window, layers, units }: Settings,
  inputs: number,
  target: Target,
): Architecture => ({
  inputs,
  window,
  units: Array.from({ length: layers }, () => units),
  target,
});

const describe = ({ window, units, skip = false }: Architecture): string =>
  `a window of ${window}, layers of ${units.join(', ')} units and ${skip ? 'a' : 'no'} skip path`;

/** The weights as they are to be stored, and what storing them so costs on the validation rows. */
function toPrecision(
  target: Target,
  settings: Settings,
  weights: Weights,
  labels: Labels,
  score: (weights: Weights) => Float64Array,
): { readonly weights: Weights; readonly details: { readonly [name: string]: Plain } } {
  if (settings.weights === 'float32') return { weights, details: {} };
  const rounded = roundToHalf(weights);
  return {
    weights: rounded,
    details: { float16: scoreChanges(score(weights), score(rounded), labels, target) },
  };
}
