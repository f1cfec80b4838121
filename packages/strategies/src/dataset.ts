// What a training learns from and is judged on: features, labels and parts of every symbol; each symbol's
// parts are cleared of the others' in time. A strategy of one symbol has a data set of one.
import { stepOf, type LabelClass, type Task } from '@ml-training/sdk';
import { StrategyError } from './errors.ts';
import {
  applyScaler,
  fitScaler,
  fittedSpans,
  implausibleBars,
  implausibleInWords,
  judgedRows,
  rowSpan,
  splitBars,
} from './evaluation/index.ts';
import type { Scaler, Split } from './evaluation/index.ts';
import type { FeatureTable } from './features/index.ts';
import { length, purgeAcrossSymbols, type Purged } from './purge.ts';
import type { Bars, FittedSpan, LabelDefinition, Labels, Plain, Preparation } from './strategy.ts';

/**
 * One symbol's rows, by bar.
 * @typeParam Of class numbers, or values of a regression.
 */
export interface SymbolRows<Of extends Labels = Labels> {
  readonly bars: Bars;
  /** As computed, or scaled: see `Dataset`. */
  readonly features: FeatureTable;
  /** The last `horizon` bars have none. */
  readonly labels: Of;
  /** Furthest bar that a label looks at. */
  readonly horizon: number;
  /** The symbol's own parts. */
  readonly split: Split;
  /** What is left of them once the other symbols are heeded: of one symbol alone all. */
  readonly purged: Purged;
}

export interface Dataset<Of extends Labels = Labels> {
  readonly task: Task;
  /** Of a binary or multiclass task, in the order of the labels' numbers; else empty. */
  readonly classes: readonly LabelClass[];
  readonly symbols: readonly SymbolRows<Of>[];
  /** Symbols that nothing can be learnt from, and why. */
  readonly leftOut: { readonly [symbol: string]: string };
}

/** Rows of all symbols, one after the other. */
export interface LabelledRows<Of extends Labels = Labels> {
  /** Features, row-major. */
  readonly data: Float64Array;
  readonly rows: number;
  readonly cols: number;
  readonly labels: Of;
  /** When each row's bar began; rows of several symbols are not in its order. */
  readonly time?: Float64Array;
  /** What each row weighs; equal unless given. */
  readonly weights?: Float32Array;
}
/** Rows whose labels are class numbers. */
export type ClassRows = LabelledRows<Uint8Array>;

/** What a data set is made by. */
export interface DatasetOptions {
  readonly compute: (bars: Bars) => FeatureTable;
  readonly label: LabelDefinition;
  /** Rows of features that one prediction looks at, its own included. */
  readonly window: number;
  /** Whether the first rows are learnt from as well, whose window is not whole. */
  readonly shortWindows: boolean;
  readonly settings: Parameters<typeof splitBars>[2];
}

/** Fewer rows over all symbols teach nothing, and fewer of one symbol's holdout say nothing. */
const minRows = { train: 20, validation: 5, holdout: 5 };

/**
 * Features, labels and parts of every symbol, unscaled.
 * @throws StrategyError TOO_FEW_BARS or INVALID_BARS when no symbol can be learnt from.
 */
export function buildDataset(allBars: readonly Bars[], options: DatasetOptions): Dataset {
  const { horizon } = options.settings;
  const { task, classes } = options.label;
  const { symbols: split, leftOut } = splitSymbols(allBars, options);
  const purged = purgeAcrossSymbols(split.map((symbol) => ({ ...symbol, time: symbol.bars.time, horizon })));
  const symbols = split.map((symbol, s) => {
    const labels = options.label.of(symbol.bars);
    options.label.check?.(symbol.bars, labels);
    return { ...symbol, labels, horizon, purged: purged[s]! };
  });
  const rows = (part: 'train' | 'validation'): number =>
    symbols.reduce((sum, symbol) => sum + symbol.purged[part].length, 0);
  if (rows('train') < minRows.train || rows('validation') < minRows.validation)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `keeping the symbols' parts apart in time left ${rows('train')} training and ${rows('validation')} ` +
        `validation rows of all symbols, but ${minRows.train} and ${minRows.validation} are needed; ` +
        'give bars of symbols that cover the same time',
    );
  return { task, classes, symbols, leftOut };
}

/** Mean and deviation of the train rows alone. */
export function scalerOf(unscaled: Dataset): Scaler {
  const { data, cols, rows } = pooledRows(unscaled, 'train');
  return fitScaler(data, cols, { from: 0, to: rows });
}

