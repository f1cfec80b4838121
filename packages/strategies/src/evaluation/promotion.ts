import type { Strategy } from '../strategy.ts';
import { chanceOf, type Edge } from './edge/statistic.ts';
import type { Floor, FloorRule } from './floor.ts';
import { blockLength, meanWithBounds } from './intervals.ts';

export type PromotionPolicy = 'always' | 'not-worse' | 'manual';

/** Scores of a model, one a row, of `rowScores`; `unusable`: why it can't be used or compared, if so. */
interface ScoredModel {
  readonly scores: Float64Array;
  readonly unusable: string | null;
}

export interface PromotionQuestion {
  readonly policy: PromotionPolicy;
  readonly promotionMetric: Strategy['promotionMetric'];
  /** On the rows that neither it nor the champion has seen; its `unusable` is of `degenerateReason`. */
  readonly candidate: ScoredModel;
  /**
   * The present champion on the very same rows, `unusable` also when it can't be compared; null when there is
   * none yet.
   */
  readonly champion: ScoredModel | null;
  /** Of the candidate on its whole holdout; null when no floor is asked for. */
  readonly floor: Floor | null;
  /** Whether the candidate was found to know anything; null where that can't be said. */
  readonly edge: Edge | null;
  /** Whether one that was not found to is refused. */
  readonly edgeRequired: boolean;
  /** Whether the candidate's weights and answers are the champion's own. */
  readonly nothingLearnt: boolean;
  /**
   * Candidate less champion on the candidate's whole holdout, some of which the champion has seen: looked at
   * where too few rows are new to both. Null where it can't be known.
   */
  readonly onSeenRows: Float64Array | null;
  /** Runs in a row, before this one, in which this champion could not be compared. */
  readonly incomparableRuns: number;
  /** After so many of them, this one counted, it gives way; 0 for never. */
  readonly maxIncomparableRuns: number;
  /**
   * Rows of the candidate's whole holdout, of which the scored ones are those the champion hasn't seen
   * either.
   */
  readonly holdoutRows: number;
  /** Bars from a row to its label. */
  readonly horizon: number;
  readonly seed: number;
}

/**
 * Mean score a row, candidate less champion or less its floor, with the 90 % interval whose ends are the
 * one-sided 95 % bounds.
 */
