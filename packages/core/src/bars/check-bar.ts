// What every bar of a file must be, whatever the file's format.
import { symbolProblem, symbolRule } from '../symbol.ts';
import { quote, type Bar } from './bar.ts';

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

/** @returns which of the prices can't be beside another, if so */
export function pricesProblem({ open, high, low, close }: Bar): string | undefined {
  if (high < low) return `high ${high} is below low ${low}`;
  if (high < open || high < close) return `high ${high} is below open ${open} or close ${close}`;
  if (low > open || low > close) return `low ${low} is above open ${open} or close ${close}`;
  return undefined;
}

/**
 * Knows the bars before, as the times of each symbol must all ascend, or all descend.
 * @param word what messages count: line or row
 */
export function createOrderCheck(
  order: BarOrder,
  word: 'line' | 'row',
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
