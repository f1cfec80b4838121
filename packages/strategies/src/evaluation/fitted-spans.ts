import type { Bars, FittedSpan } from '../strategy.ts';
import { rowSpan } from './labels.ts';

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

/**
 * Time of the last bar of a symbol that its own spans hold, labels included; −Infinity without any. A model that goes on from another
 * may have seen later bars in that one's validation rows than in its own.
 */
export function lastSeen({ symbol, time }: Bars, spans: readonly FittedSpan[]): number {
  const end = spans.reduce(
    (last, span) => (span.symbol === symbol ? Math.max(last, span.end) : last),
    -Infinity,
  );
  return time.findLast((t) => t < end) ?? -Infinity;
}

/** When the first of a symbol's own spans begins, which may be before the bars at hand; Infinity without any. */
export const firstSeen = ({ symbol }: Pick<Bars, 'symbol'>, spans: readonly FittedSpan[]): number =>
  spans.reduce((first, span) => (span.symbol === symbol ? Math.min(first, span.start) : first), Infinity);
