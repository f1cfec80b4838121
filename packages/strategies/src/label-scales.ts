// A regression over several symbols learns each one's labels in the symbol's own unit: a share moves ten
// times as much as a currency, and a squared error over both would hear the share alone.
import type { Dataset } from './dataset.ts';
import { StrategyError } from './errors.ts';
import { invalid, recordOf } from './plain.ts';
import type { Plain } from './strategy.ts';

/** By what each symbol's labels are divided. */
export type LabelScales = Readonly<Record<string, number>>;

/**
 * Root mean squares of the symbols' train labels; null of one symbol alone and of classes, whose labels are
 * learnt as they are. A symbol without train rows, or with labels of 0 alone, has the others' geometric
 * mean.
 */
export function labelScalesOf({ task, symbols }: Dataset): LabelScales | null {
  if (task !== 'regression' || symbols.length < 2) return null;
  const sizes = symbols.map(({ labels, purged: { train } }) => {
    const squares = train.reduce((sum, t) => sum + labels[t]! ** 2, 0);
    return train.length === 0 ? 0 : Math.sqrt(squares / train.length);
  });
  const known = sizes.filter((size) => size > 0);
  const mean = Math.exp(known.reduce((sum, size) => sum + Math.log(size), 0) / Math.max(1, known.length));
  return Object.fromEntries(symbols.map(({ bars }, s) => [bars.symbol, sizes[s]! > 0 ? sizes[s]! : mean]));
}

/** The same data set with each symbol's labels in the symbol's unit. */
export const withLabelScales = (data: Dataset, scales: LabelScales | null): Dataset =>
  scales === null
    ? data
    : {
        ...data,
        symbols: data.symbols.map((symbol) => ({
          ...symbol,
          labels: Float64Array.from(symbol.labels, (label) => label / scales[symbol.bars.symbol]!),
        })),
      };

/** As a state holds them. */
export const labelScalesToPlain = (
  scales: LabelScales | null,
): { readonly label_scales?: { readonly [symbol: string]: number } } =>
  scales === null ? {} : { label_scales: scales };

/** @throws StrategyError INVALID_MODEL */
export function labelScalesFromPlain(stored: Plain | undefined, where: string): LabelScales | null {
  if (stored === undefined) return null;
  const scales = Object.entries(recordOf(stored, `${where}.label_scales`)).map(([symbol, scale]) => {
    if (typeof scale === 'number' && scale > 0 && scale < Infinity) return [symbol, scale] as const;
    throw invalid(`${where}.label_scales`, `has no number above 0 for ${symbol}`);
  });
  return Object.fromEntries(scales);
}

/**
 * What was said of a symbol's rows, in the label's own unit.
 * @throws StrategyError INVALID_BARS for a symbol that the model hasn't learnt.
 */
export function inLabelUnit(said: Float64Array, symbol: string, scales: LabelScales | null): Float64Array {
  if (scales === null) return said;
  const scale = Object.hasOwn(scales, symbol) ? scales[symbol] : undefined;
  if (scale !== undefined) return said.map((value) => value * scale);
  throw new StrategyError(
    'INVALID_BARS',
    `the model has learnt ${Object.keys(scales).join(', ')}, each in its own unit, and has not ` +
      `learnt ${symbol}: train it on ${symbol} too`,
  );
}
