import { featuresHash } from '../features/index.ts';
import type { Artefact, Bars, FittedSpan, RowRange } from '../strategy.ts';
import { rowSpan, spansOverlap } from './labels.ts';
import type { Span } from './labels.ts';

/** The training that would go on from a champion. */
export interface Continuation {
  readonly featureNames: readonly string[];
  readonly window: number;
  readonly horizon: number;
  readonly symbols: readonly {
    readonly bars: Bars;
    /** Rows that choices are made on, ascending. */
    readonly validation: readonly number[];
    readonly holdout: RowRange;
  }[];
}

/**
 * Why a training can't go on from a champion, in words, or null when it can. It can when the inputs and the label are the
 * same and nothing that the champion, or any model before it, was fitted or chosen on reaches into the new holdout, nor anything it
 * was fitted on into the new validation rows: the weights would carry over what the new model is about to be judged by.
 * Of a symbol's own past all must lie before; of other symbols, with which it moves, none at the same time.
 */
export function continuationProblem(
  { feature_names, features_hash, window, label, fitted_spans }: Artefact,
  candidate: Continuation,
): string | null {
  const sameNames =
    feature_names.length === candidate.featureNames.length &&
    feature_names.every((name, i) => name === candidate.featureNames[i]);
  if (!sameNames) return 'the model in use was trained on other features';
  if (features_hash !== featuresHash)
    return 'the model in use was trained on features that were computed otherwise';
  if (window !== candidate.window)
    return `the model in use looks at ${window} bars, the new one at ${candidate.window}`;
  if (label.horizon !== candidate.horizon)
    return `the model in use expects the close ${label.horizon} bars on, the new one ${candidate.horizon}`;
  if (fitted_spans.length === 0) return 'the model in use does not say what it was fitted on';
  for (const { bars, validation, holdout } of candidate.symbols) {
    const lastHoldout = holdout.to - 1;
    const judged = hull(bars, candidate.horizon, holdout.from, lastHoldout);
    if (fitted_spans.some((span) => reachesInto(span, judged, bars.symbol)))
      return `the model in use has seen bars of ${bars.symbol} that the new one is to be judged on`;
    const [first, last] = [validation[0], validation.at(-1)];
    if (first === undefined || last === undefined) continue;
    const chosen = hull(bars, candidate.horizon, first, last);
    if (fitted_spans.some((span) => span.part === 'train' && reachesInto(span, chosen, bars.symbol)))
      return `the model in use was fitted on bars of ${bars.symbol} that the new one is to be chosen on`;
  }
  return null;
}

const hull = ({ time }: Bars, horizon: number, first: number, last: number): Span => ({
  start: rowSpan(time, horizon, first).start,
  end: rowSpan(time, horizon, last).end,
});

const reachesInto = (seen: FittedSpan, rows: Span, symbol: string): boolean =>
  seen.symbol === symbol ? seen.end > rows.start : spansOverlap(seen, rows);

/** What a model has seen that goes on from another: both one's own spans and the other's, those that touch as one. */
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
