import { StrategyError } from '../../errors.ts';
import { sliceBars } from '../../features/index.ts';
import type { Bars, Plain, Prediction, Report, Strategy, SymbolReport } from '../../strategy.ts';
import { costBpsOf } from '../costs.ts';
import { scoredRows, type ScoredRows } from '../metrics.ts';
import { edgeOf, type Edge } from './statistic.ts';

export type { Edge } from './statistic.ts';

/** A training that is done, and what it was of. */
export interface EdgeQuestion {
  readonly bars: readonly Bars[];
  /** As they were given to `train`. */
  readonly params: { readonly [name: string]: Plain };
  /** With what they were filled up to. */
  readonly filled: { readonly [name: string]: Plain };
  readonly seed: number;
  readonly threads: number;
  readonly report: Report;
  /** Of the report's symbols, each of its holdout. */
  readonly predictions: readonly Prediction[];
}

export interface FoundEdges {
  /** By symbol; null where nothing can be said. */
  readonly edges: ReadonlyMap<string, Edge | null>;
  /** Why a fold is missing, as too few bars come before it. */
  readonly missing: readonly string[];
}

/**
 * Whether a training found anything: a holdout of 189 rows says so of few real edges. The bars before it, of
 * which the model had its rows, are cut into `walk_forward_folds` + 1 pieces of equal rows, and each but the
 * first is asked of a model that was trained from scratch, as the first one was, on nothing but the bars
 * before the piece. Their answers count beside those of the holdout. All these trainings together learn from
 * walk_forward_folds / 2 times as many rows as the first one.
 * @throws the signal's reason; what an infrastructure failure throws
 */
export async function findEdges(
  strategy: Strategy,
  question: EdgeQuestion,
  context: {
    readonly signal: AbortSignal;
    readonly progress: (fraction: number, stage: string) => void;
  },
): Promise<FoundEdges> {
  const { report, predictions, params, filled, seed, threads } = question;
  const folds = Number(filled['walk_forward_folds'] ?? 0);
  const label = strategy.label(filled);
  const options = (symbol: string) => ({
    horizon: label.label.horizon,
    costBps: costBpsOf(filled, symbol),
    label,
  });
  const barsOf = (symbol: string): Bars => question.bars.find((one) => one.symbol === symbol)!;
  const pieces = new Map(report.symbols.map(({ symbol }) => [symbol, [] as ScoredRows[]]));
  const missing: string[] = [];
  const bounds = boundsOf(report.symbols, barsOf, folds);
  for (const [k, start] of bounds.entries()) {
    const stage = `walking forward, fold ${k + 1} of ${bounds.length}`;
    context.progress(k / bounds.length, stage);
    const before = question.bars.map((one) => {
      const of = report.symbols.find(({ symbol }) => symbol === one.symbol);
      return until(one, bounds[k + 1] ?? Infinity, of?.holdout.from);
    });
    try {
      const trained = await strategy.train(
        { bars: before, params: { ...params, holdout_from: start }, seed, threads },
        {
          signal: context.signal,
          progress: (fraction) => context.progress((k + fraction) / bounds.length, stage),
          epoch: () => undefined,
          resume: null,
          checkpoint: () => Promise.resolve(),
        },
      );
      trained.report.symbols.forEach(({ symbol, holdout }, s) =>
        pieces
          .get(symbol)
          ?.push(scoredRows(barsOf(symbol), trained.predictions[s]!, holdout, options(symbol))),
      );
    } catch (error) {
      context.signal.throwIfAborted();
      // The model itself is trained; a fold that can't be is one piece of evidence less.
      if (!(error instanceof StrategyError)) throw error;
      missing.push(`fold ${k + 1}: ${error.message}`);
    }
  }
  report.symbols.forEach(({ symbol, holdout }, s) =>
    pieces.get(symbol)!.push(scoredRows(barsOf(symbol), predictions[s]!, holdout, options(symbol))),
  );
  const edges = new Map<string, Edge | null>();
  for (const [symbol, own] of pieces) edges.set(symbol, edgeOf(own, { ...options(symbol), seed }));
  return { edges, missing };
}

/** When the pieces begin that are asked, all but the first: of all symbols' rows as many in each. */
function boundsOf(
  symbols: readonly SymbolReport[],
  barsOf: (symbol: string) => Bars,
  folds: number,
): number[] {
  const times = Float64Array.from(
    symbols.flatMap(({ symbol, train, validation }) => [
      ...barsOf(symbol).time.subarray(train.from, validation.to),
    ]),
  ).sort();
  return Array.from({ length: folds }, (_, k) => times[Math.floor((times.length * (k + 1)) / (folds + 1))]!);
}

/** The bars before a time, and before the row that the holdout begins with. */
function until(bars: Bars, end: number, holdoutFrom = Infinity): Bars {
  const after = bars.time.findIndex((time) => time >= end);
  return sliceBars(bars, { from: 0, to: Math.min(after === -1 ? bars.time.length : after, holdoutFrom) });
}
