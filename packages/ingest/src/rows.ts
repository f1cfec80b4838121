import {
  barSymbolProblem,
  createOrderCheck,
  pricesProblem,
  quote,
  valuesProblem,
  type Bar,
  type BarOrder,
  type BarRules,
  type Place,
} from '@ml-training/core';
import type { Places } from './columns.ts';
import { noVolume, type ReadNumber } from './numbers.ts';
import { isStamp } from './stamp.ts';
import { shownTime, type TimeCell, type Times } from './times.ts';

/** A list or an object, which a bar has no value of, is one as well: it is to be named, in its row. */
export type Cell = string | number | bigint | boolean | null | undefined | TimeCell | object;
export type Cells = readonly Cell[];

/** A row of a file, with its place for messages. */
export interface Row {
  readonly cells: Cells;
  readonly at: number;
}

/** Which bar of a row is where; a table with a column a symbol has several. */
export interface BarPlaces {
  readonly places: Places;
  /** Null where a column says it. */
  readonly symbol: string | null;
}

export interface RowPlan {
  readonly bars: readonly BarPlaces[];
  /** Its column of symbols must say one alone, as the user's name stands for it. */
  readonly oneSymbol: boolean;
  /** Fields that each row must have; null where any number will do. */
  readonly fields: number | null;
  readonly price: ReadNumber;
  readonly volume: ReadNumber;
  readonly times: Times;
  readonly order: BarOrder;
  readonly word: Place;
  readonly rules: BarRules;
  /** By which share high and low may be past open or close, as a vendor's rounding makes them. */
  readonly rounding: number;
  readonly rounded: { bars: number };
}

/** A row's text of a time: that of its day and its time of day, where they are apart. */
export function timeCell(cells: Cells, { time, date }: Places): TimeCell | null {
  const cell = cells[time];
  if (date === null) return asTime(cell);
  const day = asTime(cells[date]);
  if (day === null || cell === null || cell === undefined) return null;
  return `${textOf(day)} ${clockText(textOf(cell))}`;
}

function asTime(cell: Cell): TimeCell | null {
  if (cell === null || cell === undefined || typeof cell === 'boolean') return null;
  if (typeof cell === 'object') return isStamp(cell) ? cell : textOf(cell);
  return typeof cell === 'string' ? cell.trim() : cell;
}

/** A cell as text, without white space around. */
export function textOf(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'object') return String(cell).trim();
  return isStamp(cell)
    ? shownTime(cell)
    : JSON.stringify(cell, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

/** 093000 and 0930 are 09:30. */
const clockText = (text: string): string => {
  if (/^\d{6}$/.test(text)) return `${text.slice(0, 2)}:${text.slice(2, 4)}:${text.slice(4)}`;
  return /^\d{4}$/.test(text) ? `${text.slice(0, 2)}:${text.slice(2)}` : text;
};

/** Makes checked bars of rows: the bars of a row, or what is wrong with it. */
export function createRowReader(plan: RowPlan): (row: Row) => Bar | readonly Bar[] | string {
  const order = createOrderCheck(plan.order, plan.word);
  const previous = new Map<string, number>();
  const wide = plan.bars.length > 1;
  let named: string | null = null;
  const [single] = plan.bars;
  return (row) => {
    const { cells } = row;
    if (plan.fields !== null && cells.length !== plan.fields)
      return `has ${cells.length} columns instead of ${plan.fields}`;
    if (!wide) return readBar(row, single!);
    const bars: Bar[] = [];
    for (const one of plan.bars) {
      const { open, high, low, close } = one.places;
      // A day on which this one was not traded, and others were.
      if ([open, high, low, close].every((place) => noVolume(cells[place]))) continue;
      const bar = readBar(row, one);
      if (typeof bar === 'string') return `${one.symbol ?? ''}: ${bar}`;
      bars.push(bar);
    }
    return bars;
  };

  function readBar({ cells, at }: Row, { places, symbol: given }: BarPlaces): Bar | string {
    if (plan.oneSymbol) {
      const own = textOf(cells[places.symbol!]);
      named ??= own;
      if (own !== named)
        return `is of ${quote(own)}, and rows before are of ${quote(named)}: --symbol can't be the name of both`;
    }
    const symbol = given ?? textOf(cells[places.symbol!]);
    const noSymbol = barSymbolProblem(symbol);
    if (noSymbol !== undefined) return noSymbol;
    const cell = timeCell(cells, places);
    if (cell === null) return 'has no time';
    const time = plan.times.read(cell, previous.get(symbol) ?? null);
    if (typeof time === 'string') return `time ${quote(shownTime(cell))} ${time}`;
    const volume = places.volume === null ? null : cells[places.volume];
    const values = {
      time,
      symbol,
      open: plan.price(cells[places.open]),
      high: plan.price(cells[places.high]),
      low: plan.price(cells[places.low]),
      close: plan.price(cells[places.close]),
      volume: noVolume(volume) ? null : plan.volume(volume),
    };
    const noBar = valuesProblem(values, plan.rules, (name) => shown(cells[places[name]!]));
    if (noBar !== undefined) return noBar;
    let bar = values as Bar; // Each value that is none was told of.
    if (plan.rounding > 0 && pricesProblem(bar) !== undefined) bar = widened(bar);
    const problem = pricesProblem(bar) ?? order.problem(symbol, time, shownTime(cell));
    if (problem !== undefined) return problem;
    order.accept(symbol, time, at);
    previous.set(symbol, time);
    return bar;
  }

  function widened(bar: Bar): Bar {
    const high = Math.max(bar.open, bar.high, bar.low, bar.close);
    const low = Math.min(bar.open, bar.high, bar.low, bar.close);
    const most = plan.rounding * Math.max(Math.abs(high), Math.abs(low));
    if (high - bar.high > most || bar.low - low > most) return bar;
    plan.rounded.bars++;
    return { ...bar, high, low };
  }
}

function shown(cell: Cell): string {
  if (typeof cell === 'string') return quote(cell);
  if (typeof cell !== 'object' || cell === null) return String(cell ?? 'that is missing');
  return isStamp(cell) ? shownTime(cell) : quote(textOf(cell));
}