export const scaleDataset = ({ symbols, ...others }: Dataset, scaler: Scaler): Dataset => ({
  ...others,
  symbols: symbols.map((symbol) => ({ ...symbol, features: scaleFeatures(symbol.features, scaler) })),
});

export const scaleFeatures = (features: FeatureTable, scaler: Scaler): FeatureTable => ({
  ...features,
  data: applyScaler(scaler, features.data),
});

/** Rows of all symbols in one matrix, and of each where it comes from. */
export interface PooledRows<Of extends Labels = Labels> extends LabelledRows<Of> {
  readonly time: Float64Array;
  /** When the last bar ends that each row's label looks at. */
  readonly labelEnd: Float64Array;
  /** Number of each row's symbol in the data set. */
  readonly symbolIndex: Uint32Array;
  /** Number of each row's bar among its symbol's. */
  readonly bar: Uint32Array;
}

/** The rows of a part of all symbols in one matrix; development: train and validation rows. */
export function pooledRows<Of extends Labels>(
  { symbols }: Pick<Dataset<Of>, 'symbols'>,
  part: 'train' | 'validation' | 'development',
): PooledRows<Of> {
  const { cols } = symbols[0]!.features;
  const rowsOf = ({ train, validation }: Purged): readonly number[] =>
    part === 'development' ? [...train, ...validation] : part === 'train' ? train : validation;
  const rows = symbols.reduce((sum, { purged }) => sum + rowsOf(purged).length, 0);
  const data = new Float64Array(rows * cols);
  // Of the same kind as those of the symbols.
  const labels = (
    symbols[0]!.labels instanceof Float64Array ? new Float64Array(rows) : new Uint8Array(rows)
  ) as Of;
  const time = new Float64Array(rows);
  const labelEnd = new Float64Array(rows);
  const symbolIndex = new Uint32Array(rows);
  const bar = new Uint32Array(rows);
  let r = 0;
  symbols.forEach(({ bars, features, labels: ofSymbol, purged, horizon }, s) => {
    for (const t of rowsOf(purged)) {
      data.set(features.data.subarray(t * cols, (t + 1) * cols), r * cols);
      time[r] = bars.time[t]!;
      labelEnd[r] = rowSpan(bars.time, horizon, t).end;
      symbolIndex[r] = s;
      bar[r] = t;
      labels[r++] = ofSymbol[t]!;
    }
  });
  return { data, rows, cols, labels, time, labelEnd, symbolIndex, bar };
}

/** Some rows of a matrix, in the order asked for. */
export function takeRows(of: LabelledRows, some: Uint32Array): LabelledRows {
  const { data, cols, labels, time, weights } = of;
  const taken = new Float64Array(some.length * cols);
  some.forEach((row, i) => taken.set(data.subarray(row * cols, (row + 1) * cols), i * cols));
  return {
    data: taken,
    rows: some.length,
    cols,
    labels:
      labels instanceof Float64Array
        ? Float64Array.from(some, (row) => labels[row]!)
        : Uint8Array.from(some, (row) => labels[row]!),
    ...(time === undefined ? {} : { time: Float64Array.from(some, (row) => time[row]!) }),
    ...(weights === undefined ? {} : { weights: Float32Array.from(some, (row) => weights[row]!) }),
  };
}

/** When the rows lie that are fitted and chosen on. */
export const spansOf = ({ symbols }: Dataset, horizon: number): FittedSpan[] =>
  symbols.flatMap(({ bars, purged }) => fittedSpans(bars, horizon, purged));

/** The same as every strategy shows it to whoever checks on it. */
export const preparationOf = (unscaled: Dataset, label: LabelDefinition): Preparation => ({
  horizon: label.label.horizon,
  label,
  scaler: scalerOf(unscaled),
  symbols: unscaled.symbols.map((symbol) => {
    const { data, labels } = pooledRows({ symbols: [symbol] }, 'train');
    const { train, validation, holdout } = symbol.purged;
    return {
      symbol: symbol.bars.symbol,
      train: { rows: train, features: data, labels },
      validation: { rows: validation },
      holdout,
    };
  }),
});

/**
 * How many rows each part has, how many were given up to keep symbols apart, and which symbols were left
 * out.
 */
export function describeDataset({ symbols, leftOut }: Dataset): { readonly [name: string]: Plain } {
  const describe = ({ split, purged }: SymbolRows): Plain => ({
    train_rows: purged.train.length,
    validation_rows: purged.validation.length,
    holdout_rows: length(purged.holdout),
    purged_train_rows: length(split.train) - purged.train.length,
    purged_validation_rows: length(split.validation) - purged.validation.length,
    purged_holdout_rows: length(split.holdout) - length(purged.holdout),
  });
  return {
    rows: Object.fromEntries(symbols.map((symbol) => [symbol.bars.symbol, describe(symbol)])),
    left_out: leftOut,
  };
}

