import { createHash } from 'node:crypto';
import {
  errorFacts,
  failureOf,
  readModel,
  writePickle,
  type Config,
  type ModelsPlace,
  type ModelSettings,
  type DecisionFacts,
  type RegisteredModel,
} from '@ml-training/core';
import {
  aboveFloor,
  commonRowsNeeded,
  costBpsOf,
  degenerateReason,
  decidePromotion,
  isSameLabel,
  judgedModel,
  judgedRows,
  rowScores,
  shownLabel,
  unseenRows,
  type Artefact,
  type Bars,
  type Edge,
  type EvaluationOptions,
  type Prediction,
  type Predictor,
  type RowRange,
  type Strategy,
  type SymbolReport,
} from '@ml-training/strategies';

export interface Candidate {
  readonly artefact: Artefact;
  readonly predictor: Predictor;
  readonly report: SymbolReport;
  readonly edge: Edge | null;
}

/** The model in use, and for how many runs in a row it could not be compared. */
export interface PresentModel {
  readonly model: RegisteredModel;
  readonly incomparableRuns: number;
}

type Settings = ModelSettings &
  Pick<Config, 'MODEL_FLOOR' | 'MODEL_INCOMPARABLE_RUNS' | 'MODEL_PROMOTION' | 'TRAINING_SEED'>;

/** What a champion says of rows that it hasn't seen, and of the whole holdout where these are too few. */
interface ScoredChampion {
  readonly rows: RowRange;
  readonly prediction: Prediction | null;
  readonly unusable: string | null;
  readonly onHoldout: Prediction | null;
  /** Whether it has the new model's state, and answers as it does. */
  readonly same: boolean;
}

interface Comparison {
  readonly promote: boolean;
  readonly reason: string;
  readonly facts: DecisionFacts;
  readonly championId: string | null;
}

/**
 * Scores a symbol's new model beside its floor, and beside the active one on the very same rows, by the new
 * one's label and costs, and decides which of them goes live. Both are what was judged of them: whatever was
 * refitted since has seen the rows (docs/decisions/0025).
 * @throws what the champion's file could not be read for, when it may be readable later
 */
export async function compareWithChampion(
  config: Settings,
  strategy: Strategy,
  candidate: Candidate,
  champion: PresentModel | null,
  bars: Bars,
): Promise<Comparison> {
  const { artefact, predictor, report } = candidate;
  const { holdout, train } = report;
  const { horizon } = artefact.label;
  const { promotionMetric } = strategy;
  const label = strategy.label(artefact.params);
  const options: EvaluationOptions = { horizon, costBps: costBpsOf(artefact.params, bars.symbol), label };
  const scores = (prediction: Prediction | null, rows: RowRange): Float64Array =>
    prediction === null ? new Float64Array(0) : rowScores(promotionMetric, bars, prediction, rows, options);

  const whole = await predictor.predict(bars, holdout);
  // Whether it is broken shows on all rows, however few are in common.
  const broken = degenerateReason(whole, label.task);
  const present =
    champion === null ? null : await scoreChampion(config, strategy, candidate, champion.model, bars);
  const rows = present?.rows ?? holdout;
  const own = present === null ? whole : await predicted(predictor, bars, rows);
  const onHoldout = scores(present?.onHoldout ?? null, holdout);
  const ofHoldout = onHoldout.length === 0 ? null : scores(whole, holdout);
  const decision = decidePromotion({
    policy: config.MODEL_PROMOTION,
    promotionMetric,
    candidate: { scores: scores(own, rows), unusable: broken },
    champion:
      present === null ? null : { scores: scores(present.prediction, rows), unusable: present.unusable },
    floor:
      config.MODEL_FLOOR === 'none' || broken !== null
        ? null
        : aboveFloor(promotionMetric, bars, whole, { holdout, train }, options),
    edge: candidate.edge,
    edgeRequired: config.MODEL_FLOOR === 'edge',
    nothingLearnt: present?.same ?? false,
    onSeenRows: ofHoldout?.map((score, i) => score - onHoldout[i]!) ?? null,
    incomparableRuns: champion?.incomparableRuns ?? 0,
    maxIncomparableRuns: config.MODEL_INCOMPARABLE_RUNS,
    holdoutRows: judgedRows(bars, holdout, horizon).length,
    horizon,
    seed: config.TRAINING_SEED,
  });
  const { promote, reason, ground, comparison, floor, incomparableRuns } = decision;
  const championId = champion?.model.model_id ?? null;
  return {
    promote,
    reason,
    championId,
    facts: {
      ground,
      policy: config.MODEL_PROMOTION,
      metric: promotionMetric,
      champion_id: championId,
      floor,
      edge: edgeFacts(candidate.edge),
      comparison,
      nothing_learnt: present?.same ?? false,
      incomparable_runs: incomparableRuns,
    },
  };
}

