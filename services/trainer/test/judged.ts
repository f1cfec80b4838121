// Models as a job trains and registers them, without a fleet around.
import { saveModel, type RegisteredModel } from '@ml-training/core';
import type {
  Artefact,
  Bars,
  Predictor,
  Strategy,
  StrategyType,
  SymbolReport,
} from '@ml-training/strategies';

type Params = Readonly<Record<string, number | string[]>>;

export interface Trained {
  readonly artefact: Artefact;
  readonly predictor: Predictor;
  readonly report: SymbolReport;
  readonly edge: null;
}

/** A strategy's model of one symbol, as a job would have trained it. */
export async function train(strategy: Strategy, bars: Bars, params: Params = {}, seed = 1): Promise<Trained> {
  const [trained] = await trainAll(strategy, [bars], params, seed);
  return trained!;
}

/** The same of several symbols: one model, and each symbol's report. */
export async function trainAll(
  strategy: Strategy,
  bars: readonly Bars[],
  params: Params = {},
  seed = 1,
): Promise<Trained[]> {
  const request = { bars, params, seed, threads: 1 };
  const { artefact, report } = await strategy.train(request, {
    signal: new AbortController().signal,
    progress: () => undefined,
    epoch: () => undefined,
    resume: null,
    checkpoint: () => Promise.resolve(),
  });
  const predictor = await strategy.load(artefact);
  return report.symbols.map((symbol) => ({ artefact, predictor, report: symbol, edge: null }));
}

/** Saves a trained model and gives the row that the registry would have of it. */
export async function registerIn(
  modelDir: string,
  { artefact, report }: Trained,
  {
    dataTo = report.dataTo,
    judgedDataTo,
    id = 'a model',
  }: { dataTo?: number | undefined; judgedDataTo?: number; id?: string } = {},
): Promise<RegisteredModel> {
  const strategy_type = Object.keys(artefact.model_state).find((key) => key !== 'scaler') as StrategyType;
  const iso = (time: number): string => new Date(time).toISOString();
  const saved = await saveModel(modelDir, {
    strategy_type,
    symbol: report.symbol,
    ...artefact,
    metrics: {},
    lineage: {
      job_id: 'a job',
      model_id: id,
      parent_model_id: null,
      generation: 0,
      data_from: iso(report.dataFrom),
      data_to: iso(dataTo),
      data_sha256: 'a sum',
    },
  });
  return {
    model_id: id,
    strategy_type,
    symbol: report.symbol,
    created_at: new Date(0),
    is_active: true,
    activated_at: new Date(0),
    withdrawn_at: null,
    code_sha256: null,
    data_sha256: 'a sum',
    params: {},
    file_path: saved.filePath,
    sha256: saved.sha256,
    size_bytes: String(saved.sizeBytes),
    job_id: 'a job',
    metrics: {},
    decision: '',
    decision_facts: null,
    data_from: new Date(report.dataFrom),
    data_to: new Date(dataTo),
    holdout_from: null,
    holdout_to: null,
    judged_data_to: judgedDataTo === undefined ? null : new Date(judgedDataTo),
    refit_rows: null,
    bar_seconds: null,
  };
}
