import { FleetError } from '../errors.ts';
import { columns, quote, type Bar, type Column } from './bar.ts';
import {
  barSymbolProblem,
  createOrderCheck,
  pricesProblem,
  valuesProblem,
  type BarRules,
} from './check-bar.ts';
import { parseBarTime } from './time.ts';

/** Where each column is in a row. */
export type Layout = Readonly<Record<Column, number>> & {
  /** Columns of numbers that no bar must have, in the order of the file. */
  readonly further: readonly { readonly name: string; readonly place: number }[];
};

/** A row of a table of a thousand columns would be wider than PostgreSQL's pages. */
const maxFurther = 200;
/** Columns that PostgreSQL itself gives every table. */
const postgresOwn = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'];
const canBeFurther = (name: string): boolean =>
  /^[a-z][a-z0-9_]{0,62}$/.test(name) && !postgresOwn.includes(name);

/**
 * Reads the header of a CSV file: the seven columns in any order, and any further ones, of numbers, whose
 * names are of small letters, digits and _.
 * @throws FleetError BARS_INVALID
 */
export function readHeader(fields: readonly string[], file: string): Layout {
  const missing = columns.filter((column) => !fields.includes(column));
  const others = fields.flatMap((name, place) =>
    columns.some((column) => column === name) ? [] : [{ name, place }],
  );
  const unknown = others.map(({ name }) => name).filter((name) => !canBeFurther(name));
  const doubled = fields.filter((field, i) => fields.indexOf(field) < i);
  const problems = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(unknown.length > 0
      ? [
          `has ${unknown.slice(0, 7).map(quote).join(', ')}, which no bar has, and which is no ` +
            'name of a further ' +
            'column of numbers: that takes small letters, digits and _, a letter first, 63 at most',
        ]
      : []),
    ...(others.length > maxFurther ? [`has ${others.length} further columns, more than ${maxFurther}`] : []),
    ...(doubled.length > 0 ? [`has ${doubled.slice(0, 7).map(quote).join(', ')} twice`] : []),
  ];
  if (problems.length > 0) {
    const header = columns.join(',');
    throw new FleetError(
      'BARS_INVALID',
      `${file}: line 1 must be the header ${header}; it ${problems.join('; ')}`,
    );
  }
  const place = (column: Column): number => fields.indexOf(column);
  return {
    time: place('time'),
    symbol: place('symbol'),
    open: place('open'),
    high: place('high'),
    low: place('low'),
    close: place('close'),
    volume: place('volume'),
    further: others,
  };
}

/**
 * A check that knows the rows before, since times must ascend for each symbol. Gives the bar, or what is
 * wrong with it.
 */
export function createRowCheck(
  layout: Layout,
  rules: BarRules,
): (fields: readonly string[], line: number) => Bar | string {
  const order = createOrderCheck('ascending', 'line');
  const count = columns.length + layout.further.length;

  return (fields, line) => {
    if (fields.length !== count) return `has ${fields.length} columns instead of ${count}`;
    const field = (column: Column): string => fields[layout[column]] ?? '';
    const symbol = field('symbol');
    const noSymbol = barSymbolProblem(symbol);
    if (noSymbol !== undefined) return noSymbol;

    const time = parseBarTime(field('time'));
    if (typeof time === 'string') return `time ${quote(field('time'))} ${time}`;
    const read = {
      time,
      symbol,
      open: number(field('open')),
      high: number(field('high')),
      low: number(field('low')),
      close: number(field('close')),
      volume: field('volume') === '' ? null : number(field('volume')),
    };
    const noBar = valuesProblem(read, rules, (name) => quote(field(name)));
    if (noBar !== undefined) return noBar;
    const bar = read as Bar; // Each value that is none was told of.

    const problem = pricesProblem(bar) ?? order.problem(symbol, time, field('time'));
    if (problem !== undefined) return problem;
    if (layout.further.length === 0) {
      order.accept(symbol, time, line);
      return bar;
    }
    const further: (number | null)[] = [];
    for (const { name, place } of layout.further) {
      const value = furtherValue(name, fields[place] ?? '');
      if (typeof value === 'string') return value;
      further.push(value);
    }
    order.accept(symbol, time, line);
    return { ...bar, further };
  };
}

function furtherValue(name: string, text: string): number | null | string {
  if (text === '') return null;
  return number(text) ?? `${name} ${quote(text)} is not a finite number (leave it empty where there is none)`;
}

/** Decimal only: Number() also takes 0x10, '' and white space. */
function number(text: string): number | undefined {
  const value = Number(text);
  // −0 becomes 0.
  return Number.isFinite(value) && /^[-+.\deE]+$/.test(text) ? value + 0 : undefined;
}
