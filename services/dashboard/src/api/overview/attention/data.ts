// Bars: too old, too few, of symbols that are left out.
import { ALL_SYMBOLS } from '@ml-training/sdk';
import { sumUp } from '@ml-training/core';
import { counted, importBars, item, named, open, seconds, type Rule } from './rule.ts';

/** Newest bars of one: a week's end and two holidays. */
const barsOldAfter = 4 * 86_400;

export const symbolsLeftOut: Rule = (facts) => [
  ...sumUp(facts.leftOutOfPlan).map(({ reason, count, names }) =>
    item(
      'left-out',
      'note',
      `${counted(count, 'pair')} left out of every run`,
      `${names.join(', ')}${count > names.length ? ` and ${count - names.length} more` : ''}: ${reason}`,
      null,
      ...(reason.includes('MIN_TRAINING_DATA_POINTS') ? importBars(facts) : []),
    ),
  ),
  ...[...facts.leftOut].flatMap(([strategy, reasons]) =>
    sumUp(
      Object.entries(reasons).map(([symbol, reason]) => ({
        strategy_type: strategy,
        symbol,
        reason: reason.startsWith(symbol) ? reason.slice(symbol.length).replace(/^[:\s]+/, '') : reason,
      })),
    ).map(({ reason, count, names }) =>
      item(
        'left-out',
        'note',
        `${counted(count, 'symbol')} left out of the ${strategy}`,
        `${names.map((name) => name.slice(strategy.length + 1)).join(', ')}${count > names.length ? ` and ${count - names.length} more` : ''}: ${reason}`,
        null,
        open('see the data', '/data'),
      ),
    ),
  ),
];

export const barsOld: Rule = (facts) => {
  const { now, newestBars, planned } = facts;
  const symbols = new Set(planned.map(({ symbol }) => symbol));
  const old = [...newestBars].filter(
    ([symbol, at]) => (symbols.has(symbol) || symbols.has(ALL_SYMBOLS)) && seconds(at, now) > barsOldAfter,
  );
  if (old.length === 0) return [];
  const [symbol, at] = old.reduce((a, b) => (a[1] < b[1] ? a : b));
  return [
    item(
      'bars-old',
      'note',
      `${counted(old.length, 'symbol')} without new bars`,
      `the newest bar of ${symbol} is of ${at.toISOString().slice(0, 10)}` +
        (old.length > 1
          ? `; also ${named(old.map(([name]) => name).filter((name) => name !== symbol))}`
          : ''),
      at,
      ...importBars(facts),
      open('see the data', '/data'),
    ),
  ];
};
