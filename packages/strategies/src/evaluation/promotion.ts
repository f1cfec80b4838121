import type { Bars, FittedSpan, RowRange, Strategy } from '../strategy.ts';
import { blockLength, meanWithBounds } from './intervals.ts';
import { rowSpan, spansOverlap } from './labels.ts';

export type PromotionPolicy = 'always' | 'not-worse' | 'manual';

export interface PromotionQuestion {
  readonly policy: PromotionPolicy;
  readonly promotionMetric: Strategy['promotionMetric'];
  /** `scores`: one a common unseen row, of `rowScores`; `unusable`: of `degenerateReason`. */
  readonly candidate: { readonly scores: Float64Array; readonly unusable: string | null };
  /**
   * The present champion on the very same rows, `unusable` also when it can't be compared; null when there is
   * none yet.
   */
  readonly champion: { readonly scores: Float64Array; readonly unusable: string | null } | null;
  /**
   * Rows of the candidate's whole holdout, of which the scored ones are those the champion hasn't seen
   * either.
   */
  readonly holdoutRows: number;
  /** Bars from a row to its label. */
  readonly horizon: number;
  readonly seed: number;
}

export interface PromotionDecision {
  readonly promote: boolean;
  /** One or two sentences for whoever reads the registry. */
  readonly reason: string;
  /**
   * Mean score a row, candidate less champion, with the 90 % interval whose ends are the one-sided 95 %
   * bounds.
   */
  readonly comparison: {
    readonly rows: number;
    readonly difference: number;
    readonly low: number;
    readonly high: number;
  } | null;
}

/**
 * With fewer rows in common, noise alone decides; a holdout that is itself shorter is the best there is.
 */
const minCommonRows = 30;
const resamples = 2000;

/**
 * Decides whether a candidate takes the champion's place.
 * `not-worse` refuses one that is worse beyond noise: the paired block bootstrap's 95 % upper bound of
 * candidate less champion is below 0. An unusable candidate is refused under every policy, an unusable
 * champion gives way, and where too few common rows exist the champion stays. `always` promotes all the same,
 * `manual` never does; both say what `not-worse` would have decided.
 */
export function decidePromotion(question: PromotionQuestion): PromotionDecision {
  const { promote, why, comparison } = notWorse(question);
  const decided = (promoted: boolean, reason: string): PromotionDecision => ({
    promote: promoted,
    reason: `${promoted ? 'Promoted' : 'Not promoted'}: ${reason}.`,
    comparison,
  });
  if (question.policy === 'manual')
    return decided(
      false,
      `the policy is manual; not-worse would have ${promote ? 'promoted' : 'refused'} it: ${why}`,
    );
  if (question.policy === 'always' && !promote && question.candidate.unusable === null)
    return decided(true, `the policy is always; not-worse would have refused it: ${why}`);
  return decided(promote, why);
}

interface Advice {
  readonly promote: boolean;
  readonly why: string;
  readonly comparison: PromotionDecision['comparison'];
}

/** What the policy `not-worse` says. */
function notWorse(question: PromotionQuestion): Advice {
  const { candidate, champion, holdoutRows, promotionMetric } = question;
  const say = (promote: boolean, why: string): Advice => ({ promote, why, comparison: null });
  if (candidate.unusable !== null) return say(false, `the new model is broken: ${candidate.unusable}`);
  if (champion === null) return say(true, 'it is the first model here and works');
  if (champion.unusable !== null) return say(true, `the present model gives way: ${champion.unusable}`);

  const rows = candidate.scores.length;
  if (champion.scores.length !== rows)
    throw new RangeError(`candidate and champion were scored on ${rows} and ${champion.scores.length} rows`);
  const needed = Math.min(minCommonRows, holdoutRows);
  if (rows < needed)
    return say(
      false,
      `only ${rows} bars are new to both the new and the present model, and a comparison takes ${needed}; ` +
        `the present one stays`,
    );

  const differences = candidate.scores.map((score, i) => score - champion.scores[i]!);
  // Returns are the next bar's and share none.
  const block = blockLength(rows, promotionMetric === 'net_return' ? 1 : question.horizon);
  const { mean, low, high } = meanWithBounds(differences, { block, resamples, seed: question.seed });
  const comparison = { rows, difference: mean, low, high };
  const promote = comparison.high >= 0;
  return { promote, why: describe(comparison, promotionMetric), comparison };
}

function describe(
  comparison: NonNullable<Advice['comparison']>,
  promotionMetric: Strategy['promotionMetric'],
): string {
  const { rows, difference, low, high } = comparison;
  const { show, unit } = words[promotionMetric];
  const verb =
    difference === 0
      ? `it scored the same as the present model`
      : `it scored ${show(Math.abs(difference))} ${unit} a bar ` +
        `${difference > 0 ? 'better' : 'worse'} than the present model`;
  const noise =
    high < 0 ? 'worse beyond noise' : low > 0 ? 'better beyond noise' : 'a difference within noise';
  return `on ${rows} bars that neither had seen ${verb}, ${noise} (90 % range ${show(low)} to ${show(high)})`;
}

const words: Readonly<
  Record<Strategy['promotionMetric'], { readonly unit: string; readonly show: (value: number) => string }>
> = {
  net_return: {
    unit: 'basis points of return after costs',
    show: (value) => (value * 10_000).toFixed(2),
  },
  log_likelihood: { unit: 'of log-likelihood', show: (value) => value.toFixed(4) },
  // In the square of the label's unit, which may be any.
  squared_error: {
    unit: 'of squared error',
    show: (value) => (value === 0 ? '0' : value.toExponential(2)),
  },
};

/** What a champion was fitted or chosen on. */
export interface Seen {
  /** The last bar of the symbol itself, labels included; ms since the epoch. */
  readonly dataTo: number;
  /** Times of its rows of all symbols, where it is a model over several. */
  readonly spans: readonly FittedSpan[];
}

/**
 * Rows of `holdout` that a champion hasn't seen: the longest piece, the later of equals, that lies after its
 * dataTo and outside the times of what it saw of other symbols, with which this one moves. Empty when there
 * are none. Of 150 simulated champions over daily and hourly bars of one price, the log-likelihood of a daily
 * row was 0.0021 ± 0.0006 higher inside the hourly training rows' time than outside.
 */
export function unseenRows(
  bars: Bars,
  holdout: RowRange,
  horizon: number,
  { dataTo, spans }: Seen,
): RowRange {
  const others = spans.filter(({ symbol }) => symbol !== bars.symbol);
  let longest = { from: holdout.to, to: holdout.to };
  let from = holdout.from;
  for (let t = holdout.from; t < holdout.to; t++) {
    const own = rowSpan(bars.time, horizon, t);
    if (own.start <= dataTo || others.some((other) => spansOverlap(own, other))) from = t + 1;
    else if (t + 1 - from >= longest.to - longest.from) longest = { from, to: t + 1 };
  }
  return longest;
}
