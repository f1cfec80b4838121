import { StrategyError } from '../../errors.ts';
import { sliceBars } from '../../features/index.ts';
import type { Bars, Preparation } from '../../strategy.ts';
import { sameLabelAs } from '../labels.ts';

/**
 * Each symbol's parts must follow each other in time, none of their labels reaching into the next part.
 * @throws StrategyError LEAK
 */
export function checkRows(prepared: Preparation, barsOf: ReadonlyMap<string, Bars>, horizon: number): void {
  for (const { symbol, train, validation, holdout } of prepared.symbols) {
    const bars = barsOf.get(symbol);
    const parts: readonly (readonly [name: string, rows: readonly number[]])[] = [
      ['training', train.rows],
      ['validation', validation.rows],
      ['holdout', [holdout.from, holdout.to - 1]],
    ];
    let [before, end] = ['', -Infinity];
    for (const [name, rows] of parts) {
      const first = rows[0];
      if (first === undefined) continue;
      if (first <= end)
        throw leak(
          bars,
          first,
          `a ${name} row lies among the ${before} rows or the ${horizon} bars of their labels`,
        );
      const stray = rows.findIndex((t, i) => i > 0 && t <= rows[i - 1]!);
      if (stray !== -1 && name !== 'holdout')
        throw leak(bars, rows[stray], `the ${name} rows are out of order, or one is there twice`);
      [before, end] = [name, rows.at(-1)! + horizon];
    }
  }
}

/**
 * Each training row's label must be what it is said to be, and the same of some where the bars end a horizon
 * after the row, so that it looks no further.
 * @throws StrategyError LEAK
 */
export function checkLabels(prepared: Preparation, barsOf: ReadonlyMap<string, Bars>): void {
  const { label, horizon } = prepared;
  for (const { symbol, train } of prepared.symbols) {
    const bars = barsOf.get(symbol)!;
    const labels = label.of(bars);
    const wrong = train.rows.findIndex((t, r) => !Object.is(train.labels[r], labels[t]));
    if (wrong !== -1)
      throw leak(
        bars,
        train.rows[wrong],
        label.label.kind === 'direction' && label.task !== 'multiclass'
          ? `a training label doesn't say whether the close rises over ${horizon} bars`
          : `a training label is not the one that its bars have`,
      );
    const same = sameLabelAs(labels);
    for (const t of spread(train.rows, maxCutRows)) {
      const seen = label.of(sliceBars(bars, { from: 0, to: t + horizon + 1 }));
      if (!same(seen[t], t))
        throw leak(bars, t, `a training label looks further ahead than the ${horizon} bars of its horizon`);
    }
  }
}

const maxCutRows = 12;
const spread = (rows: readonly number[], max: number): number[] =>
  rows.length <= max
    ? [...rows]
    : Array.from({ length: max }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (max - 1))]!);

type SymbolPart = Preparation['symbols'][number];

/** Up to which bar a symbol was left as it was. */
export interface Cut {
  readonly bars: Bars;
  readonly last: number;
}

/**
 * What was made of the training rows of bars that differ only after each symbol's cut must be the same to the
 * last bit: which rows they are, and their features and labels as far as the cut reaches.
 * @throws StrategyError LEAK naming symbol, feature and row.
 */
export function checkUnchanged(
  before: Preparation,
  after: Preparation,
  cuts: ReadonlyMap<string, Cut>,
  names: readonly string[],
): void {
  for (const own of before.symbols) {
    const cut = cuts.get(own.symbol)!;
    const other = after.symbols.find(({ symbol }) => symbol === own.symbol);
    if (other === undefined || !sameRows(own, other))
      throw leak(
        cut.bars,
        undefined,
        'which rows are in which part changed with prices after the training rows',
      );
    checkSymbol(own.train, other.train, cut, names);
    checkReach(own.train, other.train, cut, before.horizon);
  }
}

function checkSymbol(
  own: SymbolPart['train'],
  other: SymbolPart['train'],
  { bars, last }: Cut,
  names: readonly string[],
): void {
  const cols = own.features.length / own.rows.length;
  for (let r = 0; r < own.rows.length && own.rows[r]! <= last; r++) {
    const t = own.rows[r]!;
    for (let c = 0; c < cols; c++)
      if (!Object.is(own.features[r * cols + c], other.features[r * cols + c]))
        throw leak(bars, t, `the feature ${columnName(c, names)} of a training row depends on later bars`);
  }
}

function checkReach(
  own: SymbolPart['train'],
  other: SymbolPart['train'],
  { bars, last }: Cut,
  horizon: number,
): void {
  const isSame = sameLabelAs(own.labels);
  const changed = own.rows.findIndex((t, r) => t + horizon <= last && !isSame(other.labels[r], r));
  if (changed !== -1)
    throw leak(
      bars,
      own.rows[changed],
      `a training label looks further ahead than the ${horizon} bars of its horizon`,
    );
}

/**
 * The same of the scaler, where no symbol was changed before the end of its last training label.
 * @throws StrategyError LEAK naming the feature.
 */
export function checkScaler(
  before: Preparation['scaler'],
  after: Preparation['scaler'],
  names: readonly string[],
): void {
  for (const what of ['mean', 'scale'] as const)
    before[what].forEach((value, c) => {
      if (!Object.is(value, after[what][c]))
        throw leak(
          undefined,
          undefined,
          `the scaler's ${what} of the feature ${columnName(c, names)} depends on bars after ` +
            `the training rows`,
        );
    });
}

const sameRows = (a: SymbolPart, b: SymbolPart): boolean =>
  same(a.train.rows, b.train.rows) &&
  same(a.validation.rows, b.validation.rows) &&
  a.holdout.from === b.holdout.from &&
  a.holdout.to === b.holdout.to;

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((t, i) => t === b[i]);

/** A leak, named by symbol and, where there is one, the row that shows it. */
export function leak(bars: Bars | undefined, row: number | undefined, what: string): StrategyError {
  const time = row === undefined ? undefined : bars?.time[row];
  const at = time === undefined ? '' : ` (row ${row}, ${new Date(time).toISOString()})`;
  return new StrategyError('LEAK', `${bars?.symbol ?? 'all symbols'}: ${what}${at}; no model was made of it`);
}

/** A column's name; where there are more columns than names, its number. */
export const columnName = (c: number, names: readonly string[]): string => names[c] ?? `number ${c + 1}`;
