import { randomUUID } from 'node:crypto';
import {
  ALL_SYMBOLS,
  barsSha256,
  FleetError,
  saveModel,
  saveSharedModel,
  type BarRhythm,
  type DecisionFacts,
  type HoldoutRecord as StoredHoldout,
  type ModelContent,
  type ModelsPlace,
  type Registration,
  type SavedModel,
} from '@ml-training/core';
import {
  costBpsOf,
  type Artefact,
  type Bars,
  type HoldoutRecord,
  type Plain,
  type SymbolReport,
  type TrainLabels,
} from '@ml-training/strategies';
import type { TrainOrder } from '../messages.ts';

type Lineage = ModelContent['lineage'];

/** A symbol's new model as it was trained and evaluated. */
export interface EvaluatedModel {
  /** As the file is to hold it: refitted where `refit` says so, with what was judged in it. */
  readonly artefact: Artefact;
  /** Null of a model that is used as it was judged. */
  readonly refit: (Pick<SymbolReport, 'dataFrom' | 'dataTo'> & { readonly rows: number }) | null;
  readonly report: SymbolReport;
  readonly bars: Bars;
  /** What the registry and the file say of its scores. */
  readonly metrics: { readonly [name: string]: Plain };
  readonly holdout: HoldoutRecord;
  /** For its naive rules later, when its training bars may be gone. */
  readonly trainLabels: TrainLabels;
  readonly decision: string;
  readonly decisionFacts: DecisionFacts;
  readonly promote: boolean;
  readonly championId: string | null;
  readonly parentId: string | null;
  readonly generation: number;
  /** Null or left out where they keep to no interval. */
  readonly rhythm?: BarRhythm | null;
  /** Of the code of the user's own strategy; null of a built-in's. */
  readonly codeSum: string | null;
}

export interface WrittenModels {
  readonly models: readonly Registration[];
  /** Symbols whose model could not be written, for a reason that is theirs alone. */
  readonly refused: readonly (readonly [symbol: string, error: unknown])[];
  /** How many files were written besides the shared one, as no hard link could be made, and why. */
  readonly unlinked: { readonly files: number; readonly why: string } | null;
}

/**
 * Writes the files of a job's models, all or none, and gives the rows that are to be registered of them: of a
 * job over all symbols what was learnt is written once.
 */
export async function writeModels(
  place: ModelsPlace,
  order: TrainOrder,
  evaluated: readonly EvaluatedModel[],
): Promise<WrittenModels> {
  const [first] = evaluated;
  if (order.symbol !== ALL_SYMBOLS || first === undefined) {
    const models = [];
    for (const model of evaluated) models.push(await writeModel(place, order, model));
    return { models, refused: [], unlinked: null };
  }
  const withLineage = evaluated.map((model) => ({ model, lineage: lineageOf(order, model) }));
  const { files, ...others } = await saveSharedModel(place, {
    strategyType: order.strategy_type,
    artefact: first.artefact,
    metrics: meansOf(evaluated.map(({ metrics }) => metrics)),
    lineage: {
      job_id: order.jobId,
      generation: first.generation,
      data_from: withLineage.map(({ lineage }) => lineage.data_from).sort()[0]!,
      data_to: withLineage
        .map(({ lineage }) => lineage.data_to)
        .sort()
        .at(-1)!,
    },
    symbols: new Map(
      withLineage.map(({ model: { report, metrics }, lineage }) => [report.symbol, { metrics, lineage }]),
    ),
  });
  const models = withLineage.flatMap(({ model, lineage }) => {
    const saved = files.get(model.report.symbol);
    return saved === undefined ? [] : [registrationOf(model, lineage, saved)];
  });
  return { models, ...others };
}

/** Writes a model's file and gives the row that is to be registered of it. */
export async function writeModel(
  place: ModelsPlace,
  order: TrainOrder,
  model: EvaluatedModel,
): Promise<Registration> {
  const lineage = lineageOf(order, model);
  const saved = await saveModel(place, {
    strategy_type: order.strategy_type,
    symbol: model.report.symbol,
    ...model.artefact,
    metrics: model.metrics,
    lineage,
  });
  return registrationOf(model, lineage, saved);
}

function lineageOf(
  { jobId }: TrainOrder,
  { report, bars, refit, rhythm = null, ...evaluated }: EvaluatedModel,
): Lineage {
  const { dataFrom, dataTo } = refit ?? report;
  const iso = (time: number): string => new Date(time).toISOString();
  return {
    job_id: jobId,
    model_id: randomUUID(),
    parent_model_id: evaluated.parentId,
    generation: evaluated.generation,
    data_from: iso(dataFrom),
    data_to: iso(dataTo),
    data_sha256: barsSha256(bars),
    ...(rhythm === null ? {} : { bars: rhythm }),
    ...(refit === null
      ? {}
      : { refit: { judged_data_to: iso(report.dataTo), ...holdoutOf({ report, bars }), rows: refit.rows } }),
  };
}

/** First and last bar of the rows that it was judged on. */
function holdoutOf({ report: { holdout }, bars }: Pick<EvaluatedModel, 'report' | 'bars'>) {
  const at = (row: number): string => new Date(bars.time[row]!).toISOString();
  return { holdout_from: at(holdout.from), holdout_to: at(holdout.to - 1) };
}

/** Of each score that all symbols have. */
function meansOf(metrics: readonly EvaluatedModel['metrics'][]): Record<string, number> {
  const means: Record<string, number> = {};
  for (const name of Object.keys(metrics[0] ?? {})) {
    const values = metrics.map((one) => one[name]).filter((value) => typeof value === 'number');
    if (values.length === metrics.length)
      means[name] = values.reduce((sum, value) => sum + value, 0) / values.length;
  }
  return means;
}

function registrationOf(
  { artefact, report, metrics, holdout, bars, ...evaluated }: EvaluatedModel,
  lineage: Lineage,
  saved: SavedModel,
): Registration {
  return {
    model_id: lineage.model_id,
    parent_model_id: lineage.parent_model_id,
    data_from: lineage.data_from,
    data_to: lineage.data_to,
    data_sha256: lineage.data_sha256,
    ...holdoutOf({ report, bars }),
    judged_data_to: lineage.refit?.judged_data_to ?? null,
    refit_rows: lineage.refit?.rows ?? null,
    bar_seconds: lineage.bars === undefined ? null : lineage.bars.interval_ms / 1000,
    code_sha256: evaluated.codeSum,
    symbol: report.symbol,
    file_path: saved.filePath,
    sha256: saved.sha256,
    size_bytes: saved.sizeBytes,
    metrics,
    decision: evaluated.decision,
    decision_facts: evaluated.decisionFacts,
    promote: evaluated.promote,
    champion_id: evaluated.championId,
    params: artefact.params,
    holdout: { ...recordOf(holdout, artefact, report.symbol), train_labels: evaluated.trainLabels },
  };
}

/** As the database keeps it. */
function recordOf(
  { rows, times, scores, buyAndHold, ...columns }: HoldoutRecord,
  { label, params }: Artefact,
  symbol: string,
): StoredHoldout {
  return {
    ...columns,
    rows,
    horizon: label.horizon,
    cost_bps: costBpsOf(params, symbol),
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
