import type { Bars, Preparation } from '../../strategy.ts';
import { directionLabels } from '../labels.ts';
import { leak } from './leak.ts';

/**
 * Each symbol's parts must follow each other in time, none of their labels reaching into the next part.
 * @throws StrategyError LEAK
 */
export function checkRows(prepared: Preparation, barsOf: ReadonlyMap<string, Bars>, horizon: number): void {
  for (const { symbol, train, validation, holdout } of prepared.symbols) {
    const bars = barsOf.get(symbol);
    const parts: readonly (readonly [name: string, rows: readonly number[]])[] = [
      ['training', train.rows],
      ['validation', validation.rows],
      ['holdout', [holdout.from, holdout.to - 1]],
    ];
    let [before, end] = ['', -Infinity];
    for (const [name, rows] of parts) {
      const first = rows[0];
      if (first === undefined) continue;
      if (first <= end)
        throw leak(
          bars,
          first,
          `a ${name} row lies among the ${before} rows or the ${horizon} bars of their labels`,
        );
      const stray = rows.findIndex((t, i) => i > 0 && t <= rows[i - 1]!);
      if (stray !== -1 && name !== 'holdout')
        throw leak(bars, rows[stray], `the ${name} rows are out of order, or one is there twice`);
      [before, end] = [name, rows.at(-1)! + horizon];
    }
  }
}

/**
 * Each training row's label must be what it is said to be, and so look no further.
 * @throws StrategyError LEAK
 */
export function checkLabels(prepared: Preparation, barsOf: ReadonlyMap<string, Bars>, horizon: number): void {
  for (const { symbol, train } of prepared.symbols) {
    const bars = barsOf.get(symbol)!;
    const labels = directionLabels(bars.close, horizon);
    const wrong = train.rows.findIndex((t, r) => train.labels[r] !== labels[t]);
    if (wrong !== -1)
      throw leak(
        bars,
        train.rows[wrong],
        `a training label doesn't say whether the close rises over ${horizon} bars`,
      );
  }
}
