// What a strategy says that it looks at besides the bars of its symbol, and what its features are given of
// it.
import {
  isSymbol,
  type Bars,
  type FeatureInput,
  type Needs,
  type UserInput,
  type UserParams,
} from '@ml-training/sdk';
import { inputBarsOf, joinBars, resampleBars, stepOfWords } from '../features/inputs.ts';
import { ta } from '../features/ta.ts';
import { DeclarationError, recordOf, shown, type Unknown } from './validate.ts';

const maxInputs = 20;
const maxColumns = 100;
const ofEveryBar = ['time', 'symbol', 'open', 'high', 'low', 'close', 'volume'];

/** @throws DeclarationError naming the part */
export function inputsOf({ inputs = [] }: Unknown): readonly UserInput[] {
  if (!Array.isArray(inputs) || inputs.length > maxInputs)
    throw new DeclarationError(
      `inputs is ${shown(inputs)}: give a list of up to ${maxInputs}, such as [{ symbol: 'BTC/USDT' }, ` +
        `{ resample: '1h' }]`,
    );
  const found = inputs.map((input, i) => inputOf(input, `inputs[${i}]`));
  const twice = found.findIndex((input, i) => found.findIndex((other) => same(other, input)) < i);
  if (twice !== -1)
    throw new DeclarationError(
      `inputs[${twice}] is there twice: name it once, and use it as often as you like`,
    );
  return found;
}

function inputOf(input: unknown, where: string): UserInput {
  const record = recordOf(input, where);
  const [key, ...others] = Object.keys(record);
  const { symbol, resample } = record;
  if (others.length > 0 || (key !== 'symbol' && key !== 'resample'))
    throw new DeclarationError(
      `${where} has ${Object.keys(record).join(' and ') || 'nothing'}: give { symbol: 'BTC/USDT' } or ` +
        `{ resample: '1h' }, each in an object of its own`,
    );
  if (key === 'symbol') {
    if (!isSymbol(symbol))
      throw new DeclarationError(
        `${where}.symbol is ${shown(symbol)}: give a symbol that has bars, such as 'BTC/USDT'`,
      );
    return { symbol };
  }
  if (typeof resample !== 'string' || stepOfWords(resample) === null)
    throw new DeclarationError(
      `${where}.resample is ${shown(resample)}: give a number of minutes, hours, days or weeks, such as ` +
        `'15m', '4h', '1d' or '1w'`,
    );
  return { resample };
}

/** `60m` is `1h`. */
const same = (a: UserInput, b: UserInput): boolean =>
  'symbol' in a
    ? 'symbol' in b && a.symbol === b.symbol
    : 'resample' in b && stepOfWords(a.resample) === stepOfWords(b.resample);

/** @throws DeclarationError naming the part */
export function needsOf(strategy: Unknown): Needs {
  const { columns = [] } = strategy;
  if (!Array.isArray(columns) || columns.length > maxColumns)
    throw new DeclarationError(
      `columns is ${shown(columns)}: give a list of up to ${maxColumns} names, such as ['funding_rate']`,
    );
  columns.forEach((name: unknown, i) => {
    const where = `columns[${i}] is ${shown(name)}`;
    if (ofEveryBar.includes(name as string))
      throw new DeclarationError(`${where}, which every bar has: name those besides`);
    if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,62}$/.test(name))
      throw new DeclarationError(
        `${where}: give the name of a column of numbers beside the bars, lower-case letters, digits and _, ` +
          'a letter first',
      );
    if (columns.indexOf(name) < i) throw new DeclarationError(`${where}, which is there twice: name it once`);
  });
  return {
    symbols: inputsOf(strategy).flatMap((input) => ('symbol' in input ? [input.symbol] : [])),
    columns: columns as readonly string[],
  };
}

/**
 * What features are called with.
 * @param bars with the inputs of other symbols, in the order in which the strategy names them.
 * @throws DeclarationError for bars that are too coarse for one of its steps
 */
export function featureInputOf(
  inputs: readonly UserInput[],
  { inputs: given = [], ...bars }: Bars,
  params: UserParams,
): FeatureInput {
  const others = [...given];
  return {
    bars: { ...bars, columns: bars.columns ?? {} },
    inputs: inputs.map((input) =>
      inputBarsOf(
        'symbol' in input
          ? joinBars(bars, others.shift()!)
          : resampleBars(bars, stepOfWords(input.resample)!),
      ),
    ),
    ta,
    params,
  };
}

const hour = 3_600_000;
const maxRows = 20_000;

/** Walks that are the same each time, with inputs and columns as they are asked for. */
export function madeUpBars(window: number, inputs: readonly UserInput[], needs: Needs): Bars {
  const steps = inputs.flatMap((input) => ('resample' in input ? [stepOfWords(input.resample)!] : []));
  const step = Math.min(hour, ...steps);
  // Room for two groups of the coarsest step.
  const rows = Math.min(Math.max(window + 20, (2 * Math.max(0, ...steps)) / step), Math.max(window, maxRows));
  const own = walk('EXAMPLE', rows, step, 0, needs.columns);
  return {
    ...own,
    inputs: needs.symbols.map((symbol, i) => walk(symbol, rows, step, i + 1, needs.columns)),
  };
}

function walk(symbol: string, rows: number, step: number, phase: number, columns: readonly string[]): Bars {
  const column = (of: (t: number) => number): Float64Array =>
    Float64Array.from({ length: rows }, (_, t) => of(t));
  const price = (t: number): number => 100 + 3 * Math.sin(t / 5 + phase) + Math.sin(t * t + phase);
  return {
    symbol,
    step,
    time: column((t) => Date.UTC(2024, 0, 1) + t * step),
    open: column((t) => price(t - 1)),
    high: column((t) => Math.max(price(t - 1), price(t)) + 0.5),
    low: column((t) => Math.min(price(t - 1), price(t)) - 0.5),
    close: column(price),
    volume: column((t) => 1_000 + 100 * (t % 7)),
    columns: Object.fromEntries(columns.map((name, c) => [name, column((t) => Math.sin(t / 3 + c))])),
  };
}
