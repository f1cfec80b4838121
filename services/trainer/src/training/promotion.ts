import { errorFacts, failureOf, readModel, type Config, type RegisteredModel } from '@ml-training/core';
import {
  degenerateReason,
  decidePromotion,
  isSameLabel,
  rowScores,
  shownLabel,
  unseenRows,
  type Artefact,
  type Bars,
  type FittedSpan,
  type Predictor,
  type RowRange,
  type Strategy,
  type SymbolReport,
} from '@ml-training/strategies';

export interface Candidate {
  readonly artefact: Artefact;
  readonly predictor: Predictor;
  readonly report: SymbolReport;
}

type Settings = Pick<Config, 'MODEL_DIR' | 'MODEL_PROMOTION' | 'TRAINING_SEED'>;

/** One number a row, and why the model can't be compared, if so. */
interface Scored {
  readonly scores: Float64Array;
  readonly unusable: string | null;
}

/** With the rows it was scored on; null when it can't be scored on any. */
interface ScoredChampion extends Scored {
  readonly rows: RowRange | null;
}

interface Comparison {
  readonly promote: boolean;
  readonly reason: string;
  readonly championId: string | null;
  /** The new model's on its holdout. */
  readonly position: Int8Array;
}

/**
 * Scores a symbol's new model and the active one on the very same rows, by the new one's label and costs, and
 * decides which of them goes live.
 * @throws what the champion's file could not be read for, when it may be readable later
 */
export async function compareWithChampion(
  config: Settings,
  strategy: Strategy,
  candidate: Candidate,
  champion: RegisteredModel | null,
  bars: Bars,
): Promise<Comparison> {
  const { holdout } = candidate.report;
  const { label: described, params } = candidate.artefact;
  const { horizon } = described;
  const label = strategy.label(params);
  const options = { horizon, costBps: Number(params['cost_bps']), label };
  const score = async (predictor: Predictor, rows: RowRange): Promise<Scored> => {
    if (rows.from === rows.to) return { scores: new Float64Array(0), unusable: null };
    const prediction = await predictor.predict(bars, rows);
    return {
      scores: rowScores(strategy.promotionMetric, bars, prediction, rows, options),
      unusable: degenerateReason(prediction, label.task),
    };
  };
  const present =
    champion === null
      ? null
      : await scoreChampion(config.MODEL_DIR, strategy, champion, described, async (predictor, spans) => {
          const seen = { dataTo: champion.data_to.getTime(), spans };
          const rows = unseenRows(bars, holdout, horizon, seen);
          return { rows, ...(await score(predictor, rows)) };
        });
  const own = await score(candidate.predictor, present?.rows ?? holdout);
  const whole = await candidate.predictor.predict(bars, holdout);
  const decision = decidePromotion({
    policy: config.MODEL_PROMOTION,
    promotionMetric: strategy.promotionMetric,
    // Whether it is broken shows on all rows, however few are in common.
    candidate: { ...own, unusable: degenerateReason(whole, label.task) },
    champion: present,
    holdoutRows: holdout.to - holdout.from,
    horizon,
    seed: config.TRAINING_SEED,
  });
  const { promote, reason } = decision;
  return { promote, reason, championId: champion?.model_id ?? null, position: whole.position };
}

/**
 * A champion that will never be loaded or compared again is unusable: the new model takes its place, and the
 * reason says why. What may pass (too many open files, a lack of memory) is thrown, so that it unseats
 * nobody.
 */
async function scoreChampion(
  modelDir: string,
  strategy: Strategy,
  champion: RegisteredModel,
  label: Artefact['label'],
  score: (predictor: Predictor, spans: readonly FittedSpan[]) => Promise<ScoredChampion>,
): Promise<ScoredChampion> {
  try {
    const file = await readModel(modelDir, champion.file_path, champion);
    // A position can be scored whatever it was learnt from,
    // a probability only by what it is the probability of.
    if (strategy.promotionMetric !== 'net_return' && file.label.horizon !== label.horizon)
      return unusable(
        `it says what the price does over the next ${file.label.horizon} bars, the new one over the next ` +
          `${label.horizon}, so their scores can't be compared`,
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
      return await score(predictor, file.fitted_spans);
    } finally {
      predictor.dispose();
    }
  } catch (error) {
    if (failureOf(error).retryable) throw error;
    return unusable(errorFacts(error).error);
  }
}

const unusable = (reason: string): ScoredChampion => ({
  rows: null,
  scores: new Float64Array(0),
  unusable: reason,
});
