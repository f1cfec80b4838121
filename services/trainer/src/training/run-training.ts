import {
  ALL_SYMBOLS,
  activeModel,
  barsSha256,
  checkJson,
  errorFacts,
  failureOf,
  incomparableRuns,
  leftOutWords,
  requireRoom,
  requireWritable,
  rhythmOf,
  settingsFor,
  trialsOf,
  type Config,
  type DataCheck,
} from '@ml-training/core';
import {
  costBpsOf,
  deflatedExcess,
  holdoutRecord,
  findEdges,
  implausibleInWords,
  loadStrategy,
  trainLabelsOf,
  type Bars,
  type Edge,
  type FoundEdges,
  type Prediction,
  type Predictor,
  type Report,
  type Strategy,
  type SymbolReport,
} from '@ml-training/strategies';
import type { Observer, TrainedModels, TrainOrder } from '../messages.ts';
import { Stopped } from './checkpointer.ts';
import { trainStrategy, type TrainedStrategy } from './train-strategy.ts';
import { compareWithChampion } from './promotion.ts';
import { keepLoaded } from './keep-loaded.ts';
import { measurePeakMemory } from './peak-memory.ts';
import { refuseNonFinite, writeModels, type EvaluatedModel, type WrittenModels } from './registration.ts';
import { refitModels, type RefitResult } from './refit.ts';
import { startStages } from './stages.ts';
import { beginningOf, checkpointOf, type Init, type TrainingContext } from './init.ts';

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

/**
 * What is to be told of: moves have words of their own, and that there are no newer bars, or that the newest is
 * still running, is nothing wrong with those that it was trained on.
 */
const foundInWords = ({ findings }: DataCheck): string[] =>
  findings
    .filter(({ kind }) => !['split', 'outlier', 'too_old', 'unclosed'].includes(kind))
    .map(({ words }) => words);

/** A model that stays as it was judged though it was to be refitted is told of. */
function noteRefit(result: RefitResult, { REFIT }: Pick<Config, 'REFIT'>, observer: Observer): void {
  if (result.refitted)
    observer.note({ level: 'info', message: 'refitted on all bars', facts: { rows: result.rows } });
  else if (REFIT !== 'none')
    observer.note({ level: 'warn', message: 'not refitted', facts: { why: result.reason } });
}

/** One warning for all inputs that weren't there for all bars; the job's result has each of them. */
function noteInputs({ details }: Report, observer: Observer): void {
  const inputs = (details['inputs'] ?? {}) as InputDetails;
  const lacking = Object.entries(inputs).flatMap(([symbol, of]) =>
    Object.entries(of).flatMap(([input, facts]) => {
      const before = facts.rows_before_first_bar;
      const carried = facts.rows_carried_forward;
      if (before === 0 && carried === 0) return [];
      const hours = Math.round(10 * facts.longest_hours) / 10;
      return [
        `${symbol}: ${input} begins after ${before} bars, and an older bar of it stood in at ` +
          `${carried}, for ` +
          `${hours} h at the longest`,
      ];
    }),
  );
  if (lacking.length === 0) return;
  const shown = lacking.slice(0, maxShown);
  const more = lacking.length > shown.length ? [`and ${lacking.length - shown.length} more`] : [];
  observer.note({
    level: 'warn',
    message: 'inputs were not there for all bars',
    facts: { why: [...shown, ...more].join('; ') },
  });
}

const maxShown = 5;
/** As the strategies report it: by symbol and input. */
type InputDetails = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly rows_before_first_bar: number;
          readonly rows_carried_forward: number;
          readonly longest_hours: number;
        }
      >
    >
  >
>;

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

/**
 * Compares a symbol's new model with the one in use, and
 * deflates its Sharpe ratio over the best naive rule by how many were tried before.
 */
async function evaluateCandidate(
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

function ofSymbol(bars: readonly Bars[], symbol: string): Bars {
  const found = bars.find((one) => one.symbol === symbol);
  if (found === undefined) throw new Error(`the strategy reports on ${symbol}, which it was not given`);
  return found;
}