/** How inputs cover each symbol's bars; nothing where there are none. */
export function describeInputs({ symbols }: Dataset): { readonly [name: string]: Plain } {
  const described = symbols.flatMap(({ bars, features }) => {
    if (features.inputs === undefined) return [];
    const inputs = features.inputs.map(({ symbol, before, carried, longest }): [string, Plain] => [
      symbol,
      { rows_before_first_bar: before, rows_carried_forward: carried, longest_hours: longest / 3_600_000 },
    ]);
    return [[bars.symbol, Object.fromEntries(inputs)] as const];
  });
  return described.length === 0 ? {} : { inputs: Object.fromEntries(described) };
}

/**
 * Bars whose move no market makes, of all that were given, and how many rows of the holdout can't be judged
 * for it; nothing where there are none.
 */
export function describeImplausible(
  { symbols }: Dataset,
  horizon: number,
): { readonly [name: string]: Plain } {
  const described = symbols.flatMap(({ bars, purged: { holdout } }) => {
    const found = implausibleBars(bars);
    if (found.length === 0) return [];
    const facts = {
      count: found.length,
      newest: found.slice(-maxListed).map(({ bar, move }) => ({
        time: new Date(bars.time[bar]!).toISOString(),
        move,
      })),
      holdout_rows_left_out: length(holdout) - judgedRows(bars, holdout, horizon).length,
    };
    return [[bars.symbol, facts] as const];
  });
  return described.length === 0 ? {} : { implausible_bars: Object.fromEntries(described) };
}

const maxListed = 20;

/** How long bars last, of each symbol and of what they were given as inputs. */
export const stepsOf = ({ symbols }: Dataset): { readonly [symbol: string]: number } =>
  Object.fromEntries(
    symbols
      .flatMap(({ bars }) => [...(bars.inputs ?? []), bars])
      .map((bars): [string, number] => [bars.symbol, stepOf(bars)]),
  );

/**
 * Features and split of every symbol that can be learnt from; one with too few or impossible bars is left
 * out, with the reason, rather than keep all others from a new model.
 * @throws StrategyError when none is left: the symbol's own when there is but one.
 */
function splitSymbols(
  allBars: readonly Bars[],
  { compute, label, window, shortWindows, settings }: DatasetOptions,
): {
  symbols: Omit<SymbolRows, 'labels' | 'horizon' | 'purged'>[];
  leftOut: { readonly [symbol: string]: string };
} {
  const symbols: Omit<SymbolRows, 'labels' | 'horizon' | 'purged'>[] = [];
  const leftOut: [symbol: string, reason: StrategyError][] = [];
  for (const bars of allBars) {
    try {
      const features = compute(bars);
      const firstWhole = features.firstRow + window - 1;
      const first = Math.max(label.firstRow, shortWindows ? features.firstRow : firstWhole);
      const split = splitBars(bars, first, settings);
      if (split.holdout.from < firstWhole)
        throw new StrategyError(
          'TOO_FEW_BARS',
          `${bars.symbol}: with a window of ${window} the first ${firstWhole} bars serve as history only, ` +
            `but the holdout begins after ${split.holdout.from} of the ${features.rows} bars; ` +
            'give more bars or set a smaller window',
        );
      if (judgedRows(bars, split.holdout, settings.horizon).length < minRows.holdout)
        throw new StrategyError(
          'INVALID_BARS',
          `no more than ${minRows.holdout - 1} of ${length(split.holdout)} holdout rows can be judged. ` +
            implausibleInWords(bars)!,
        );
      symbols.push({ bars, features, split });
    } catch (error) {
      // A symbol's bars may be too few or wrong; a strategy that is wrong is so for all of them.
      const ofBars = error instanceof StrategyError && ['TOO_FEW_BARS', 'INVALID_BARS'].includes(error.code);
      if (!ofBars) throw error;
      leftOut.push([bars.symbol, error]);
    }
  }
  const [first, ...others] = leftOut;
  if (symbols.length === 0 && first !== undefined)
    throw others.length === 0
      ? first[1]
      : new StrategyError(
          first[1].code,
          `none of ${leftOut.length} symbols can be learnt from: ` +
            leftOut.map(([, { message }]) => message).join('; '),
        );
  return { symbols, leftOut: Object.fromEntries(leftOut.map(([symbol, { message }]) => [symbol, message])) };
}
