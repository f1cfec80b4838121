// What a job tells of beside its result.
import type { Config, DataCheck } from '@ml-training/core';
import type { Report } from '@ml-training/strategies';
import type { Observer } from '../messages.ts';
import type { RefitResult } from './refit.ts';

/** Warnings that are told of one by one; the job's result has all of them. */
export const maxShown = 5;

/**
 * What is to be told of: moves have words of their own, and that there are no newer bars, or that the newest is
 * still running, is nothing wrong with those that it was trained on.
 */
export const foundInWords = ({ findings }: DataCheck): string[] =>
  findings
    .filter(({ kind }) => !['split', 'outlier', 'too_old', 'unclosed'].includes(kind))
    .map(({ words }) => words);

/** A model that stays as it was judged though it was to be refitted is told of. */
export function noteRefit(result: RefitResult, { REFIT }: Pick<Config, 'REFIT'>, observer: Observer): void {
  if (result.refitted)
    observer.note({ level: 'info', message: 'refitted on all bars', facts: { rows: result.rows } });
  else if (REFIT !== 'none')
    observer.note({ level: 'warn', message: 'not refitted', facts: { why: result.reason } });
}

/** One warning for all inputs that weren't there for all bars; the job's result has each of them. */
export function noteInputs({ details }: Report, observer: Observer): void {
  const inputs = (details['inputs'] ?? {}) as InputDetails;
  const lacking = Object.entries(inputs).flatMap(([symbol, of]) =>
    Object.entries(of).flatMap(([input, facts]) => {
      const before = facts.rows_before_first_bar;
      const carried = facts.rows_carried_forward;
      if (before === 0 && carried === 0) return [];
      const hours = Math.round(10 * facts.longest_hours) / 10;
      return [
        `${symbol}: ${input} begins after ${before} bars, and an older bar of it stood in at ` +
          `${carried}, for ` +
          `${hours} h at the longest`,
      ];
    }),
  );
  if (lacking.length === 0) return;
  const shown = lacking.slice(0, maxShown);
  const more = lacking.length > shown.length ? [`and ${lacking.length - shown.length} more`] : [];
  observer.note({
    level: 'warn',
    message: 'inputs were not there for all bars',
    facts: { why: [...shown, ...more].join('; ') },
  });
}

/** As the strategies report it: by symbol and input. */
type InputDetails = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly rows_before_first_bar: number;
          readonly rows_carried_forward: number;
          readonly longest_hours: number;
        }
      >
    >
  >
>;
