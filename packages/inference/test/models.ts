import { saveModel, type BarRhythm, type Database, type BuiltInStrategy } from '@ml-training/core';
import {
  loadStrategy,
  type Artefact,
  type Bars,
  type Strategy,
  type SymbolReport,
} from '@ml-training/strategies';

const hourMs = 3_600_000;

/** Hourly bars of a price that swings with some noise. */
export function waves(rows: number, symbol = 'WAVES'): Bars {
  const close = Float64Array.from({ length: rows }, (_, t) => 100 + 5 * Math.sin(t / 4) + Math.sin(t * t));
  const open = close.map((price, t) => close[t - 1] ?? price);
  return {
    symbol,
    time: close.map((_, t) => Date.UTC(2024, 0, 1) + t * hourMs),
    open,
    high: close.map((price, t) => Math.max(price, open[t]!) + 0.1),
    low: close.map((price, t) => Math.min(price, open[t]!) - 0.1),
    close,
    volume: close.map((_, t) => 1000 + (t % 24)),
  };
}

/** Settings that train in a second or two. */
const brief: Readonly<Record<BuiltInStrategy, Readonly<Record<string, number>>>> = {
  ensemble: { num_boost_round: 20, forest_trees: 10 },
  lstm: { epochs: 2, units: 8, window: 8 },
  rl: { total_timesteps: 1_000, n_envs: 4, n_steps: 50, hidden_units: 8 },
};

export interface Trained {
  readonly artefact: Artefact;
  readonly report: SymbolReport;
}

export const trainBriefly = async (type: BuiltInStrategy, bars: Bars, seed = 1): Promise<Trained> =>
  train(await loadStrategy(type), bars, brief[type], seed);

/** A strategy of the user's own, with the settings that it has. */
export const trainOwn = async (strategiesDir: string, name: string, bars: Bars): Promise<Trained> =>
  train(await loadStrategy(name, { strategiesDir }), bars, {}, 1);

async function train(
  strategy: Strategy,
  bars: Bars,
  params: Readonly<Record<string, number>>,
  seed: number,
): Promise<Trained> {
  const { artefact, report } = await strategy.train(
    { bars: [bars], params, seed, threads: 1 },
    {
      signal: new AbortController().signal,
      progress: () => undefined,
      epoch: () => undefined,
      resume: null,
      checkpoint: () => Promise.resolve(),
    },
  );
  return { artefact, report: report.symbols[0]! };
}

export interface Stored {
  readonly modelId: string;
  readonly filePath: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Writes the model's file as a training does. */
export async function store(
  modelDir: string,
  type: string,
  { artefact, report }: Trained,
  bars?: BarRhythm,
): Promise<Stored> {
  const modelId = crypto.randomUUID();
  const saved = await saveModel(modelDir, {
    strategy_type: type,
    symbol: report.symbol,
    ...artefact,
    metrics: report.metrics,
    lineage: {
      job_id: crypto.randomUUID(),
      model_id: modelId,
      parent_model_id: null,
      generation: 0,
      data_from: new Date(report.dataFrom).toISOString(),
      data_to: new Date(report.dataTo).toISOString(),
      data_sha256: 'a sum',
      ...(bars === undefined ? {} : { bars }),
    },
  });
  return { modelId, ...saved };
}

/** Registers a stored model, not yet in use. */
export async function register(sql: Database, stored: Stored): Promise<void> {
  const [, type = '', symbol = ''] = stored.filePath.split('/');
  await sql`
    INSERT INTO ml_model_registry (model_id, strategy_type, symbol, file_path, sha256, size_bytes, metrics,
      decision, data_from, data_to, data_sha256, params)
    VALUES (${stored.modelId}, ${type}, ${symbol}, ${stored.filePath}, ${stored.sha256}, ${stored.sizeBytes},
      '{}', 'Not promoted.', now(), now(), 'a sum', '{}')`;
}
