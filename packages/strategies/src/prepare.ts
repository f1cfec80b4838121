import { StrategyError } from './errors.ts';
import { fittedSpans } from './evaluation/fitted-spans.ts';
import { fitScaler } from './evaluation/scaler.ts';
import type { Scaler } from './evaluation/scaler.ts';
import { directionLabels } from './evaluation/labels.ts';
import { splitBars } from './evaluation/split.ts';
import type { Split } from './evaluation/split.ts';
import { computeFeatures } from './features/index.ts';
import type { FeatureTable } from './features/index.ts';
import type { Bars, FittedSpan, Preparation, RowRange, StrategyType } from './strategy.ts';

/** One symbol ready to be trained on: what a strategy of scope `symbol` starts from. */
export interface PreparedSymbol {
  readonly bars: Bars;
  readonly features: FeatureTable;
  readonly split: Split;
  /** Fitted on the train rows. */
  readonly scaler: Scaler;
  /** By bar; the last `horizon` bars have none. */
  readonly labels: Uint8Array;
  readonly fittedSpans: readonly FittedSpan[];
}

/**
 * @param history rows of features that must lead up to each row of the parts.
 * @throws StrategyError TOO_FEW_BARS or INVALID_BARS naming the symbol.
 */
export function prepareSymbol(
  bars: Bars,
  settings: Parameters<typeof splitBars>[2],
  history = 0,
): PreparedSymbol {
  const features = computeFeatures(bars);
  const split = splitBars(bars, features.firstRow + history, settings);
  const scaler = fitScaler(features.data, features.cols, split.train);
  const { horizon } = settings;
  const parts = { train: rowsOf(split.train), validation: rowsOf(split.validation) };
  return {
    bars,
    features,
    split,
    scaler,
    labels: directionLabels(bars.close, horizon),
    fittedSpans: fittedSpans(bars, horizon, parts),
  };
}

/** The same as every strategy shows it to whoever checks on it. */
export function preparationOf({ bars, features, split, scaler, labels }: PreparedSymbol): Preparation {
  const { train, validation, holdout } = split;
  return {
    scaler,
    symbols: [
      {
        symbol: bars.symbol,
        train: {
          rows: rowsOf(train),
          features: features.data.slice(train.from * features.cols, train.to * features.cols),
          labels: labels.slice(train.from, train.to),
        },
        validation: { rows: rowsOf(validation) },
        holdout,
      },
    ],
  };
}

const rowsOf = ({ from, to }: RowRange): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** @throws StrategyError INVALID_PARAMS when a strategy of scope `symbol` is given none or several. */
export function onlySymbol(bars: readonly Bars[], strategy: StrategyType): Bars {
  const [only, ...others] = bars;
  if (only !== undefined && others.length === 0) return only;
  throw new StrategyError(
    'INVALID_PARAMS',
    `${strategy} trains on one symbol at a time, but got bars of ${bars.length}; make one job a symbol`,
  );
}
