import type { LabelDefinition } from '../../strategy.ts';
import { blockLength, meanWithBounds } from '../intervals.ts';
import type { ScoredRows } from '../metrics.ts';
import { midranks } from '../ranks.ts';

/** Whether what a model says goes with what comes, on rows that it had no part of. */
export interface Edge {
  /**
   * auc of two classes; rank_ic (Spearman's correlation) of a number, and of several classes between the
   * position to be expected and that of the class that came; net_return, the mean of a bar after costs, of a
   * policy.
   */
  readonly score: 'auc' | 'rank_ic' | 'net_return';
  readonly value: number;
  /** One-sided 95 % bounds: from low to high is the 90 % range. */
  readonly low: number;
  readonly high: number;
  /** Whether `low` is above what chance gives: 0.5 of auc, else 0. */
  readonly found: boolean;
  readonly rows: number;
  /** How many of them are of the model's own holdout; the others were walked forward. */
  readonly holdoutRows: number;
}

/** Fewer rows say nothing. */
const minRows = 30;
const resamples = 2000;
export const chanceOf = { auc: 0.5, rank_ic: 0, net_return: 0 } as const satisfies Record<
  Edge['score'],
  number
>;

/**
 * The score over several pieces, each scored within itself, as probabilities of different models can't be
 * ranked together, and weighted by its rows. Each row has its part in the score's distance from chance, and
 * the bounds are of the mean of these parts.
 *
 * The pieces must be such that each was asked of a model that had seen nothing from its first row on. Then no
 * part depends on a later one's model and the bounds hold. Those of folds where each is asked of a model of
 * all others don't: on random walks the mean was 1.4 to 1.5 of its own standard errors away (60 series),
 * and 5 % tests found something in 13 to 18 %.
 * @param pieces in time; of a piece with one class only nothing can be said, it is left out.
 * @returns null where too few rows are left.
 */
export function edgeOf(
  pieces: readonly ScoredRows[],
  {
    label,
    horizon,
    seed,
  }: { readonly label: LabelDefinition; readonly horizon: number; readonly seed: number },
): Edge | null {
  const score = scoreOf(label);
  const parts = pieces.map((piece) => partsOf(piece, label));
  const all = Float64Array.from(parts.flatMap((one) => [...one]));
  const rows = all.length;
  if (rows < minRows) return null;
  const block = blockLength(rows, score === 'net_return' ? 1 : horizon);
  const { mean, low, high } = meanWithBounds(all, { block, resamples, seed });
  const chance = chanceOf[score];
  return {
    score,
    value: chance + mean,
    low: chance + low,
    high: chance + high,
    found: low > 0,
    rows,
    holdoutRows: parts.at(-1)!.length,
  };
}

const scoreOf = ({ task }: LabelDefinition): Edge['score'] =>
  task === 'policy' ? 'net_return' : task === 'binary' ? 'auc' : 'rank_ic';

/** Each row's part in the distance from chance; their mean is that distance. */
function partsOf(piece: ScoredRows, { task, classes }: LabelDefinition): Float64Array {
  const { score, labels, returns } = piece;
  if (task === 'policy') return returns;
  const said = midranks(score);
  const came =
    task === 'binary'
      ? centred(Float64Array.from(labels))
      : midranks(task === 'regression' ? Float64Array.from(labels) : positionsOf(labels, classes));
  const [ofSaid, ofCame] = [sumOfSquares(said), sumOfSquares(came)];
  if (ofCame === 0) return new Float64Array(0);
  if (ofSaid === 0) return new Float64Array(labels.length);
  // AUC − ½ = Σ rank · (label − share of rises) / (rises · falls), and Σ (label − share)² = rises · falls / rows.
  const scale = task === 'binary' ? 1 / ofCame : labels.length / Math.sqrt(ofSaid * ofCame);
  return said.map((rank, i) => scale * rank * came[i]!);
}

const positionsOf = (labels: ArrayLike<number>, classes: LabelDefinition['classes']): Float64Array =>
  Float64Array.from(labels, (label) => classes[label]!.position);

function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return values.every((v) => v === values[0]) ? new Float64Array(values.length) : values.map((v) => v - mean);
}

const sumOfSquares = (values: Float64Array): number => values.reduce((sum, v) => sum + v * v, 0);
