import { countSteps, intervalOf, type Bar, type BarOrder } from '@ml-training/core';

/** What a file was recognised as. Of its bars only what is read is known: all of it at the end. */
export interface Recognised {
  readonly format: string;
  readonly title: string;
  readonly symbols: readonly string[];
  /** Where the symbol is from: a column, the file's name, --symbol. */
  readonly symbolFrom: string;
  /** From one bar of a symbol to the next, in milliseconds; null where they keep to none, or there is only one. */
  readonly interval: number | null;
  /** What the file's name says of it, where that is something else. */
  readonly intervalOfName: number | null;
  /** In words: of which zone the times are, and how they are known. */
  readonly zone: string;
  readonly order: BarOrder;
  readonly bars: number;
  /** Oldest and newest, of all symbols. */
  readonly first: Bar | null;
  readonly last: Bar | null;
  /** Bars whose high or low was widened, by a rounding of their vendor, to open or close. */
  readonly rounded: number;
  /** Columns that were read as each of a bar's values, by name or place. */
  readonly columns: string;
  /** Columns that are not taken. */
  readonly leftOut: readonly string[];
}

/** Steps that are told apart; a file has few, save one of ticks. */
const maxSteps = 1000;

/** Counts what is common to the bars of a file. */
export function createFacts(): {
  see: (bar: Bar) => void;
  facts: () => Pick<Recognised, 'symbols' | 'interval' | 'bars' | 'first' | 'last'>;
} {
  const times = new Map<string, { time: number }>();
  const steps = countSteps(maxSteps);
  let bars = 0;
  let first: Bar | null = null;
  let last: Bar | null = null;
  return {
    see: (bar) => {
      bars++;
      if (first === null || bar.time < first.time) first = bar;
      if (last === null || bar.time > last.time) last = bar;
      const before = times.get(bar.symbol);
      if (before === undefined) {
        times.set(bar.symbol, { time: bar.time });
        return;
      }
      steps.see(Math.abs(bar.time - before.time));
      before.time = bar.time;
    },
    facts: () => ({
      symbols: [...times.keys()].sort(),
      interval: intervalOf(steps.usual()),
      bars,
      first,
      last,
    }),
  };
}
