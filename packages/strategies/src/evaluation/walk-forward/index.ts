import { StrategyError } from '../../errors.ts';
import { sliceBars } from '../../features/index.ts';
import type {
  Bars,
  Plain,
  Prediction,
  Predictor,
  RowRange,
  Strategy,
  SymbolReport,
  TrainContext,
} from '../../strategy.ts';
import { costBpsOf } from '../costs.ts';
import type { Trials } from '../deflated-sharpe.ts';
import type { EvaluationOptions } from '../metrics.ts';
import { implausibleInWords } from '../implausible.ts';
import { scoredRows } from '../metrics.ts';
import { blockRows, scoreBlock, scorePooled, scoreRefits, spreadOf } from './scores.ts';
import type { BlockRows, Fold, RowsAfter, SymbolWalk } from './scores.ts';

export interface WalkForwardOptions {
  /** Test blocks, and models trained a symbol. */
  readonly folds: number;
  /**
   * Symbols to evaluate, all of the bars' when left out; a strategy over all symbols learns from the others
   * too.
   */
  readonly symbols?: readonly string[];
  /** As for `Strategy.train`; where the holdout lies is set by the folds. */
  readonly params?: { readonly [name: string]: Plain };
  /**
   * Whether each model is refitted on its block as well, and both are asked for the block after: what a refit is worth.
   */
  readonly refit?: boolean;
  /** Newest bars before a block that its model may learn from; all of them when left out. */
  readonly trainBars?: number;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Share of the work done, 0 to 1, and what is under way now. */
  readonly progress?: (fraction: number, stage: string) => void;
  /** What was tried before for a symbol, for the deflated Sharpe ratio; nothing when left out. */
  readonly trials?: (symbol: string) => Trials;
}

/**
 * Trains a model for each of several consecutive blocks of rows on nothing but the bars before the block, and
 * evaluates it on the block: what a strategy would have done had it been used all along.
 *
 * The blocks of a symbol make up the later half of its rows (see `testBlocks`). A model is given its past up
 * to the block, all of it or the newest `trainBars`, splits that into train and validation as ever, with
 * purge and embargo before the block, and has the block for a holdout. A strategy over all symbols is given
 * every symbol up to the same time; symbols of one calendar share their models, others have blocks, and
 * models, of their own. One that has no rows at the time of a block is not learnt from there.
 * @throws StrategyError TOO_FEW_BARS naming how many it takes; what `train` throws; the signal's reason.
 */
export async function walkForward(
  strategy: Strategy,
  bars: readonly Bars[],
  options: WalkForwardOptions,
): Promise<SymbolWalk[]> {
  const evaluated = chosen(bars, options.symbols);
  const { horizon } = strategy.label(options.params).label;
  const groups = walkGroups(strategy, evaluated, options);
  const results = new Map<string, { folds: Fold[]; rows: BlockRows[]; after: RowsAfter[] }>();
  let done = 0;
  for (const group of groups) {
    for (let k = 0; k < options.folds; k++) {
      const stage = `${group.map(({ own }) => own.symbol).join(', ')}: fold ${k + 1} of ${options.folds}`;
      const inner = (fraction: number): void =>
        options.progress?.((done + fraction) / (groups.length * options.folds), stage);
      for (const { symbol, fold, rows, after } of await runFold(strategy, bars, group, k, options, inner)) {
        const result = results.get(symbol) ?? { folds: [], rows: [], after: [] };
        results.set(symbol, {
          folds: [...result.folds, fold],
          rows: [...result.rows, rows],
          after: [...result.after, ...after],
        });
      }
      done++;
    }
  }
  return evaluated.map((own) => {
    const { folds, rows, after } = results.get(own.symbol)!;
    const trials = options.trials?.(own.symbol) ?? { count: 0, sharpes: [] };
    const pooled = scorePooled(rows, own, horizon, options.seed, trials);
    const refit = scoreRefits(after, own, horizon, options.seed);
    const warning = implausibleInWords(own);
    return { symbol: own.symbol, warning, folds, pooled, spread: spreadOf(folds), refit };
  });
}

