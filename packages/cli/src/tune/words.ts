import { strategyOf, type PromotionMetric } from '@ml-training/core';
import type { Lead, TrialResult, Values } from '@ml-training/strategies';
import type { PairTuning } from '@ml-training/tuning';
import { table } from '../output.ts';

interface Measure {
  readonly title: string;
  readonly show: (score: number) => string;
  readonly lead: (difference: number) => string;
}

/** As people know what promotion compares: of a search more is better, of a loss less. */
const measures: Readonly<Record<PromotionMetric, Measure>> = {
  log_likelihood: {
    title: 'log loss',
    show: (score) => (-score).toFixed(4),
    lead: (difference) => difference.toFixed(4),
  },
  squared_error: {
    title: 'error / variance',
    show: (score) => (-score).toFixed(4),
    lead: (difference) => difference.toFixed(4),
  },
  net_return: {
    title: 'return bp a bar',
    show: (score) => (10_000 * score).toFixed(2),
    lead: (difference) => (10_000 * difference).toFixed(2),
  },
};

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

export const valuesInWords = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');

/** A search as a person reads it: what was looked at, each set of settings, and what is used from now on. */
export function searchInWords(found: PairTuning): string {
  const { strategy_type, symbol, trials, folds, dataFrom, dataTo, kept } = found;
  const measure = measures[strategyOf(strategy_type).promotionMetric];
  const trainings = trials.reduce((sum, { folds: seen }) => sum + seen, 0);
  const seconds = trials.reduce((sum, one) => sum + one.seconds, 0);
  const before = kept === 0 ? '' : `, ${kept} of them by an earlier run`;
  return [
    `${strategy_type} ${symbol}: ${trials.length} sets of settings, each judged on up to ${folds} blocks of bars ` +
      `from ${day(dataFrom)} to ${day(dataTo)}, before the holdout`,
    `${trainings} trainings in ${seconds.toFixed(0)} s${before}`,
    '',
    trialTable(trials, measure),
    '',
    ...conclusion(found, measure),
  ].join('\n');
}

function trialTable(trials: readonly TrialResult[], { title, show, lead }: Measure): string {
  const sorted = trials.toSorted(
    (a, b) =>
      Number(a.trial !== 0) - Number(b.trial !== 0) ||
      Number(a.problem !== null) - Number(b.problem !== null) ||
      b.folds - a.folds ||
      (b.lead?.mean ?? 0) - (a.lead?.mean ?? 0),
  );
  return table(
    ['trial', title, 'better by (bounds)', 'folds', 'rows', 'seconds', 'settings'],
    sorted.map((one) => [
      one.trial === 0 ? 'in use' : String(one.trial),
      one.score === null ? '' : show(one.score),
      one.lead === null ? (one.problem ?? '').slice(0, 60) : between(one.lead, lead),
      one.folds,
      one.rows,
      one.seconds.toFixed(1),
      valuesInWords(one.values),
    ]),
  );
}

const between = ({ mean, low, high }: Lead, show: (value: number) => string): string =>
  `${show(mean)} (${show(low)} to ${show(high)})`;

function conclusion({ strategy_type, symbol, trials, chosen }: PairTuning, { lead }: Measure): string[] {
  const ask = symbol === '@ALL' ? strategy_type : `${strategy_type} ${symbol}`;
  const others = trials.length - 1;
  const bounds = `The bounds hold for ${others === 1 ? 'it' : `all ${others} together`}.`;
  const best = trials[chosen]!;
  if (best.lead === null)
    return [
      `None was better than the settings in use beyond noise: they stay. ${bounds}`,
      'More bars tell more: --bars; other sets of settings: --trials.',
    ];
  return [
    `Trial ${best.trial} is better beyond noise, by ${between(best.lead, lead)} a bar. ${bounds}`,
    `Trainings of ${ask} use it from now on: ${valuesInWords(best.values)}`,
    `"ml tune ${ask} --forget" goes back.`,
  ];
}
