// What is used of a new model: it is fitted once more on all bars when the decision on it has been made.
import { errorFacts, type Config } from '@ml-training/core';
import {
  degenerateReason,
  trainLabelsOf,
  StrategyError,
  type Artefact,
  type Refitted,
  type Strategy,
  type Trained,
} from '@ml-training/strategies';
import type { EvaluatedModel } from './registration.ts';

/** As the job's result has it. */
export type RefitResult =
  { readonly refitted: true; readonly rows: number } | { readonly refitted: false; readonly reason: string };

/**
 * Refits the models of a job and gives them as they are to be written. They stay as they were judged where REFIT
 * says so, the strategy can't refit, or what comes of it is broken; the result says which it was.
 * @param evaluated scored, compared and decided on: nothing of that can come of the refit any more.
 * @throws what the strategy throws, but for a training that diverged
 */
export async function refitModels(
  { REFIT }: Pick<Config, 'REFIT'>,
  strategy: Strategy,
  trained: Trained,
  evaluated: readonly EvaluatedModel[],
): Promise<{ readonly models: readonly EvaluatedModel[]; readonly result: RefitResult }> {
  const asJudged = (reason: string) => ({ models: evaluated, result: { refitted: false, reason } as const });
  if (REFIT === 'none') return asJudged('REFIT is none');
  if (evaluated.length === 0) return asJudged('no model of this job is left');
  if (trained.refit === null)
    return asJudged(`the strategy ${strategy.type} has no refit: the model is used as it was judged`);
  let refitted: Refitted;
  try {
    refitted = await trained.refit();
    const broken = await brokenReason(strategy, refitted, evaluated);
    if (broken !== null)
      return asJudged(`the refitted model is broken, so the judged one is used: ${broken}`);
  } catch (error) {
    if (!(error instanceof StrategyError && error.code === 'DIVERGED')) throw error;
    return asJudged(`the refit failed, so the judged model is used: ${errorFacts(error).error}`);
  }
  const bySymbol = new Map(refitted.symbols.map((one) => [one.symbol, one]));
  const models = evaluated.map((model) => withRefit(strategy, model, refitted.artefact, bySymbol));
  const rows = refitted.symbols.reduce((sum, { rows: { from, to } }) => sum + to - from, 0);
  return { models, result: { refitted: true, rows } };
}

function withRefit(
  strategy: Strategy,
  model: EvaluatedModel,
  artefact: Artefact,
  bySymbol: ReadonlyMap<string, Refitted['symbols'][number]>,
): EvaluatedModel {
  const { rows, dataFrom, dataTo } = bySymbol.get(model.report.symbol)!;
  return {
    ...model,
    artefact,
    // Its naive rule later knows as much as it does.
    trainLabels: trainLabelsOf(model.bars, rows, strategy.label(artefact.params)),
    refit: { dataFrom, dataTo, rows: rows.to - rows.from },
  };
}

/** Looked at on the holdouts. It has seen these rows, so they say whether it works, and nothing of how well. */
async function brokenReason(
  strategy: Strategy,
  { artefact }: Refitted,
  evaluated: readonly EvaluatedModel[],
): Promise<string | null> {
  const predictor = await strategy.load(artefact);
  try {
    for (const { bars, report } of evaluated) {
      const said = await predictor.predict(bars, report.holdout);
      const reason = degenerateReason(said, predictor.label.task);
      if (reason !== null) return evaluated.length > 1 ? `${bars.symbol}: ${reason}` : reason;
    }
    return null;
  } finally {
    predictor.dispose();
  }
}
