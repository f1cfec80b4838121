import { activeModel, errorFacts, readModel, type RegisteredModel } from '@ml-training/core';
import {
  brokenReason,
  decidePromotion,
  rowScores,
  unseenRows,
  type Artefact,
  type Bars,
  type Predictor,
  type RowRange,
  type Strategy,
  type SymbolReport,
} from '@ml-training/strategies';
import type { Workshop } from './train.ts';

export interface Candidate {
  readonly artefact: Artefact;
  readonly predictor: Predictor;
  readonly report: SymbolReport;
}

/** Scores a symbol's new model and the active one on the very same rows, and decides which of them goes live. */
export async function judgeAgainstChampion(
  { config, sql }: Workshop,
  strategy: Strategy,
  candidate: Candidate,
  bars: Bars,
): Promise<{ promote: boolean; reason: string; championId: string | null }> {
  const { holdout, symbol } = candidate.report;
  const champion = await activeModel(sql, strategy.type, symbol);
  const options = {
    horizon: candidate.artefact.label.horizon,
    costBps: Number(candidate.artefact.params['cost_bps']),
  };
  const score = async (predictor: Predictor, rows: RowRange) => {
    if (rows.from === rows.to) return { scores: new Float64Array(0), broken: null };
    const prediction = await predictor.predict(bars, rows);
    return {
      scores: rowScores(strategy.gate, bars, prediction, rows, options),
      broken: brokenReason(prediction),
    };
  };
  const rows = champion === null ? holdout : unseenRows(bars, holdout, champion.data_to.getTime());
  const own = await score(candidate.predictor, rows);
  const decision = decidePromotion({
    policy: config.MODEL_PROMOTION,
    gate: strategy.gate,
    // Whether it is broken shows on all rows, however few are in common.
    candidate: { ...own, broken: (await score(candidate.predictor, holdout)).broken },
    champion:
      champion === null
        ? null
        : await scoreChampion(
            config.MODEL_DIR,
            strategy,
            champion,
            (predictor) => score(predictor, rows),
            own.scores.length,
          ),
    holdoutRows: holdout.to - holdout.from,
    seed: config.TRAINING_SEED,
  });
  return { promote: decision.promote, reason: decision.reason, championId: champion?.model_id ?? null };
}

/** A champion that can't be loaded or asked is broken: the new model takes its place, and the reason says why. */
async function scoreChampion(
  modelDir: string,
  strategy: Strategy,
  champion: RegisteredModel,
  score: (predictor: Predictor) => Promise<{ scores: Float64Array; broken: string | null }>,
  rows: number,
): Promise<{ scores: Float64Array; broken: string | null }> {
  try {
    const file = await readModel(modelDir, champion.file_path, champion.sha256);
    const predictor = await strategy.load({
      modelState: file.model_state,
      featureNames: file.feature_names,
      window: file.window,
      label: file.label,
      params: file.params,
    });
    try {
      return await score(predictor);
    } finally {
      predictor.dispose();
    }
  } catch (error) {
    return { scores: new Float64Array(rows), broken: errorFacts(error).error };
  }
}
