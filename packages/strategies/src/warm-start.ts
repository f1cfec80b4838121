import type { Label } from '@ml-training/sdk';
import { scalerFromPlain } from './evaluation/index.ts';
import { rowSpan, spansOverlap } from './evaluation/index.ts';
import type { Scaler, Span } from './evaluation/index.ts';
import type { Dataset } from './dataset.ts';
import type { AnyDefinition, CommonSettings } from './definition.ts';
import { StrategyError } from './errors.ts';
import { barsWindow } from './load.ts';
import { readStoredParams } from './params.ts';
import { judgedModel } from './refit.ts';
import type { Artefact, Bars, FittedSpan, Plain, RowRange } from './strategy.ts';

/** What a training takes over from the model in use. */
export interface WarmStart {
  /** What the strategy takes of its state. */
  readonly champion: object;
  /** The one that the champion learnt with: on another scale its state means something else. */
  readonly scaler: Scaler;
  readonly fittedSpans: readonly FittedSpan[];
}

/** The warm start, or in words why there is none. A champion that can't be read is one that doesn't fit. */
export function warmStartFrom(
  definition: AnyDefinition,
  inUse: Artefact | undefined,
  { symbols }: Dataset,
  settings: CommonSettings,
): WarmStart | string {
  const { type, scope } = definition;
  const features = definition.features(settings);
  if (inUse === undefined) return 'there is no model in use to warm-start from';
  // Never the refitted weights: they have seen every bar up to their training, and so the new holdout's.
  const champion = judgedModel(inUse);
  if (definition.warmStart === undefined) return `${type} begins every training from scratch`;
  const problem = warmStartProblem(champion, {
    featureNames: features.names,
    featuresHash: features.hash,
    window: barsWindow(features, definition.window?.(settings) ?? 1),
    label: definition.label(settings).label,
    symbols: symbols.map(({ bars, purged: { validation, holdout } }) => ({ bars, validation, holdout })),
  });
  if (problem !== null) return problem;
  const others = scope === 'all' ? otherSymbols(champion, symbols) : null;
  if (others !== null) return others;
  try {
    const scaler = scalerFromPlain(champion.model_state.scaler, features.names);
    const stored = readStoredParams(definition.settings, champion, type);
    const found = definition.warmStart(
      { state: champion.model_state[type], settings: stored, scaler },
      settings,
      features,
    );
    if ('unfit' in found) return found.unfit;
    return { champion: found, scaler, fittedSpans: champion.fitted_spans };
  } catch (error) {
    if (error instanceof StrategyError) return `the model in use can't be read: ${error.message}`;
    throw error;
  }
}

/**
 * A model over several symbols warm-starts from one of the very same: what it lacks or has besides would
 * weigh for ever.
 */
function otherSymbols({ fitted_spans }: Artefact, symbols: Dataset['symbols']): string | null {
  const before = [...new Set(fitted_spans.map(({ symbol }) => symbol))].sort();
  const learnt = symbols.filter(({ purged: { train, validation } }) => train.length + validation.length > 0);
  const now = learnt.map(({ bars }) => bars.symbol).sort();
  if (before.length === now.length && before.every((symbol, i) => symbol === now[i])) return null;
  return `the model in use learnt from ${before.join(', ')}, the new one learns from ${now.join(', ')}`;
}

/** The training that would be warm-started. */
interface Candidate {
  readonly featureNames: readonly string[];
  readonly featuresHash: string;
  readonly window: number;
  readonly label: Label;
  readonly symbols: readonly {
    readonly bars: Bars;
    /** Rows that choices are made on, ascending. */
    readonly validation: readonly number[];
    readonly holdout: RowRange;
  }[];
}

/**
 * Why a training can't be warm-started from a champion, in words, or null when it can. It can when the
 * inputs and the label are the same and nothing that the champion, or any model before it, was fitted or
 * chosen on reaches into the new holdout, nor anything it was fitted on into the new validation rows: the
 * weights would carry over what the new model is about to be judged by. Of a symbol's own past all must lie
 * before; of other symbols, with which it moves, none at the same time.
 */
export function warmStartProblem(
  { feature_names, features_hash, window, label, fitted_spans }: Artefact,
  candidate: Candidate,
): string | null {
  const sameNames =
    feature_names.length === candidate.featureNames.length &&
    feature_names.every((name, i) => name === candidate.featureNames[i]);
  if (!sameNames) return 'the model in use was trained on other features';
  if (features_hash !== candidate.featuresHash)
    return 'the model in use was trained on features that were computed otherwise';
  if (window !== candidate.window)
    return `the model in use looks at ${window} bars, the new one at ${candidate.window}`;
  const { horizon } = candidate.label;
  if (label.horizon !== horizon)
    return `the model in use expects the close ${label.horizon} bars on, the new one ${horizon}`;
  if (!isSameLabel(label, candidate.label))
    return (
      `the model in use learnt the label ${shownLabel(label)}, ` +
      `the new one learns ${shownLabel(candidate.label)}`
    );
  if (fitted_spans.length === 0) return 'the model in use does not say what it was fitted on';
  for (const { bars, validation, holdout } of candidate.symbols) {
    const lastHoldout = holdout.to - 1;
    const judged = hull(bars, horizon, holdout.from, lastHoldout);
    if (fitted_spans.some((span) => reachesInto(span, judged, bars.symbol)))
      return `the model in use has seen bars of ${bars.symbol} that the new one is to be judged on`;
    const [first, last] = [validation[0], validation.at(-1)];
    if (first === undefined || last === undefined) continue;
    const chosen = hull(bars, horizon, first, last);
    if (fitted_spans.some((span) => span.part === 'train' && reachesInto(span, chosen, bars.symbol)))
      return `the model in use was fitted on bars of ${bars.symbol} that the new one is to be chosen on`;
  }
  return null;
}

/** Whether two models say the same thing, in whatever order their files describe it. */
export const isSameLabel = (a: Label, b: Label): boolean => canonical(a) === canonical(b);

const canonical = (value: Plain): string =>
  JSON.stringify(value, (_, part: Plain) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1)))
      : part,
  );

/** As a message shows it: triple_barrier {"horizon":12,…} */
export const shownLabel = ({ kind, ...rest }: Label): string => `${kind} ${JSON.stringify(rest)}`;

const hull = ({ time }: Bars, horizon: number, first: number, last: number): Span => ({
  start: rowSpan(time, horizon, first).start,
  end: rowSpan(time, horizon, last).end,
});

const reachesInto = (seen: FittedSpan, rows: Span, symbol: string): boolean =>
  seen.symbol === symbol ? seen.end > rows.start : spansOverlap(seen, rows);
