// From what a model says to what is held.
import type { LabelClass } from '@ml-training/sdk';
import type { LabelDefinition, ModelOutput, Prediction } from '../strategy.ts';
import { positionsFromProbability } from './backtest.ts';

/**
 * A model's word with its positions, where it gives none itself. Two classes: long where the probability of 1
 * is above ½ + band, short below ½ − band. Several: the position of the likeliest class, where it leads the
 * likeliest class of another position by more than `band`. Regression: long where the value to be expected is
 * above `band`, in the label's unit, short below −band. Else flat.
 * @param output of several classes the probabilities, of the others the score.
 */
export function predictionOf(
  output: ModelOutput,
  { task, classes }: Pick<LabelDefinition, 'task' | 'classes'>,
  band: number,
): Prediction {
  if ('probabilities' in output) {
    const { probabilities } = output;
    return {
      score: expectedPositions(probabilities, classes),
      probabilities,
      position: leadingPositions(probabilities, classes, band),
    };
  }
  const { score, position } = output;
  if (position !== undefined) return { score, position };
  return {
    score,
    position: task === 'regression' ? signs(score, band) : positionsFromProbability(score, band),
  };
}

/** NaN is flat. */
const signs = (values: Float64Array, band: number): Int8Array =>
  Int8Array.from(values, (value) => (value > band ? 1 : value < -band ? -1 : 0));

function expectedPositions(probabilities: Float64Array, classes: readonly LabelClass[]): Float64Array {
  return Float64Array.from({ length: probabilities.length / classes.length }, (_, r) =>
    classes.reduce((sum, { position }, c) => sum + position * probabilities[r * classes.length + c]!, 0),
  );
}

/** Of equal leads of two positions, none is taken. */
function leadingPositions(
  probabilities: Float64Array,
  classes: readonly LabelClass[],
  band: number,
): Int8Array {
  const rows = probabilities.length / classes.length;
  return Int8Array.from({ length: rows }, (_, r) => {
    const best = { '-1': -Infinity, '0': -Infinity, '1': -Infinity };
    classes.forEach(({ position }, c) => {
      const p = probabilities[r * classes.length + c]!;
      if (p > best[position]) best[position] = p;
    });
    const long = best['1'] - Math.max(best['-1'], best['0']);
    const short = best['-1'] - Math.max(best['1'], best['0']);
    return long > band ? 1 : short > band ? -1 : 0;
  });
}
