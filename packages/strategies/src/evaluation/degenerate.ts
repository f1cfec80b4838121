import type { Task } from '@ml-training/sdk';
import type { Prediction } from '../strategy.ts';
import { evaluationOf } from './tasks/index.ts';

/** On a few rows a working model may well say the same each time. */
const minRows = 10;

/** Why a prediction can't come from a working model, in words, or null when nothing is wrong with it. */
export function degenerateReason(prediction: Prediction, task: Task = 'binary'): string | null {
  const { score, probabilities, position } = prediction;
  if (score.length === 0) return 'it predicted nothing';
  const unusable = evaluationOf[task].unusable(prediction);
  if (unusable !== null) return unusable;
  if (position.some((p) => p < -1 || p > 1)) return 'it took positions other than short, flat and long';
  const constant = isConstant(probabilities ?? score, (probabilities?.length ?? 0) / score.length || 1);
  // An agent may rightly stay long throughout while its opinion varies; only both constant means nothing was
  // learned.
  if (score.length >= minRows && constant && position.every((p) => p === position[0]))
    return `it gives the same answer (${shown(score[0]!)}) to each of ${score.length} bars`;
  return null;
}

/** Whether each of `cols` columns is the same throughout, but for rounding. */
function isConstant(values: Float64Array, cols: number): boolean {
  const size = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return values.every((value, i) => Math.abs(value - values[i % cols]!) <= 1e-9 * size);
}

/** Returns are small numbers, probabilities are not. */
const shown = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(2) : value.toFixed(4);