/** A symbol and its test blocks, oldest first. */
export interface Walk {
  readonly own: Bars;
  readonly blocks: readonly RowRange[];
}

/**
 * The blocks of each symbol; together those that a model can be judged on at once.
 * @throws StrategyError TOO_FEW_BARS naming the symbol and how many bars it takes.
 */
export function walkGroups(
  strategy: Strategy,
  evaluated: readonly Bars[],
  { folds, params }: Pick<WalkForwardOptions, 'folds' | 'params'>,
): Walk[][] {
  const label = strategy.label(params);
  const { horizon } = label.label;
  const window = Math.max(strategy.features(params).window, label.firstRow + 1);
  const walks = evaluated.map((own) => ({ own, blocks: testBlocks(own, folds, { horizon, window }) }));
  return strategy.scope === 'all' ? sameCalendar(walks, horizon) : walks.map((walk) => [walk]);
}

/** What a fold's model says of a symbol's block. */
export interface Asked {
  readonly own: Bars;
  /** Its bars up to the end of the block's last label. */
  readonly seen: Bars;
  /** Its holdout is the block, or what is left of it beside other symbols. */
  readonly report: SymbolReport;
  readonly prediction: Prediction;
  readonly evaluation: EvaluationOptions & { readonly label: ReturnType<Strategy['label']> };
  /** Where a refit was asked for, and a block follows: what both models make of that. */
  readonly after: readonly RowsAfter[];
}

async function runFold(
  strategy: Strategy,
  bars: readonly Bars[],
  group: readonly Walk[],
  k: number,
  options: WalkForwardOptions,
  progress: (fraction: number) => void,
): Promise<{ symbol: string; fold: Fold; rows: BlockRows; after: readonly RowsAfter[] }[]> {
  const asked = await askFold(strategy, bars, group, k, options, progress);
  return asked.map(({ own, seen, report, prediction, evaluation, after }) => {
    const { train, holdout, dataFrom, dataTo } = report;
    const rows = blockRows(seen, prediction, holdout, train, evaluation);
    const fold = {
      dataFrom,
      dataTo,
      from: seen.time[holdout.from]!,
      to: seen.time[holdout.to - 1]!,
      ...scoreBlock(rows, own, evaluation.horizon, options.seed),
    };
    return { symbol: own.symbol, fold, rows, after };
  });
}

/** Trains a model on what lies before the k-th block of a group, and asks it for the block of each symbol. */
export async function askFold(
  strategy: Strategy,
  bars: readonly Bars[],
  group: readonly Walk[],
  k: number,
  options: Omit<WalkForwardOptions, 'folds'>,
  progress: (fraction: number) => void,
): Promise<Asked[]> {
  const label = strategy.label(options.params);
  const { horizon } = label.label;
  const { own: first, blocks } = group[0]!;
  const block = blocks[k]!;
  const span = {
    start: first.time[Math.max(0, block.from - (options.trainBars ?? Infinity))]!,
    // The last row's label is the last thing that may be known.
    end: first.time[block.to - 1 + horizon]!,
  };
  const given = (strategy.scope === 'all' ? bars : [first]).map((one) => between(one, span));
  const context: TrainContext = {
    signal: options.signal,
    progress,
    epoch: () => undefined,
    resume: null,
    checkpoint: async () => options.signal.throwIfAborted(),
  };
  const params = { ...options.params, holdout_from: first.time[block.from]! };
  // Of the last block nothing comes after.
  const wantsRefit = options.refit === true && k + 1 < blocks.length;
  const { artefact, report, refit } = await strategy.train(
    { bars: given, params, seed: options.seed, threads: options.threads, refit: wantsRefit },
    context,
  );
  const refitted = refit === null ? null : await strategy.load((await refit()).artefact);
  const predictor = await strategy.load(artefact);
  const after = async (
    own: Bars,
    rows: RowRange,
    evaluation: EvaluationOptions,
  ): Promise<readonly RowsAfter[]> => {
    if (refitted === null) return [];
    const said = async (by: Predictor) => scoredRows(own, await by.predict(own, rows), rows, evaluation);
    return [{ judged: await said(predictor), refitted: await said(refitted) }];
  };
  try {
    const found = [];
    for (const { own, blocks: ofOwn } of group) {
      const seen = given.find(({ symbol }) => symbol === own.symbol)!;
      const of = report.symbols.find(({ symbol }) => symbol === own.symbol);
      if (of === undefined) throw leftOut(own.symbol, k, report.details['left_out']);
      const evaluation = { horizon, costBps: costBpsOf(artefact.params, own.symbol), label };
      const prediction = await predictor.predict(seen, of.holdout);
      found.push({
        own,
        seen,
        report: of,
        prediction,
        evaluation,
        after: await after(own, ofOwn[k + 1] ?? block, evaluation),
      });
    }
    return found;
  } finally {
    predictor.dispose();
    refitted?.dispose();
  }
}