interface MeanDifference {
  readonly rows: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/** What a decision came of. */
type PromotionGround =
  /** The new model gives NaN, or the same answer to each bar. */
  | 'broken'
  /** It is worse than its floor beyond noise. */
  | 'below_floor'
  /** It was not found to know anything, and that is asked for. */
  | 'no_edge'
  /** Its weights are the champion's. */
  | 'nothing_learnt'
  /** There is no champion. */
  | 'first'
  /** The champion can't be used any more, or says another thing. */
  | 'champion_unusable'
  /** Both were scored on rows that neither has seen. */
  | 'compared'
  /** Too few such rows; it is not worse even on those that the champion has seen. */
  | 'compared_on_seen'
  /** Too few such rows. */
  | 'incomparable'
  /** That for so many runs that the champion gives way. */
  | 'incomparable_too_long';

export interface PromotionDecision {
  readonly promote: boolean;
  /** One or two sentences for whoever reads the registry. */
  readonly reason: string;
  readonly ground: PromotionGround;
  /** On rows that neither has seen; null where there are too few or no champion. */
  readonly comparison: MeanDifference | null;
  /** Null when no floor was asked for, or the model is broken. */
  readonly floor: (MeanDifference & { readonly rule: FloorRule; readonly passed: boolean }) | null;
  /** Runs in a row in which this champion could not be compared with a model that passed its floor. */
  readonly incomparableRuns: number;
}

const minCommonRows = 30;
const resamples = 2000;

/**
 * Rows that neither model has seen which a comparison takes: with fewer, noise alone decides; a holdout that
 * is itself shorter is the best there is.
 */
export const commonRowsNeeded = (holdoutRows: number): number => Math.min(minCommonRows, holdoutRows);

const refusedByAll: ReadonlySet<PromotionGround> = new Set([
  'broken',
  'below_floor',
  'no_edge',
  'nothing_learnt',
]);

/**
 * Decides whether a candidate takes the champion's place.
 * A broken candidate, one that is worse than its floor beyond noise, one that was not found to know anything
 * where that is asked for, and one that learnt nothing are refused under every policy. `not-worse` refuses one that is worse than the champion beyond noise: the paired block
 * bootstrap's 95 % upper bound of candidate less champion is below 0. An unusable champion gives way. Where
 * too few common rows exist the champion stays, unless it does no better on rows that it has seen, or it was
 * so for too many runs. `always` promotes all the same, `manual` never does; both say what `not-worse` would
 * have decided.
 */
export function decidePromotion(question: PromotionQuestion): PromotionDecision {
  const advice = notWorse(question);
  const { promote, why, ground, comparison, floor } = advice;
  const refused = refusedByAll.has(ground);
  const unlike = ground === 'incomparable' || ground === 'incomparable_too_long';
  // Whatever says nothing of the two side by side leaves the count as it is.
  const kept = unlike || (refused && comparison === null);
  const incomparableRuns = kept ? question.incomparableRuns + (unlike ? 1 : 0) : 0;
  const decided = (promoted: boolean, reason: string): PromotionDecision => ({
    promote: promoted,
    reason: `${promoted ? 'Promoted' : 'Not promoted'}: ${reason}.`,
    ground,
    comparison,
    floor,
    incomparableRuns,
  });
  if (question.policy === 'manual')
    return decided(
      false,
      `the policy is manual; not-worse would have ${promote ? 'promoted' : 'refused'} it: ${why}`,
    );
  if (question.policy === 'always' && !promote && !refused)
    return decided(true, `the policy is always; not-worse would have refused it: ${why}`);
  return decided(promote, why);
}

interface Advice {
  readonly promote: boolean;
  readonly why: string;
  readonly ground: PromotionGround;
  readonly comparison: MeanDifference | null;
  readonly floor: PromotionDecision['floor'];
}

/** What the policy `not-worse` says. */
function notWorse(question: PromotionQuestion): Advice {
  const { candidate, champion } = question;
  if (candidate.unusable !== null)
    return {
      promote: false,
      why: `the new model is broken: ${candidate.unusable}`,
      ground: 'broken',
      comparison: null,
      floor: null,
    };
  const floor = floorTest(question);
  const comparison = comparisonOf(question);
  const say = (promote: boolean, ground: PromotionGround, why: string): Advice => ({
    promote,
    why,
    ground,
    comparison,
    floor,
  });
  if (floor !== null && !floor.passed) return say(false, 'below_floor', belowFloor(floor, question));
  if (question.edgeRequired && question.edge?.found !== true)
    return say(false, 'no_edge', withoutEdge(question.edge));
  if (champion === null)
    return say(
      true,
      'first',
      `it is the first model here and works${floor === null ? '' : `; ${aboveFloorWords(floor, question)}`}`,
    );
  if (question.nothingLearnt)
    return say(
      false,
      'nothing_learnt',
      'nothing was learnt: its weights and answers are those of the present model, which stays',
    );
  if (champion.unusable !== null)
    return say(true, 'champion_unusable', `the present model gives way: ${champion.unusable}`);
  if (comparison !== null) {
    const words = describe(comparison, question.promotionMetric, 'the present model');
    return say(
      comparison.high >= 0,
      'compared',
      `on ${comparison.rows} bars that neither had seen it scored ${words}`,
    );
  }
  return incomparable(question, say);
}

/** With too few rows that neither has seen. */
function incomparable(
  question: PromotionQuestion,
  say: (promote: boolean, ground: PromotionGround, why: string) => Advice,
): Advice {
  const { candidate, onSeenRows, incomparableRuns, maxIncomparableRuns: most, floor } = question;
  const few =
    `only ${candidate.scores.length} bars are new to both the new and the present model, and a comparison ` +
    `takes ${commonRowsNeeded(question.holdoutRows)}`;
  const onSeen = onSeenRows === null ? null : meanOf(onSeenRows, question);
  if (onSeen !== null && onSeen.high >= 0)
    return say(
      true,
      'compared_on_seen',
      `${few}; on all ${onSeen.rows} bars of its holdout, some of which the present one has seen and it ` +
        `has not, it scored ${describe(onSeen, question.promotionMetric, 'that one')}`,
    );
  const runs = incomparableRuns + 1;
  if (most > 0 && runs >= most)
    return say(
      true,
      'incomparable_too_long',
      `the present model could not be compared in ${runs === 1 ? 'this run' : `${runs} runs in a row`} ` +
        `(it has seen these bars: ${few}); the new one ` +
        `${floor === null ? 'works' : 'passed its floor'} and takes its place`,
    );
  const until = most === 0 ? '' : ` (run ${runs} of ${most} like this, after which it gives way)`;
  return say(false, 'incomparable', `${few}; the present one stays${until}`);
}

/** Candidate less champion; null without enough rows that neither has seen. */
function comparisonOf(question: PromotionQuestion): MeanDifference | null {
  const { candidate, champion } = question;
  if (champion?.unusable !== null) return null;
  const rows = candidate.scores.length;
  if (champion.scores.length !== rows)
    throw new RangeError(`candidate and champion were scored on ${rows} and ${champion.scores.length} rows`);
  if (rows < commonRowsNeeded(question.holdoutRows)) return null;
  return meanOf(
    candidate.scores.map((score, i) => score - champion.scores[i]!),
    question,
  );
}

function meanOf(
  differences: Float64Array,
  { promotionMetric, horizon, seed }: PromotionQuestion,
): MeanDifference {
  const rows = differences.length;
  // Returns are the next bar's and share none.
  const block = blockLength(rows, promotionMetric === 'net_return' ? 1 : horizon);
  const { mean, low, high } = meanWithBounds(differences, { block, resamples, seed });
  return { rows, difference: mean, low, high };
}

function floorTest(question: PromotionQuestion): PromotionDecision['floor'] {
  if (question.floor === null) return null;
  const { rule, differences } = question.floor;
  const found = meanOf(differences, question);
  return { rule, ...found, passed: found.high >= 0 };
}

const floorWords: Readonly<Record<FloorRule, string>> = {
  majority_class: 'the base rate, which says how often each outcome came in training',
  train_mean: 'always saying the mean of the training rows',
  always_flat: 'never trading',
};

type FloorResult = NonNullable<PromotionDecision['floor']>;

function belowFloor(floor: FloorResult, { promotionMetric, champion }: PromotionQuestion): string {
  const words = describe(floor, promotionMetric, floorWords[floor.rule]);
  const besides =
    champion?.unusable == null ? '' : `; the present model can't be used either: ${champion.unusable}`;
  return (
    `it is below the floor (MODEL_FLOOR=baseline): on the ${floor.rows} bars of its holdout it scored ` +
    `${words}${besides}`
  );
}

function withoutEdge(edge: Edge | null): string {
  const asked = 'no edge was found, which MODEL_FLOOR=edge asks for';
  if (edge === null) return `${asked}: there are too few rows to tell`;
  const { score, value, low, high, rows, holdoutRows } = edge;
  const show = (v: number): string =>
    score === 'net_return' ? `${(10_000 * v).toFixed(2)} basis points a bar` : v.toFixed(3);
  const walked = rows > holdoutRows ? ` (${holdoutRows} of its holdout, the others walked forward)` : '';
  const name = { auc: 'AUC', rank_ic: 'rank IC', net_return: 'net return' }[score];
  return (
    `${asked}: on ${rows} bars${walked} its ${name} is ${show(value)}, which is chance ` +
    `(${show(chanceOf[score])}) within noise (90 % range ${show(low)} to ${show(high)})`
  );
}

const aboveFloorWords = (floor: FloorResult, { promotionMetric }: PromotionQuestion): string =>
  `on the ${floor.rows} bars of its holdout it scored ` +
  describe(floor, promotionMetric, floorWords[floor.rule]);

/** As in: 0.0021 of log-likelihood a bar better than the present model, a difference within noise (…) */
function describe(
  { difference, low, high }: MeanDifference,
  promotionMetric: Strategy['promotionMetric'],
  other: string,
): string {
  const { show, unit } = words[promotionMetric];
  const by =
    difference === 0
      ? `the same as ${other}`
      : `${show(Math.abs(difference))} ${unit} a bar ${difference > 0 ? 'better' : 'worse'} than ${other}`;
  const noise =
    high < 0 ? 'worse beyond noise' : low > 0 ? 'better beyond noise' : 'a difference within noise';
  return `${by}, ${noise} (90 % range ${show(low)} to ${show(high)})`;
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
