import type { PromotionMetric } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import { degenerateReason } from '../evaluation/index.ts';
import { labelsOf } from '../evaluation/labels.ts';
import { judgedRows, rowScores } from '../evaluation/index.ts';
import { askFold, type Asked, type Walk, type WalkForwardOptions } from '../evaluation/walk-forward/index.ts';
import type { Bars, Strategy } from '../strategy.ts';

/** What a trial came to on a fold. */
export interface FoldResult {
  /**
   * What promotion compares, a number a bar's time, the mean over the symbols that have it, higher is better;
   * symbols of other calendars one after the other. Squared errors in shares of the label's variance there.
   * Null where there is no such model.
   */
  readonly scores: Float64Array | null;
  /** Why there is none, in words. */
  readonly problem: string | null;
  readonly seconds: number;
}

/**
 * Trains with some settings on what lies before the k-th block and scores the block. Settings that can't be
 * trained or that give a broken model are a result, too.
 * @throws what is no fault of the settings; the signal's reason
 */
export async function foldScores(
  strategy: Strategy,
  bars: readonly Bars[],
  groups: readonly (readonly Walk[])[],
  k: number,
  options: Omit<WalkForwardOptions, 'folds'>,
  progress: (fraction: number) => void,
): Promise<FoldResult> {
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  try {
    const scores: number[] = [];
    for (const [g, group] of groups.entries()) {
      const asked = await askFold(strategy, bars, group, k, options, (fraction) =>
        progress((g + fraction) / groups.length),
      );
      scores.push(...byTime(strategy.promotionMetric, asked));
    }
    return { scores: Float64Array.from(scores), problem: null, seconds: seconds() };
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof StrategyError)) throw error;
    return { scores: null, problem: error.message, seconds: seconds() };
  }
}

/** @throws StrategyError DIVERGED for a model that works on no symbol as it should */
function byTime(metric: PromotionMetric, asked: readonly Asked[]): number[] {
  const times = new Map<number, { sum: number; count: number }>();
  for (const { seen, report, prediction, evaluation } of asked) {
    const { holdout, symbol } = report;
    const broken = degenerateReason(prediction, evaluation.label.task);
    if (broken !== null) throw new StrategyError('DIVERGED', `${symbol}: ${broken}`);
    const unit = metric === 'squared_error' ? variance(labelsOf(seen, holdout, evaluation.label)) : 1;
    const rows = judgedRows(seen, holdout, evaluation.horizon);
    rowScores(metric, seen, prediction, holdout, evaluation).forEach((score, i) => {
      const time = seen.time[rows[i]!]!;
      const at = times.get(time) ?? { sum: 0, count: 0 };
      times.set(time, { sum: at.sum + score / unit, count: at.count + 1 });
    });
  }
  return [...times].sort(([a], [b]) => a - b).map(([, { sum, count }]) => sum / count);
}

/** Of labels that are all the same 1: there is nothing to share. */
function variance(labels: ArrayLike<number>): number {
  const values = Float64Array.from(labels);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length || 1;
}
