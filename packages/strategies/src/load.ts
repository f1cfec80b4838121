import { scaleFeatures } from './dataset.ts';
import type { AnyDefinition } from './definition.ts';
import { StrategyError } from './errors.ts';
import { predictionOf, scalerFromPlain } from './evaluation/index.ts';
import { explain } from './explain.ts';
import { sliceBars } from './features/index.ts';
import type { FeatureSet, FeatureTable } from './features/index.ts';
import { readStoredParams } from './params.ts';
import { positionsByRule } from './position-rule.ts';
import type { Account, Artefact, Bars, Predictor, RowRange } from './strategy.ts';

/** Bars that one prediction looks at, its own included. */
export const barsWindow = (features: FeatureSet, rows: number): number => features.window - 1 + rows;

/**
 * Makes a stored model ready to predict. Training judges what it made through this very function, so what
 * was judged is what the file holds.
 * @throws StrategyError INVALID_MODEL when the artefact is damaged or was trained on other features.
 */
export const loadModel = async (definition: AnyDefinition, artefact: Artefact): Promise<Predictor> =>
  withRule(await openModel(definition, artefact), artefact);

/** A model that is loaded, with the positions that the artefact's rule makes of its word. */
export function withRule(predictor: Predictor, artefact: Artefact): Predictor {
  const byRule = positionsByRule(artefact, predictor.label);
  return {
    ...predictor,
    predict: async (bars, range, account) =>
      byRule(await predictor.predict(bars, range, account), bars.symbol, account),
  };
}

/** With the positions that follow from its word alone. */
async function openModel(definition: AnyDefinition, artefact: Artefact): Promise<Predictor> {
  const { type } = definition;
  const stored = readStoredParams(definition.settings, artefact, type);
  const settings = definition.derive?.(stored) ?? stored;
  const features = definition.features(settings);
  const window = barsWindow(features, definition.window?.(settings) ?? 1);
  checkArtefact(artefact, features, window);
  const scaler = scalerFromPlain(artefact.model_state.scaler, features.names);
  const model = await definition.load(artefact.model_state[type], settings, features);
  const band = settings['band'] ?? 0;
  const label = definition.label(settings);
  const inputOf = (given: Bars, range: RowRange, account: Account | undefined) => {
    checkRange(given, range, window);
    const bars = withSteps(given, artefact.steps);
    // A row's features depend on its own window of bars alone, so those of a slice are those of the whole.
    const from = range.from - window + 1;
    const slice = sliceBars(bars, { from, to: range.to });
    const table = features.compute(slice);
    const rows = { from: range.from - from, to: range.to - from };
    refuseUnknown(slice, table, rows);
    return { table, input: { bars: slice, features: scaleFeatures(table, scaler), range: rows, account } };
  };
  return {
    label,
    ...(definition.needs === undefined ? {} : { needs: definition.needs }),
    predict: async (given, range, account) => {
      const { input } = inputOf(given, range, account);
      return predictionOf(model.predict(input), label, band);
    },
    explain: async (given, row, account) => {
      const { table, input } = inputOf(given, { from: row, to: row + 1 }, account);
      return explain(model, input, { table, label, band });
    },
    dispose: () => model.dispose?.(),
  };
}

/** The bars with how long one lasts, as it was in training. */
function withSteps(bars: Bars, steps: Artefact['steps']): Bars {
  if (steps === undefined) return bars;
  const step = steps[bars.symbol] ?? bars.step;
  return {
    ...bars,
    ...(step === undefined ? {} : { step }),
    ...(bars.inputs === undefined ? {} : { inputs: bars.inputs.map((input) => withSteps(input, steps)) }),
  };
}

/**
 * Where an input or a column begins late, some rows may be known all the same.
 * @throws StrategyError TOO_FEW_BARS naming the row and what to give more of
 */
function refuseUnknown(bars: Bars, table: FeatureTable, { from, to }: RowRange): void {
  const { names, cols, data, firstRow, inputs = [] } = table;
  for (let i = from * cols; i < Math.min(firstRow, to) * cols; i++) {
    if (Number.isFinite(data[i])) continue;
    const late = inputs.filter(({ before }) => before > 0).map(({ symbol }) => symbol);
    const columns = Object.keys(bars.columns ?? {});
    const missing =
      late.length > 0
        ? `give bars of ${late.join(', ')} from ${new Date(bars.time[0]!).toISOString()} on or from before it`
        : `look for missing values of ${columns.join(', ')} in the ${table.rows} bars up to then`;
    throw new StrategyError(
      'TOO_FEW_BARS',
      `${bars.symbol}: the feature ${names[i % cols]!} is not known at ` +
        `${new Date(bars.time[Math.floor(i / cols)]!).toISOString()}: ${missing}`,
    );
  }
}

function checkRange({ symbol, close }: Bars, { from, to }: RowRange, window: number): void {
  if (from < window - 1)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `row ${from} of ${symbol} needs the ${window} bars that lead up to it, but has ${from + 1}`,
    );
  if (from > to || to > close.length)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `rows ${from} to ${to - 1} of ${symbol} can't be predicted: of its ${close.length} bars the first ` +
        `${window - 1} serve as history only`,
    );
}

/**
 * Makes sure that a stored model takes what this version gives it: the same features, computed the same way.
 * @param window bars one of its predictions looks at in this version.
 * @throws StrategyError INVALID_MODEL when features, their order, their definitions or the window are others.
 */
function checkArtefact(
  { feature_names: names, features_hash: hash, window: stored }: Artefact,
  features: FeatureSet,
  window: number,
): void {
  const length = Math.max(names.length, features.names.length);
  const differs = Array.from({ length }, (_, i) => names[i] !== features.names[i]).indexOf(true);
  const same = differs === -1 && stored === window;
  if (same && hash === features.hash) return;
  if (same)
    throw new StrategyError(
      'INVALID_MODEL',
      `the model was trained on features of the same names that were computed otherwise ` +
        `(their sum is ${hash}, that of this version's is ${features.hash}); retrain it`,
    );
  const first =
    differs === -1
      ? ''
      : ` (feature ${differs + 1} was ${names[differs] ?? 'none'}, ` +
        `and is ${features.names[differs] ?? 'none'})`;
  throw new StrategyError(
    'INVALID_MODEL',
    `the model was trained on ${names.length} features over ${stored} bars that are not the ` +
      `${features.names.length} over ${window} of this version${first}; retrain it`,
  );
}
