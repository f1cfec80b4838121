import { loadTensorFlow } from '@ml-training/native';
import { builtIn, type lstmSettings, type ParamsOf } from '@ml-training/sdk';
import { binaryDataset, type Dataset, type SymbolRows } from '../dataset.ts';
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
import { defineStrategy } from '../pipeline.ts';
import { invalid } from '../plain.ts';
import { createRandom } from '../random.ts';
import type { FeatureTable } from '../features/index.ts';
import type { Plain } from '../strategy.ts';
import type { Architecture, Weights } from './architecture.ts';
import { scaledFeatures, rowsOf } from './dataset.ts';
import { fitModel } from './fit.ts';
import { createScorer, predictRows } from './network.ts';
import { modelFromPlain, modelToPlain, roundToHalf, scoreChanges } from './state.ts';

type Settings = ParamsOf<typeof lstmSettings>;

/** What a training takes over of the model in use. */
interface Champion {
  readonly weights: Weights;
}

/**
 * One LSTM a symbol, on the probability that the next `horizon` bars rise; `own` are the parts in which
 * another strategy of this learner differs.
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
    const tf = await loadTensorFlow({ threads: 1 });
    const scorer = createScorer(tf, architecture);
    return {
      predict: ({ features, range }) => ({
        score: scorer.score(weights, tableOf(features), rowsOf(range)),
      }),
      dispose: () => scorer.dispose(),
    };
  },

  warmStart({ state }, settings, { names }): Champion | { readonly unfit: string } {
    const stored = modelFromPlain(state, names.length);
    const [theirs, ours] = [stored.architecture, architectureOf(settings, names.length)].map(describe);
    if (theirs !== ours) return { unfit: `the model in use has ${theirs}, the new one ${ours}` };
    return { weights: stored.weights };
  },
  ...own,
});

export const lstm = defineStrategy(lstmDefinition<'lstm'>({ type: 'lstm' }));

async function fit(
  data: Dataset,
  settings: Settings,
  { start, seed, threads, context }: FitRun<Champion>,
): Promise<Fitted> {
  const [symbol] = binaryDataset(data, 'lstm').symbols;
  const { features, labels, split } = symbol!; // A strategy of scope symbol has one.
  const { train, validation } = split;
  const table = tableOf(features);
  const architecture = architectureOf(settings, features.cols);
  const champion = championOf(start);
  const share = champion === null ? 1 : settings.warm_learning_rate_share;
  const tf = await loadTensorFlow({ threads });
  const fitted = await fitModel(
    tf,
    architecture,
    { table, labels, train, validation },
    {
      epochs: settings.epochs,
      batchSize: settings.batch_size,
      learningRate: settings.learning_rate * share,
      dropout: settings.dropout,
      patience: settings.patience,
      clipNorm: settings.clip_norm,
    },
    createRandom(seed),
    { ...context, resume: checkpointOf(start) },
    champion?.weights,
  );
  const score = (weights: Weights, rows: Int32Array) => predictRows(tf, architecture, weights, table, rows);
  const { weights, details } = toPrecision(settings, fitted.weights, symbol!, score);
  return {
    state: modelToPlain(architecture, weights, settings.weights),
    details: {
      best_epoch: fitted.bestEpoch,
      epochs: fitted.epochs,
      validation_loss: fitted.validationLoss,
      ...details,
    },
  };
}

const tableOf = ({ data, cols, firstRow }: FeatureTable) => scaledFeatures(data, cols, firstRow);

const architectureOf = ({ window, layers, units }: Settings, inputs: number): Architecture => ({
  inputs,
  window,
  units: Array.from({ length: layers }, () => units),
});

const describe = ({ window, units }: Architecture): string =>
  `a window of ${window} and layers of ${units.join(', ')} units`;

/** The weights as they are to be stored, and what storing them so costs on the validation rows. */
function toPrecision(
  settings: Settings,
  weights: Weights,
  { split: { validation }, labels }: SymbolRows<Uint8Array>,
  score: (weights: Weights, rows: Int32Array) => Float64Array,
): { readonly weights: Weights; readonly details: { readonly [name: string]: Plain } } {
  if (settings.weights === 'float32') return { weights, details: {} };
  const rounded = roundToHalf(weights);
  const rows = rowsOf(validation);
  const own = labels.subarray(validation.from, validation.to);
  return {
    weights: rounded,
    details: { float16: scoreChanges(score(weights, rows), score(rounded, rows), own) },
  };
}
