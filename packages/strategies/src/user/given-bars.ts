// The bars that a strategy's features are computed of: its symbol's, with what it looks at besides and
// nothing else, checked.
import { stepOf, type Bars, type Needs, type UserInput } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import { checkBars, sliceBars, stepOfWords, type InputCoverage } from '../features/index.ts';

/**
 * @param bars with the inputs that the strategy looks at, in any order and resolution, and more; its own
 *   symbol need not be among them.
 * @throws StrategyError INVALID_BARS naming the symbol and what is missing or wrong
 */
export function givenBars(bars: Bars, inputs: readonly UserInput[], needs: Needs): Bars {
  checkBars(bars);
  const { symbol, time, open, high, low, close, volume } = bars;
  const own: Bars = { symbol, time, open, high, low, close, volume };
  if (inputs.length === 0 && needs.columns.length === 0) return own;
  const given = { ...own, step: stepOf(bars), columns: columnsOf(bars, needs.columns) };
  refuseFiner(given, inputs);
  const rows = { from: 0, to: time.length };
  if (needs.symbols.length === 0) return given;
  return sliceBars(
    { ...given, inputs: needs.symbols.map((name) => inputOf(bars, name, needs.columns)) },
    rows,
  );
}

function columnsOf({ symbol, columns = {} }: Bars, names: readonly string[]): Bars['columns'] & {} {
  return Object.fromEntries(
    names.map((name) => {
      const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
      if (column === undefined)
        throw invalid(
          `the bars of ${symbol} come without the column ${name}, which the strategy looks at: ` +
            'give it with them',
        );
      return [name, column];
    }),
  );
}

/** Of an input only what it has of them: not every symbol has a funding rate. */
function inputOf(bars: Bars, name: string, columns: readonly string[]): Bars {
  const found =
    bars.inputs?.find(({ symbol }) => symbol === name) ?? (bars.symbol === name ? bars : undefined);
  if (found === undefined)
    throw invalid(
      `${bars.symbol}: there are no bars of ${name}, which the strategy looks at as well: give ` +
        'them as an input',
    );
  checkBars(found);
  const { symbol, time, open, high, low, close, volume } = found;
  const missing = (): Float64Array => new Float64Array(time.length).fill(Number.NaN);
  return {
    ...{ symbol, time, open, high, low, close, volume, step: stepOf(found) },
    columns: Object.fromEntries(columns.map((column) => [column, found.columns?.[column] ?? missing()])),
  };
}

function refuseFiner(bars: Bars, inputs: readonly UserInput[]): void {
  for (const input of inputs) {
    if (!('resample' in input) || stepOf(bars) <= stepOfWords(input.resample)!) continue;
    throw invalid(
      `${bars.symbol} has a bar every ${stepOf(bars) / 60_000} minutes, of which none of ` +
        `${input.resample} can be ` +
        'made: name a coarser step in inputs, or train on finer bars',
    );
  }
}

/** The first row at which every input and every column is known. */
export const firstKnownRow = (bars: Bars, coverage: readonly InputCoverage[]): number =>
  Math.max(0, ...coverage.map(({ before }) => before), ...Object.values(bars.columns ?? {}).map(firstValue));

function firstValue(column: Float64Array): number {
  const found = column.findIndex((value) => !Number.isNaN(value));
  return found === -1 ? column.length : found;
}

/**
 * @param bars of a whole training, as `givenBars` gives them
 * @throws StrategyError TOO_FEW_BARS where an input or a column is known at less than half of the rows
 */
export function refuseUncovered(bars: Bars, coverage: readonly InputCoverage[]): void {
  const rows = bars.close.length;
  for (const { symbol, covered } of coverage)
    if (covered * 2 < rows)
      throw new StrategyError(
        'TOO_FEW_BARS',
        `${bars.symbol}: the bars of ${symbol}, which the strategy looks at as well, cover only ` +
          `${covered} of ` +
          `${rows} bars${span(bars)}: get more bars of ${symbol} for that time, or take it out of inputs`,
      );
  for (const [name, column] of Object.entries(bars.columns ?? {})) {
    const first = firstValue(column);
    if ((rows - first) * 2 < rows)
      throw new StrategyError(
        'TOO_FEW_BARS',
        `${bars.symbol}: the column ${name}, which the strategy looks at, has ` +
          `${first === rows ? 'no value in' : `its first value at bar ${first} of`} ${rows} ` +
          `bars${span(bars)}: ` +
          `import bars of ${bars.symbol} that have it, or take it out of columns`,
      );
  }
}

const span = ({ time }: Bars): string =>
  time.length === 0
    ? ''
    : ` from ${new Date(time[0]!).toISOString()} to ${new Date(time.at(-1)!).toISOString()}`;

const invalid = (message: string): StrategyError => new StrategyError('INVALID_BARS', message);
