import type { LabelClass } from '@ml-training/sdk';
import type { Dataset } from '../src/dataset.ts';
import { ensembleDefinition } from '../src/ensemble/index.ts';
import { lightgbmDefinition } from '../src/lightgbm/index.ts';
import { logisticDefinition } from '../src/logistic/index.ts';
import { lstmDefinition } from '../src/lstm/index.ts';
import type { AnyDefinition, Fitted, Model, Start } from '../src/definition.ts';
import { settingsOf } from '../src/definition.ts';
import { createRandom } from '../src/random.ts';
import type { LabelDefinition, Labels, Plain, RowRange, TrainContext } from '../src/strategy.ts';
import { walk } from './bars.ts';
import { recorder } from './context.ts';

export type PlantedTask = 'binary' | 'multiclass' | 'regression';

const names = ['first', 'second', 'third', 'fourth', 'fifth'];
const classes: readonly LabelClass[] = [
  { name: 'lower', position: -1 },
  { name: 'between', position: 0 },
  { name: 'upper', position: 1 },
];

/**
 * Rows whose label is a sum of two of five features and noise, of variance 1 and `noise`²: the sum's sign,
 * which of three sizes it has, or the sum itself in `unit`s about `centre`.
 */
export function planted(
  task: PlantedTask,
  options: {
    readonly noise?: number;
    readonly seed?: number;
    readonly unit?: number;
    readonly centre?: number;
    readonly labelOf?: (sum: number, t: number) => number;
  } = {},
): Dataset {
  const { noise = 0.7, seed = 1, unit = 0.001, centre = 0.0005 } = options;
  const rows = 900;
  const random = createRandom(seed).fork('planted');
  const data = Float64Array.from({ length: rows * names.length }, () => random.normal());
  const labelOf =
    options.labelOf ??
    {
      binary: (sum: number) => Number(sum > 0),
      multiclass: (sum: number) => (sum < -0.6 ? 0 : sum > 0.6 ? 2 : 1),
      regression: (sum: number) => centre + unit * sum,
    }[task];
  const of = (_: unknown, t: number): number =>
    labelOf(0.8 * data[t * names.length]! - 0.6 * data[t * names.length + 1]! + noise * random.normal(), t);
  const labels: Labels =
    task === 'regression' ? Float64Array.from({ length: rows }, of) : Uint8Array.from({ length: rows }, of);
  const split = {
    train: { from: 40, to: 600 },
    validation: { from: 610, to: 750 },
    holdout: { from: 760, to: rows },
  };
  const all = ({ from, to }: RowRange): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  const features = { names, rows, cols: names.length, data, firstRow: 0 };
  const purged = { train: all(split.train), validation: all(split.validation), holdout: split.holdout };
  return {
    task,
    classes: classesOf(task),
    symbols: [{ bars: walk({ rows, seed }), features, labels, horizon: 1, split, purged }],
    leftOut: {},
  };
}

const learners = {
  ensemble: ensembleDefinition<string>,
  lightgbm: lightgbmDefinition<string>,
  logistic: logisticDefinition<string>,
  lstm: lstmDefinition<string>,
};
export type PlantedLearner = keyof typeof learners;
export const plantedLearners = Object.keys(learners) as PlantedLearner[]; // Its own keys.

/** A learner's definition for such rows, as the pipeline sees it. */
export const learnerOf = (learner: PlantedLearner, task: PlantedTask): AnyDefinition =>
  learners[learner]({ type: 'mine', label: () => labelOf(task) });

const labelOf = (task: PlantedTask): LabelDefinition => ({
  task,
  classes: classesOf(task),
  label: { kind: task === 'regression' ? 'regression' : 'classes', horizon: 1 },
  firstRow: 0,
  of: () => planted(task).symbols[0]!.labels,
});

const classesOf = (task: PlantedTask): readonly LabelClass[] =>
  task === 'regression' ? [] : task === 'binary' ? [classes[0]!, classes[2]!] : classes;

export const plantedHoldout = { from: 760, to: 900 };

/** Labels of the rows that nothing was fitted or chosen on. */
export const holdoutLabels = ({ symbols }: Dataset): number[] => [
  ...symbols[0]!.labels.subarray(plantedHoldout.from, plantedHoldout.to),
];

type ModelOutput = ReturnType<Model['predict']>;

interface FitOptions {
  readonly params?: { readonly [name: string]: Plain };
  readonly seed?: number;
  readonly start?: Start<object>;
  readonly context?: Omit<TrainContext, 'resume'>;
}

/** Fits a definition as the pipeline does. */
export const fitPlanted = (
  definition: AnyDefinition,
  data: Dataset,
  { params = {}, seed = 1, start = { from: 'scratch' }, context = recorder().context }: FitOptions = {},
): Promise<Fitted> =>
  definition.fit(data, settingsOf(definition, params), { start, seed, threads: 1, context });

/** What a state says of the holdout, loaded as from a file. */
export async function answers(
  definition: AnyDefinition,
  data: Dataset,
  state: Plain,
  { params = {}, range = plantedHoldout }: { params?: FitOptions['params']; range?: RowRange } = {},
): Promise<ModelOutput> {
  const model: Model = await definition.load(structuredClone(state), settingsOf(definition, params), {
    names,
    window: 1,
    hash: '',
    compute: () => data.symbols[0]!.features,
  });
  try {
    const { bars, features } = data.symbols[0]!;
    return model.predict({ bars, features, range });
  } finally {
    model.dispose?.();
  }
}

/** One a row, as a regression or two classes are answered. */
export function scoresOf(output: ModelOutput): number[] {
  if (!('score' in output)) throw new Error('no score, but probabilities');
  return [...output.score];
}

/** The likeliest class of each row of three. */
export function likeliestOf(output: ModelOutput): number[] {
  if (!('probabilities' in output)) throw new Error('no probabilities, but a score');
  const { probabilities } = output;
  return Array.from({ length: probabilities.length / 3 }, (_, r) => {
    const row = [...probabilities.subarray(3 * r, 3 * r + 3)];
    return row.indexOf(Math.max(...row));
  });
}

/** Pearson's correlation of ranks (Spearman), by its definition. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]): number[] => {
    const sorted = values.toSorted((x, y) => x - y);
    return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
  };
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const sum = (of: (i: number) => number): number => x.reduce((all, _, i) => all + of(i), 0);
  return (
    sum((i) => (x[i]! - mx) * (y[i]! - my)) /
    Math.sqrt(sum((i) => (x[i]! - mx) ** 2) * sum((i) => (y[i]! - my) ** 2))
  );
}
