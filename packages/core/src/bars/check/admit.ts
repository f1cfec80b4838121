// Which of a symbol's bars a training is given, and whether it is given any.
import type { Bars } from '@ml-training/sdk';
import type { Config } from '../../config/index.ts';
import { withoutNegative, withoutRows } from './columns.ts';
import { checkBars, type DataCheck, type Finding } from './index.ts';

export type CheckSettings = Pick<Config, 'DATA_CHECK' | 'BAR_TIMES' | 'NEGATIVE_PRICES'>;

export interface Admitted {
  /** Those that can be the symbol's; what is wrong with their prices shows in no score. */
  readonly bars: Bars;
  readonly check: DataCheck;
  /** How many were left out. */
  readonly leftOut: number;
  /** Why none of them is to be used, by DATA_CHECK=refuse; null where they are. */
  readonly refused: string | null;
}

/**
 * Checks bars and leaves out those that can't be used: of the future, off the grid, of another interval, not closed
 * yet, and of a symbol in NEGATIVE_PRICES those with a price of 0 or below, which no return leads to.
 * @param now ms since the epoch
 */
export function admitBars(bars: Bars, settings: CheckSettings, now: number): Admitted {
  const check = checkBars(bars, { now, negative: settings.NEGATIVE_PRICES, stamped: settings.BAR_TIMES });
  const usable = withoutNegative(withoutRows(bars, new Set(check.unusable)), settings.NEGATIVE_PRICES);
  const refusing = check.findings.filter(({ kind }) => kind !== 'unclosed');
  return {
    bars: usable,
    check,
    leftOut: bars.time.length - usable.time.length,
    refused: settings.DATA_CHECK === 'refuse' && refusing.length > 0 ? refusalWords(refusing) : null,
  };
}

export const refusalWords = (findings: readonly Finding[]): string =>
  `DATA_CHECK=refuse, and the data check found: ${findings.map(({ words }) => words).join('; ')}`;

/** As a job's result, `ml data --json` and the API show it. */
export const checkJson = ({ interval, findings }: DataCheck) => ({
  interval_seconds: interval === null ? null : interval / 1000,
  findings: findings.map(({ time, ...finding }) => ({
    ...finding,
    time: Number.isFinite(time) && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : null,
  })),
});
