import { randomUUID } from 'node:crypto';
import {
  activeModel,
  ALL_SYMBOLS,
  barsSha256,
  FleetError,
  listSymbols,
  readBars,
  removeModel,
  saveModel,
  type Config,
  type Database,
  type Registration,
} from '@ml-training/core';
import { featuresHash, loadStrategy, type Bars, type SymbolReport } from '@ml-training/strategies';
import type { Trained, TrainOrder } from '../messages.ts';
import { judgeAgainstChampion } from './judge.ts';
import { openJobFolder } from './job-folder.ts';
import { startStages } from './stages.ts';

export interface Workshop {
  readonly config: Config;
  readonly sql: Database;
  readonly threads: number;
}

interface Observer {
  progress(fraction: number, stage: string): void;
  epoch(step: number, values: Readonly<Record<string, number>>): void;
}

/**
 * One training from bars to files: reads the bars, trains, judges each symbol's model against its champion, writes the
 * files. Registers nothing.
 * @throws FleetError TOO_FEW_BARS; StrategyError; whatever the file system or the database says
 */
export async function train(workshop: Workshop, order: TrainOrder, observer: Observer): Promise<Trained> {
  const { config, sql, threads } = workshop;
  const stages = startStages((stage) => observer.progress(0, stage));
  stages.enter('reading bars');
  const bars = await readTrainingBars(sql, order.symbol, config);
  stages.enter('loading the strategy');
  const strategy = await loadStrategy(order.strategy_type);
  const folder = await openJobFolder(config, order, bars);

  stages.enter('training');
  const { artefact, report } = await strategy.train(
    { bars, seed: config.TRAINING_SEED, threads },
    {
      // A training is stopped by ending its process.
      signal: new AbortController().signal,
      resume: null,
      checkpoint: () => Promise.resolve(),
      progress: (fraction, stage) => observer.progress(fraction, stage),
      epoch: (step, values) => {
        folder?.epoch(step, values);
        observer.epoch(step, values);
      },
    },
  );

  stages.enter('judging');
  const candidate = await strategy.load(artefact);
  const models: Registration[] = [];
  try {
    for (const symbolReport of report.symbols) {
      const own = ofSymbol(bars, symbolReport.symbol);
      const judged = await judgeAgainstChampion(
        config,
        strategy,
        { artefact, predictor: candidate, report: symbolReport },
        await activeModel(sql, strategy.type, symbolReport.symbol),
        own,
      );
      stages.enter('writing files');
      models.push(await store(config, order, artefact, symbolReport, own, judged));
      stages.enter('judging');
    }
  } catch (error) {
    for (const model of models) await removeModel(config.MODEL_DIR, model.file_path);
    throw error;
  } finally {
    candidate.dispose();
  }
  const result = {
    stage_seconds: stages.end(),
    peak_memory_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    threads,
    seed: config.TRAINING_SEED,
    report,
  };
  await folder?.finish(result);
  return { models, result };
}

/** The newest TRAINING_BATCH_SIZE bars of the symbol, or of every symbol with enough of them. */
async function readTrainingBars(sql: Database, symbol: string, config: Config): Promise<Bars[]> {
  const known = await listSymbols(sql);
  const wanted =
    symbol !== ALL_SYMBOLS
      ? [symbol]
      : config.TRAINING_SYMBOLS.length > 0
        ? config.TRAINING_SYMBOLS
        : known.map((row) => row.symbol);
  const count = new Map(known.map((row) => [row.symbol, row.bars]));
  const enough = wanted.filter((name) => (count.get(name) ?? 0) >= config.MIN_TRAINING_DATA_POINTS);
  if (enough.length === 0)
    throw new FleetError(
      'TOO_FEW_BARS',
      `${symbol === ALL_SYMBOLS ? 'no symbol has' : `${symbol} has ${count.get(symbol) ?? 0} bars in market_data, not`} the ` +
        `${config.MIN_TRAINING_DATA_POINTS} bars that MIN_TRAINING_DATA_POINTS asks for: import more with "ml import FILE", or lower it`,
    );
  const bars: Bars[] = [];
  for (const name of enough.toSorted()) bars.push(await readBars(sql, name, config.TRAINING_BATCH_SIZE));
  return bars;
}

async function store(
  config: Config,
  order: TrainOrder,
  artefact: Awaited<ReturnType<Awaited<ReturnType<typeof loadStrategy>>['train']>>['artefact'],
  report: SymbolReport,
  bars: Bars,
  judged: { promote: boolean; reason: string; championId: string | null },
): Promise<Registration> {
  const model_id = randomUUID();
  const lineage = {
    job_id: order.jobId,
    model_id,
    parent_model_id: null,
    generation: 0,
    data_from: new Date(report.dataFrom).toISOString(),
    data_to: new Date(report.dataTo).toISOString(),
    data_sha256: barsSha256(bars),
  };
  const metrics = { ...report.metrics, baselines: report.baselines };
  const saved = await saveModel(config.MODEL_DIR, {
    strategy_type: order.strategy_type,
    symbol: report.symbol,
    model_state: artefact.modelState,
    feature_names: artefact.featureNames,
    features_hash: featuresHash(artefact.featureNames),
    window: artefact.window,
    label: artefact.label,
    params: artefact.params,
    fitted_spans: artefact.fittedSpans.map((span) => ({ ...span })),
    metrics,
    lineage,
  });
  return {
    model_id,
    parent_model_id: lineage.parent_model_id,
    data_from: lineage.data_from,
    data_to: lineage.data_to,
    data_sha256: lineage.data_sha256,
    symbol: report.symbol,
    file_path: saved.filePath,
    sha256: saved.sha256,
    size_bytes: saved.sizeBytes,
    metrics,
    decision: judged.reason,
    promote: judged.promote,
    champion_id: judged.championId,
    params: artefact.params,
  };
}

function ofSymbol(bars: readonly Bars[], symbol: string): Bars {
  const found = bars.find((one) => one.symbol === symbol);
  if (found === undefined) throw new Error(`the strategy reports on ${symbol}, which it was not given`);
  return found;
}
