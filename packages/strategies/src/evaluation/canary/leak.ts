import { StrategyError } from '../../errors.ts';
import { featureNames } from '../../features/index.ts';
import type { Bars } from '../../strategy.ts';

/** A leak, named by symbol and, where there is one, the row that shows it. */
export function leak(bars: Bars | undefined, row: number | undefined, what: string): StrategyError {
  const time = row === undefined ? undefined : bars?.time[row];
  const at = time === undefined ? '' : ` (row ${row}, ${new Date(time).toISOString()})`;
  return new StrategyError('LEAK', `${bars?.symbol ?? 'all symbols'}: ${what}${at}; no model was made of it`);
}

/** A column's name; a table of another width than this version's has numbers only. */
export const columnName = (c: number, cols: number): string =>
  cols === featureNames.length ? featureNames[c]! : `number ${c + 1} of ${cols}`;
