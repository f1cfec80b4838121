// Positions that are worth what they cost.
import type { ExpectedMoves } from '@ml-training/sdk';
import type { LabelDefinition, Prediction } from '../strategy.ts';

/** The return over the label's horizon that a model's word comes to, a row each, as a share of the price. */
export function expectedReturns(
  { score, probabilities }: Pick<Prediction, 'score' | 'probabilities'>,
  { task, label }: Pick<LabelDefinition, 'task' | 'label'>,
  moves: readonly number[],
): Float64Array {
  if (task === 'regression') return label['of'] === 'log_return' ? score.map(Math.expm1) : score;
  if (probabilities === undefined) return score.map((p) => (1 - p) * moves[0]! + p * moves[1]!);
  return score.map((_, r) =>
    moves.reduce((sum, move, c) => sum + move * probabilities[r * moves.length + c]!, 0),
  );
}

interface Costed {
  /** Of changing the position by one unit, in basis points. */
  readonly costBps: number;
  readonly persistence: ExpectedMoves['persistence'];
  /** What may be held; staying where one is always may. */
  readonly allowed: readonly number[];
  /** What is held before the first row. */
  readonly held: number;
}

/**
 * At each row the position p that gains most, p · gain − cost · |p − q|, q being the one held: it is left
 * where that gains more than it costs, and of equals q is kept. The gain of holding one unit is what is
 * expected over the horizon and, as long as that lasts, after it: expected / (1 − persistence).
 *
 * For expected returns that are independent of one another and as likely to be positive as negative, no other
 * rule earns more: being long, to turn costs 2 c and gains 2 · expected, whatever comes later, as the side
 * that one is on is worth the same on either. Going flat in between costs c, and c again on the way back.
 * @param expected a row each; where it is no number, nothing is held
 */
export function positionsWorthTheirCost(
  expected: Float64Array,
  { costBps, persistence, allowed, held }: Costed,
): Int8Array {
  const cost = costBps / 10_000;
  let position = held;
  return Int8Array.from(expected, (next) => {
    if (Number.isNaN(next)) return (position = 0);
    const gain = next / (1 - persistence);
    const before = position;
    let best = before * gain;
    for (const one of allowed) {
      const value = one * gain - cost * Math.abs(one - before);
      if (value > best) [best, position] = [value, one];
    }
    return position;
  });
}