const edgeFacts = (edge: Edge | null): NonNullable<DecisionFacts['edge']> | null => {
  if (edge === null) return null;
  const { holdoutRows, ...facts } = edge;
  return { ...facts, holdout_rows: holdoutRows };
};

/** What a model says of rows; null of none. */
const predicted = async (model: Predictor, bars: Bars, rows: RowRange): Promise<Prediction | null> =>
  rows.from === rows.to ? null : model.predict(bars, rows);

/**
 * A champion that will never be loaded or compared again is unusable: the new model takes its place, and the
 * reason says why. What may pass (too many open files, a lack of memory) is thrown, so that it unseats
 * nobody.
 */
async function scoreChampion(
  models: ModelsPlace,
  strategy: Strategy,
  candidate: Candidate,
  champion: RegisteredModel,
  bars: Bars,
): Promise<ScoredChampion> {
  const { holdout } = candidate.report;
  const { label } = candidate.artefact;
  const { horizon } = label;
  const unusable = (reason: string): ScoredChampion => ({
    rows: { from: holdout.to, to: holdout.to },
    prediction: null,
    unusable: reason,
    onHoldout: null,
    same: false,
  });
  try {
    const file = judgedModel(await readModel(models, champion.file_path, champion));
    // A position can be scored whatever it was learnt from,
    // a probability only by what it is the probability of.
    if (strategy.promotionMetric !== 'net_return' && file.label.horizon !== horizon)
      return unusable(
        `it says what the price does over the next ${file.label.horizon} bars, the new one over the next ` +
          `${horizon}, so their scores can't be compared`,
      );
    if (strategy.promotionMetric !== 'net_return' && !isSameLabel(file.label, label))
      return unusable(
        `it says the label ${shownLabel(file.label)}, the new one ${shownLabel(label)}, so their scores ` +
          `can't be compared`,
      );
    const predictor = await strategy.load(file);
    try {
      // The user's own strategy may have had another learner before its code was changed.
      if (strategy.promotionMetric !== 'net_return' && predictor.label.task === 'policy')
        return unusable('it says what to hold, and nothing of its label that could be compared');
      const dataTo = champion.judged_data_to ?? champion.data_to;
      const seen = { dataTo: dataTo.getTime(), spans: file.fitted_spans };
      const rows = unseenRows(bars, holdout, horizon, seen);
      const prediction = await predicted(predictor, bars, rows);
      const judged = (of: RowRange): number => judgedRows(bars, of, horizon).length;
      const few = judged(rows) < commonRowsNeeded(judged(holdout));
      return {
        rows,
        prediction,
        unusable: prediction === null ? null : degenerateReason(prediction, predictor.label.task),
        onHoldout: few ? await predicted(predictor, bars, holdout) : null,
        same: await isSame(file, predictor, candidate, bars),
      };
    } finally {
      predictor.dispose();
    }
  } catch (error) {
    if (failureOf(error).retryable) throw error;
    return unusable(errorFacts(error).error);
  }
}

/**
 * Whether a new model is the champion once more: the same state, as of a warm start from which no epoch led
 * any further, or of a training on the same bars. Answers are looked at too, as settings beside the state
 * may make others of it.
 */
async function isSame(
  champion: Artefact,
  present: Predictor,
  { artefact, predictor, report: { holdout } }: Candidate,
  bars: Bars,
): Promise<boolean> {
  if (
    champion.features_hash !== artefact.features_hash ||
    champion.window !== artefact.window ||
    !isSameLabel(champion.label, artefact.label) ||
    stateSum(champion) !== stateSum(artefact)
  )
    return false;
  const [one, other] = [await present.predict(bars, holdout), await predictor.predict(bars, holdout)];
  return (
    one.score.every((score, i) => score === other.score[i]) &&
    one.position.every((position, i) => position === other.position[i])
  );
}

/** Of a model over all symbols the same for each of them. */
const sums = new WeakMap<Artefact['model_state'], string>();

function stateSum({ model_state: state }: Artefact): string {
  const known = sums.get(state);
  if (known !== undefined) return known;
  const sum = createHash('sha256').update(writePickle(state)).digest('hex');
  sums.set(state, sum);
  return sum;
}
