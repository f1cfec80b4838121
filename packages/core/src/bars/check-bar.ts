// What every bar must be, whether it comes of a file, of any format, or of an exchange.
import { symbolProblem, symbolRule } from '../symbol.ts';
import { quote, type Bar } from './bar.ts';

/** What is allowed of some symbols alone. */
export interface BarRules {
  /** Symbols whose prices may be 0 or below, as NEGATIVE_PRICES says; none unless given. */
  readonly negative?: readonly string[];
}

const prices = ['open', 'high', 'low', 'close'] as const;
type Valued = (typeof prices)[number] | 'volume';

/** A bar as it was read: undefined where there is no number. */
export type ReadBar = Omit<Bar, Valued> & {
  readonly [name in Valued]: number | (name extends 'volume' ? null : never) | undefined;
};

/** What tells where in a source something is: its lines, its rows, or the times of its bars. */
export type Place = 'line' | 'row' | 'bar';

/** Of a file: the oldest bar of each symbol first, or the newest. */
export type BarOrder = 'ascending' | 'descending';

/** Reasons of symbols seen before: a file asks of few of them millions of times. */
const known = new Map<string, string | undefined>();

/** @returns why the symbol can't be taken, if so */
export function barSymbolProblem(symbol: string): string | undefined {
  if (known.has(symbol)) return known.get(symbol);
  const why = symbolProblem(symbol);
  const problem = why === null ? undefined : `symbol ${quote(symbol)} ${why}: it must have ${symbolRule}`;
  if (known.size > 10_000) known.clear();
  known.set(symbol, problem);
  return problem;
}

/**
 * @param shown what stands for a value where the bar was read
 * @returns which of its values can be none of a bar, if so
 */
export function valuesProblem(
  bar: ReadBar,
  { negative = [] }: BarRules,
  shown: (name: Valued) => string,
): string | undefined {
  for (const name of prices) {
    const value = bar[name];
    if (value === undefined) return `${name} ${shown(name)} is not a finite number`;
    if (!(value > 0) && !negative.includes(bar.symbol))
      return `${name} ${shown(name)} is not above 0, and NEGATIVE_PRICES doesn't name ${bar.symbol}`;
  }
  const { volume } = bar;
  if (volume === undefined)
    return `volume ${shown('volume')} is not a finite number (leave it empty where there is none)`;
  return volume !== null && volume < 0 ? `volume ${shown('volume')} is below 0` : undefined;
}

/** @returns which of the prices can't be beside another, if so */
export function pricesProblem({ open, high, low, close }: Bar): string | undefined {
  if (high < low) return `high ${high} is below low ${low}`;
  if (high < open || high < close) return `high ${high} is below open ${open} or close ${close}`;
  if (low > open || low > close) return `low ${low} is above open ${open} or close ${close}`;
  return undefined;
}

/**
 * Knows the bars before, as the times of each symbol must all ascend, or all descend.
 * @param word what messages count by, see `Place`
 */
export function createOrderCheck(
  order: BarOrder,
  word: Place,
): {
  problem: (symbol: string, time: number, shown: string) => string | undefined;
  /** Takes a bar that is good as the newest of its symbol. */
  accept: (symbol: string, time: number, line: number) => void;
} {
  const last = new Map<string, { time: number; line: number }>();
  return {
    problem: (symbol, time, shown) => {
      const before = last.get(symbol);
      if (before === undefined) return undefined;
      if (time === before.time) return `${symbol} has the time ${shown} twice: see ${word} ${before.line}`;
      if (order === 'ascending' && time < before.time)
        return `${symbol} is out of order: ${shown} is before the time of ${word} ${before.line}`;
      if (order === 'descending' && time > before.time)
        return (
          `${symbol} is out of order: ${shown} is after the time of ${word} ${before.line}, ` +
          'and the file begins with its newest bars'
        );
      return undefined;
    },
    accept: (symbol, time, line) => {
      const before = last.get(symbol);
      if (before === undefined) last.set(symbol, { time, line });
      else {
        before.time = time;
        before.line = line;
      }
    },
  };
}
