import { closeOf, stepOf } from '@ml-training/sdk';
import { createRandom } from '../../random.ts';
import type { Random } from '../../random.ts';
import type { Bars, Plain, Preparation, Strategy } from '../../strategy.ts';
import { checkLabels, checkRows, checkScaler, checkUnchanged } from './exact.ts';
import type { Cut } from './exact.ts';
import { checkSeparation, checkShuffled } from './statistical.ts';

/** What was looked at; goes into the job's result. (An alias, since an interface is no Plain record.) */
export type LeakageReport = {
  /** Training rows that stayed the same to the bit when later bars were changed. */
  readonly train_rows: number;
  /** Bars after the training rows that were changed for that. */
  readonly changed_bars: number;
  /**
   * The feature that alone tells most of the direction in training; null when no symbol has rises and falls.
   */
  readonly strongest_feature: {
    readonly symbol: string;
    readonly feature: string;
    readonly auc: number;
  } | null;
  /** What somebody should look at though it may be right, a sentence each. */
  readonly warnings: readonly string[];
  /** A learner of shuffled labels on the holdout, and how far from one half chance may take it. */
  readonly shuffled_labels: { readonly auc: number; readonly allowed: number } | null;
};

/**
 * Looks for leaks in what a strategy makes of these bars before it trains on them:
 * 1. parts that overlap, labels that reach from one into the next or further than they say;
 * 2. rows, features, labels or a scaler of the training part that change, by a single bit, when bars after
 *   each symbol's last training label get other prices and volumes; features, also when bars after a row in
 *   the middle of the part do;
 * 3. a feature that alone tells rises from falls, so that the bars themselves must hold the future; one that
 *    tells much is warned of (see checkSeparation);
 * 4. a learner of shuffled labels that scores on the holdout, so that rows must be in both parts (see
 *    checkShuffled).
 * It takes three times what `prepare` does and little more. Nothing here looks at what `train` does with the
 * rows: that it fits on no others is tested with the strategies.
 * @throws StrategyError LEAK naming symbol, feature and row; what `prepare` throws.
 */
export function checkForLeaks(
  strategy: Pick<Strategy, 'features' | 'prepare'>,
  bars: readonly Bars[],
  params: { readonly [name: string]: Plain } | undefined,
  seed: number,
): LeakageReport {
  const prepared = strategy.prepare(bars, params);
  const features = strategy.features(params);
  const { horizon } = prepared;
  const barsOf = new Map(bars.map((one) => [one.symbol, one]));
  const random = createRandom(seed).fork('leakage');

  checkRows(prepared, barsOf, horizon);
  checkLabels(prepared, barsOf);
  const ends = cutsAt(prepared, barsOf, (rows) => rows.at(-1)! + horizon);
  const later = strategy.prepare(perturbed(bars, ends, random), params);
  checkUnchanged(prepared, later, ends, features.names);
  checkScaler(prepared.scaler, later.scaler, features.names);
  const middles = cutsAt(prepared, barsOf, (rows) => rows[random.int(rows.length)]!);
  const other = strategy.prepare(perturbed(bars, middles, random), params);
  checkUnchanged(prepared, other, middles, features.names);

  const { strongest, warnings } = checkSeparation(prepared, barsOf, features.names);
  return {
    train_rows: prepared.symbols.reduce((sum, { train }) => sum + train.rows.length, 0),
    changed_bars: [...ends.values()].reduce((sum, cut) => sum + cut.bars.close.length - 1 - cut.last, 0),
    strongest_feature: strongest,
    warnings,
    shuffled_labels: checkShuffled(prepared, barsOf, seed, features.compute),
  };
}

/**
 * A cut for each symbol that is learnt from; the others, which too few bars or a dead feed leave out, stay as
 * they are.
 */
function cutsAt(
  prepared: Preparation,
  barsOf: ReadonlyMap<string, Bars>,
  lastOf: (trainRows: readonly number[]) => number,
): Map<string, Cut> {
  return new Map(
    prepared.symbols.map(({ symbol, train }) => [
      symbol,
      { bars: barsOf.get(symbol)!, last: train.rows.length === 0 ? -1 : lastOf(train.rows) },
    ]),
  );
}

const perturbed = (bars: readonly Bars[], cuts: ReadonlyMap<string, Cut>, random: Random): Bars[] =>
  bars.map((one) => {
    const cut = cuts.get(one.symbol);
    return cut === undefined ? one : perturbFrom(one, cut.last + 1, random);
  });

const columns = ['open', 'high', 'low', 'close', 'volume'] as const;

/**
 * A copy in which every bar from `from` on has other prices and another volume: each is multiplied by a
 * random factor between one half and 1, one for a bar's prices, one for its volume, so that it stays a
 * possible bar and no sum overflows. Times stay. Of its inputs, the bars that had not closed by then are
 * other ones as well. Values of further columns are shuffled: they may be anything, and stay what such a
 * value can be.
 */
function perturbFrom(bars: Bars, from: number, random: Random): Bars {
  const [open, high, low, close, volume] = columns.map((name) => bars[name].slice()) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let t = from; t < close.length; t++) {
    const price = 0.5 + random.next() / 2;
    for (const column of [open, high, low, close]) column[t]! *= price;
    volume[t]! *= 0.5 + random.next() / 2;
  }
  const { columns: further, inputs, ...same } = bars;
  const end = from === 0 ? -Infinity : closeOf(bars, from - 1);
  // Told here anew, and not by what joins them: that is what is looked at.
  const later = (input: Bars): number => {
    const step = stepOf(input);
    const found = input.time.findIndex((begin) => begin + step > end);
    return found === -1 ? input.time.length : found;
  };
  return {
    ...{ ...same, open, high, low, close, volume },
    ...(further === undefined ? {} : { columns: shuffledFrom(further, from, random) }),
    ...(inputs === undefined
      ? {}
      : { inputs: inputs.map((input) => perturbFrom(input, later(input), random)) }),
  };
}

/** Holes stay where they are. */
function shuffledFrom(columns: Bars['columns'] & {}, from: number, random: Random): Bars['columns'] & {} {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      const known = Array.from(column.keys()).filter((t) => t >= from && !Number.isNaN(column[t]));
      const values = Float64Array.from(known, (t) => column[t]!);
      random.shuffle(values);
      const shuffled = column.slice();
      known.forEach((t, i) => (shuffled[t] = values[i]!));
      return [name, shuffled];
    }),
  );
}
