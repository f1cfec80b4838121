import type { Bars, FittedSpan } from '../strategy.ts';
import { rowSpan } from './labels.ts';

/**
 * When a symbol's rows lie that something was fitted on (train) or chosen on (validation), each with its
 * label: unbroken runs, the gap before validation passed over.
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
 * The first and last bar of a symbol that anything in a model was fitted or chosen on, labels included,
 * also in the models it was warm-started from: ms since the epoch. The next comparison takes the bars after
 * it. A champion may have begun before the bars at hand, and may have seen later bars in its validation
 * rows than the new model in its own.
 * @param end row after the symbol's last validation row; other symbols may have cost it the spans of the
 *   last ones.
 * @param spans of the model, of all symbols.
 */
export function seenBars(
  { symbol, time }: Bars,
  { end, horizon }: { readonly end: number; readonly horizon: number },
  spans: readonly FittedSpan[],
): { readonly dataFrom: number; readonly dataTo: number } {
  const own = spans.filter((span) => span.symbol === symbol);
  const last = own.reduce((latest, span) => Math.max(latest, span.end), -Infinity);
  return {
    dataFrom: own.reduce((first, { start }) => Math.min(first, start), time[0]!),
    // A span ends when the bar after its last one begins.
    dataTo: Math.max(time[end - 1 + horizon]!, time.findLast((t) => t < last) ?? -Infinity),
  };
}

/**
 * What a model has seen that was warm-started from another: its own spans and the other's, those that touch
 * as one.
 */
export function withSpansOf(own: readonly FittedSpan[], champion: readonly FittedSpan[]): FittedSpan[] {
  const merged: FittedSpan[] = [];
  const ascending = [...own, ...champion].sort(
    (a, b) => compare(a.symbol, b.symbol) || compare(a.part, b.part) || a.start - b.start,
  );
  for (const span of ascending) {
    const last = merged.at(-1);
    if (last?.symbol === span.symbol && last.part === span.part && span.start <= last.end)
      merged[merged.length - 1] = { ...last, end: Math.max(last.end, span.end) };
    else merged.push(span);
  }
  return merged;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
