import { activeModel, barsSha256, incomparableRuns, rhythmOf, trialsOf } from '@ml-training/core';
import {
  costBpsOf,
  deflatedExcess,
  holdoutRecord,
  trainLabelsOf,
  type Bars,
  type Edge,
  type Prediction,
  type Predictor,
  type Strategy,
  type SymbolReport,
} from '@ml-training/strategies';
import { beginningOf, type TrainingContext } from './init.ts';
import { compareWithChampion } from './promotion.ts';
import { refuseNonFinite, type EvaluatedModel } from './registration.ts';
import type { TrainedStrategy } from './train-strategy.ts';

/** A symbol's new model, ready to be compared. */
interface SymbolCandidate {
  readonly strategy: Strategy;
  readonly report: SymbolReport;
  /** Of its holdout. */
  readonly prediction: Prediction;
  readonly predictor: Predictor;
  readonly generation: number;
  readonly edge: Edge | null;
}

/**
 * Compares a symbol's new model with the one in use, and
 * deflates its Sharpe ratio over the best naive rule by how many were tried before.
 */
export async function evaluateCandidate(
  { config, sql }: TrainingContext,
  { artefact, report: { symbols, lineage }, init }: TrainedStrategy,
  { strategy, report, prediction, predictor, generation, edge }: SymbolCandidate,
): Promise<EvaluatedModel> {
  const { symbol, holdout } = report;
  const bars = ofSymbol(init.bars, symbol);
  const champion = await activeModel(sql, strategy.type, symbol);
  const { reason, facts, ...comparison } = await compareWithChampion(
    config,
    strategy,
    { artefact, predictor, report, edge },
    champion === null ? null : { model: champion, incomparableRuns: await incomparableRuns(sql, champion) },
    bars,
  );
  const trials = await trialsOf(
    sql,
    { strategyType: strategy.type, symbol },
    {
      symbol,
      data_sha256: barsSha256(bars),
      params: artefact.params,
      seed: config.TRAINING_SEED,
      code_sha256: strategy.sum ?? null,
    },
  );
  const evaluation = {
    horizon: artefact.label.horizon,
    costBps: costBpsOf(artefact.params, symbol),
    label: strategy.label(artefact.params),
  };
  const metrics = {
    ...report.metrics,
    ...(report.metrics['sharpe'] === undefined ? { sharpe: null } : {}),
    ...deflatedExcess(
      bars,
      prediction,
      { range: holdout, trainRange: report.train },
      { ...evaluation, trials },
    ),
    intervals: Object.fromEntries(
      Object.entries(report.intervals).map(([name, { low, high }]) => [name, { low, high }]),
    ),
    baselines: report.baselines,
  };
  refuseNonFinite(metrics, symbol);
  const began = beginningOf(init.start);
  const parent = lineage.continued && began.from === 'champion' ? began.champion : null;
  return {
    ...comparison,
    artefact,
    report,
    bars,
    metrics,
    trainLabels: trainLabelsOf(bars, report.train, evaluation.label),
    holdout: holdoutRecord(bars, prediction, holdout, evaluation, maxRows(symbols.length)),
    decision: reason,
    decisionFacts: facts,
    refit: null,
    rhythm: rhythmOf(bars.time, config.BAR_TIMES),
    parentId: parent?.parentOf(symbol) ?? null,
    generation,
    codeSum: strategy.sum ?? null,
  };
}

/**
 * How many rows of a holdout are kept to be looked at: all of the usual ones, 189, of up to 264 symbols. They
 * go to the database in the one statement that ends the job, which takes a second longer for some 95,000 rows
 * (11 MB of JSON).
 */
const maxRows = (symbols: number): number => Math.min(10_000, Math.max(100, Math.floor(50_000 / symbols)));

export function ofSymbol(bars: readonly Bars[], symbol: string): Bars {
  const found = bars.find((one) => one.symbol === symbol);
  if (found === undefined) throw new Error(`the strategy reports on ${symbol}, which it was not given`);
  return found;
}
