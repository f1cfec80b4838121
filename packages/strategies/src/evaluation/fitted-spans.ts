import type { Bars, FittedSpan } from '../strategy.ts';
import { rowSpan } from './span.ts';

/**
 * When a symbol's rows lie that something was fitted on (train) or chosen on (validation), each with its label: unbroken
 * runs, the gap before validation passed over.
 * @param parts row indices, ascending.
 */
export function fittedSpans(
  bars: Bars,
  horizon: number,
  parts: Readonly<Record<FittedSpan['part'], readonly number[]>>,
): FittedSpan[] {
  return (['train', 'validation'] as const).flatMap((part) => {
    const spans: FittedSpan[] = [];
    let before = -Infinity;
    for (const t of parts[part]) {
      const { start, end } = rowSpan(bars.time, horizon, t);
      const run = t - before <= horizon + 1 ? spans.pop() : undefined;
      spans.push({ symbol: bars.symbol, part, start: run?.start ?? start, end });
      before = t;
    }
    return spans;
  });
}