function between(bars: Bars, { start, end }: { readonly start: number; readonly end: number }): Bars {
  const from = bars.time.findIndex((time) => time >= start);
  const after = bars.time.findIndex((time) => time > end);
  const to = after === -1 ? bars.time.length : after;
  return sliceBars(bars, { from: from === -1 ? to : from, to });
}

/** Symbols whose blocks begin and end at the same times, together. */
function sameCalendar(walks: readonly Walk[], horizon: number): Walk[][] {
  const groups = Map.groupBy(walks, ({ own, blocks }) =>
    blocks.map(({ from, to }) => `${own.time[from]!} ${own.time[to - 1 + horizon]!}`).join(),
  );
  return [...groups.values()];
}

function chosen(bars: readonly Bars[], symbols: readonly string[] | undefined): readonly Bars[] {
  if (symbols === undefined) return bars;
  return symbols.map((name) => {
    const found = bars.find(({ symbol }) => symbol === name);
    if (found === undefined) throw new StrategyError('TOO_FEW_BARS', `there are no bars of ${name}`);
    return found;
  });
}

function leftOut(symbol: string, k: number, reasons: Plain | undefined): StrategyError {
  const reason =
    typeof reasons === 'object' && reasons !== null
      ? Object.entries(reasons).find(([name]) => name === symbol)?.[1]
      : undefined;
  const why = typeof reason === 'string' ? reason : `${symbol} was not learnt from`;
  return new StrategyError('TOO_FEW_BARS', `fold ${k + 1}: ${why}`);
}

/** On fewer rows a fold says nothing. */
const minTestRows = 20;
/** Fewer rows before the first block leave no room for training, validation and the gaps. */
const minRowsBefore = 100;

/** What the labels and the features of a row reach over. */
interface Reach {
  readonly horizon: number;
  /** Bars that a row of features looks at, its own included. */
  readonly window: number;
}

/** Bars that so many folds take. */
export function barsNeeded(folds: number, { horizon, window }: Reach): number {
  return window - 1 + 3 * horizon + 2 * Math.max(minRowsBefore, minTestRows * folds);
}

/**
 * Consecutive test blocks of equal length, oldest first, that make up the later half of the labelled rows;
 * the earlier half is there for the first model to learn from.
 * @throws StrategyError TOO_FEW_BARS naming the symbol and how many bars it takes.
 */
function testBlocks({ symbol, close }: Bars, folds: number, reach: Reach): RowRange[] {
  const needed = barsNeeded(folds, reach);
  const fewer = folds > 1 && close.length >= barsNeeded(1, reach);
  if (close.length < needed)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `${symbol} has ${close.length} bars, but ${folds === 1 ? 'a fold takes' : `${folds} folds take`} ` +
        `${needed}; give more bars${fewer ? ' or ask for fewer folds' : ''}`,
    );
  const end = close.length - reach.horizon;
  const rows = Math.floor((end - (reach.window - 1)) / 2 / folds);
  return Array.from({ length: folds }, (_, k) => ({
    from: end - rows * (folds - k),
    to: end - rows * (folds - k - 1),
  }));
}
