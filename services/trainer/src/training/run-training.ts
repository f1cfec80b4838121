import {
  ALL_SYMBOLS,
  checkJson,
  errorFacts,
  failureOf,
  leftOutWords,
  requireRoom,
  requireWritable,
  settingsFor,
} from '@ml-training/core';
import {
  findEdges,
  implausibleInWords,
  loadStrategy,
  type FoundEdges,
  type Report,
  type Strategy,
} from '@ml-training/strategies';
import type { Observer, TrainedModels, TrainOrder } from '../messages.ts';
import { Stopped } from './checkpointer.ts';
import { evaluateCandidate, ofSymbol } from './evaluate-candidate.ts';
import { beginningOf, checkpointOf, type Init, type TrainingContext } from './init.ts';
import { keepLoaded } from './keep-loaded.ts';
import { foundInWords, maxShown, noteInputs, noteRefit } from './notes.ts';
import { measurePeakMemory } from './peak-memory.ts';
import { refitModels, type RefitResult } from './refit.ts';
import { writeModels, type EvaluatedModel, type WrittenModels } from './registration.ts';
import { startStages } from './stages.ts';
import { trainStrategy, type TrainedStrategy } from './train-strategy.ts';

/**
 * One training from bars to files: reads the bars, trains, compares each
 * symbol's model with its champion, writes the files. Registers nothing.
 * @throws FleetError MODEL_DIR_NOT_WRITABLE, DISK_FULL, TOO_FEW_BARS, METRICS_INVALID; StrategyError;
 *   Stopped; whatever the file system or the database says
 */
export async function runTraining(
  context: TrainingContext,
  order: TrainOrder,
  observer: Observer,
): Promise<TrainedModels> {
  const { config } = context;
  const peakMemoryMb = measurePeakMemory();
  let furthest = 0;
  const stages = startStages((stage) => observer.progress(furthest, stage));
  const symbol = order.symbol === ALL_SYMBOLS ? null : order.symbol;
  await requireWritable(config, order.strategy_type, symbol);
  stages.enter('loading the strategy');
  const strategy = await loadStrategy(order.strategy_type, {
    strategiesDir: config.STRATEGIES_DIR,
    log: (line) => observer.note({ level: 'info', message: line, facts: { from: order.strategy_type } }),
  });
  const trained = await trainStrategy({
    context,
    order,
    strategy,
    stages,
    observer: {
      ...observer,
      progress: (fraction, stage) => {
        furthest = fraction;
        observer.progress(fraction, stage);
      },
    },
  });
  const { artefact, report, init, leaks } = trained;
  noteInputs(report, observer);
  const judged = report.symbols.map(({ symbol }) => ofSymbol(init.bars, symbol));
  const warnings = [
    ...judged.flatMap((one) => implausibleInWords(one) ?? []),
    ...init.checks.flatMap(foundInWords),
    ...leaks.warnings,
  ];
  for (const why of warnings.slice(0, maxShown))
    observer.note({ level: 'warn', message: 'look at the bars', facts: { why } });
  const lineage = lineageOf(report, init);
  observer.note({ level: 'info', message: 'trained', facts: lineage });

  const edges = await walkedForward(context, trained, strategy, (stage) => stages.enter(stage));

  await requireRoom(config);
  stages.enter('judging');
  const candidate = await strategy.load(artefact);
  const champions = keepLoaded(strategy);
  let written: WrittenModels;
  let refitted: RefitResult;
  const evaluated: EvaluatedModel[] = [];
  const refused: (readonly [symbol: string, error: unknown])[] = [];
  try {
    for (const [nth, symbolReport] of report.symbols.entries()) {
      try {
        const model = await evaluateCandidate(context, trained, {
          strategy: champions.strategy,
          report: symbolReport,
          prediction: trained.predictions[nth]!,
          predictor: candidate,
          generation: lineage.generation,
          edge: edges.edges.get(symbolReport.symbol) ?? null,
        });
        evaluated.push(model);
      } catch (error) {
        // What a retry can't mend is the symbol's own, and must not keep the others of the job from their new
        // models.
        if (failureOf(error).retryable) throw error;
        refused.push([symbolReport.symbol, error]);
      }
    }
    if (config.REFIT !== 'none') stages.enter('refitting');
    const refit = await refitModels(config, strategy, trained, evaluated);
    refitted = refit.result;
    noteRefit(refitted, config, observer);
    stages.enter('writing files');
    written = await writeModels(config, order, refit.models);
    refused.push(...written.refused);
    if (written.models.length === 0 && refused[0] !== undefined) throw refused[0][1];
  } finally {
    candidate.dispose();
    champions.dispose();
  }
  const { models, unlinked } = written;
  if (unlinked !== null)
    observer.note({
      level: 'warn',
      message: 'one file a symbol was written, as no hard link could be made in MODEL_DIR',
      facts: unlinked,
    });
  const checkpoint = checkpointOf(init.start);
  const leftOut = {
    ...init.leftOut,
    // Of the strategy itself: symbols that it can learn nothing from.
    ...(report.details['left_out'] as Readonly<Record<string, string>> | undefined),
    ...Object.fromEntries(refused.map(([symbol, error]) => [symbol, errorFacts(error).error])),
  };
  const symbols = Object.keys(leftOut).length;
  if (symbols > 0)
    observer.note({ level: 'warn', message: 'left out', facts: { symbols, why: leftOutWords(leftOut) } });
  const result = {
    stage_seconds: stages.end(),
    peak_memory_mb: peakMemoryMb(),
    threads: context.threads,
    seed: config.TRAINING_SEED,
    lineage,
    resumed:
      checkpoint === null
        ? null
        : { attempt: checkpoint.attempt, step: checkpoint.step, progress: checkpoint.progress },
    tuned: trained.tuned,
    leaks,
    warnings,
    not_walked_forward: edges.missing,
    left_out: leftOut,
    newest_bars: init.newestBars,
    data_check: Object.fromEntries(init.checks.map((check) => [check.symbol, checkJson(check)])),
    refit: refitted,
    report,
  };
  await trained.folder?.finish(result);
  return { models, result };
}

/** Where the new model comes from, and why: one from scratch has generation 0 and no parent. */
function lineageOf({ lineage }: Report, { start }: Init) {
  const began = beginningOf(start);
  if (began.from === 'scratch') {
    if (lineage.continued)
      throw new Error('the strategy says that it was warm-started from a model that it was not given');
    return { continued: false, reason: began.reason, champion_id: null, generation: 0 };
  }
  return {
    ...lineage,
    champion_id: began.champion.modelId,
    generation: lineage.continued ? began.champion.generation + 1 : 0,
  };
}

/** @throws Stopped when it was told to stop: the model that is trained by then is trained once more. */
async function walkedForward(
  { config, threads, stopping }: TrainingContext,
  { artefact, report, predictions, init }: TrainedStrategy,
  strategy: Strategy,
  enter: (stage: string) => void,
): Promise<FoundEdges> {
  enter('walking forward');
  const question = {
    bars: init.bars,
    params: settingsFor(config, strategy.type),
    filled: artefact.params,
    seed: config.TRAINING_SEED,
    threads,
    report,
    predictions,
  };
  try {
    return await findEdges(strategy, question, { signal: stopping, progress: () => undefined });
  } catch (error) {
    if (stopping.aborted) throw new Stopped();
    throw error;
  }
}
