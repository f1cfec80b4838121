import { randomUUID } from 'node:crypto';
import {
  barsSha256,
  FleetError,
  saveModel,
  type HoldoutRecord as StoredHoldout,
  type Registration,
} from '@ml-training/core';
import {
  type Artefact,
  type Bars,
  type HoldoutRecord,
  type Plain,
  type SymbolReport,
} from '@ml-training/strategies';
import type { TrainOrder } from '../messages.ts';

/** A symbol's new model as it was trained and evaluated. */
export interface EvaluatedModel {
  readonly artefact: Artefact;
  readonly report: SymbolReport;
  readonly bars: Bars;
  /** What the registry and the file say of its scores. */
  readonly metrics: { readonly [name: string]: Plain };
  readonly holdout: HoldoutRecord;
  readonly decision: string;
  readonly promote: boolean;
  readonly championId: string | null;
  readonly parentId: string | null;
  readonly generation: number;
  /** Of the code of the user's own strategy; null of a built-in's. */
  readonly codeSum: string | null;
}

/** Writes a model's file and gives the row that is to be registered of it. */
export async function writeModel(
  modelDir: string,
  order: TrainOrder,
  { artefact, report, bars, metrics, holdout, ...evaluated }: EvaluatedModel,
): Promise<Registration> {
  const lineage = {
    job_id: order.jobId,
    model_id: randomUUID(),
    parent_model_id: evaluated.parentId,
    generation: evaluated.generation,
    data_from: new Date(report.dataFrom).toISOString(),
    data_to: new Date(report.dataTo).toISOString(),
    data_sha256: barsSha256(bars),
  };
  const saved = await saveModel(modelDir, {
    strategy_type: order.strategy_type,
    symbol: report.symbol,
    ...artefact,
    metrics,
    lineage,
  });
  return {
    model_id: lineage.model_id,
    parent_model_id: lineage.parent_model_id,
    data_from: lineage.data_from,
    data_to: lineage.data_to,
    data_sha256: lineage.data_sha256,
    code_sha256: evaluated.codeSum,
    symbol: report.symbol,
    file_path: saved.filePath,
    sha256: saved.sha256,
    size_bytes: saved.sizeBytes,
    metrics,
    decision: evaluated.decision,
    promote: evaluated.promote,
    champion_id: evaluated.championId,
    params: artefact.params,
    holdout: recordOf(holdout, artefact),
  };
}

/** As the database keeps it. */
function recordOf(
  { rows, times, scores, buyAndHold, ...columns }: HoldoutRecord,
  { label, params }: Artefact,
): StoredHoldout {
  return {
    ...columns,
    rows,
    horizon: label.horizon,
    cost_bps: Number(params['cost_bps']),
    times: times.map((time) => new Date(time).toISOString()),
    scores: scores.map((score) => (Number.isFinite(score) ? score : null)),
    buy_and_hold: buyAndHold,
  };
}

/**
 * @throws FleetError METRICS_INVALID naming a score that is NaN or infinite: JSON would make null of it, and
 *   nobody would know what a model with it is worth
 */
export function refuseNonFinite(value: Plain, name: string): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new FleetError(
      'METRICS_INVALID',
      `the new model was not registered: its ${name} is ${value}; ` +
        "look for wild values in the symbol's newest bars",
    );
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
    for (const [key, part] of Object.entries(value)) refuseNonFinite(part, `${name}.${key}`);
}
