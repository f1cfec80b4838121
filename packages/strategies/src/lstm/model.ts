import type { TensorFlow } from '@ml-training/native';
import type { Architecture, Weights } from './architecture.ts';
import { createWindows, gatherWindows, type ScaledFeatures } from './dataset.ts';
import { createNetwork } from './network.ts';

/**
 * Rows in every batch of a prediction, filled up where there are fewer. Eigen's matrix product takes other paths at the
 * end of a matrix and in larger ones, which changes last bits; in batches of just 16 a row's result is the same, to
 * the bit, whatever its neighbours and its place: tried with 1 to 333 units and 10 to 128 inputs, on one and on two threads, where
 * batches of 64 failed at 100, 127, 150, 300 and 333 units and of 32 at 300 and 333.
 */
const PREDICTION_BATCH = 16;

/** Gives the probability of a rise for each of `rows` of a table. */
export interface Scorer {
  /** Equal inputs give equal bits whatever else is asked for beside them. */
  score(weights: Weights, table: ScaledFeatures, rows: Int32Array): Float64Array;
  dispose(): void;
}

export function createScorer(tf: TensorFlow, architecture: Architecture): Scorer {
  const { window, inputs } = architecture;
  const network = createNetwork(tf, architecture, PREDICTION_BATCH);
  const windows = createWindows(window, PREDICTION_BATCH, inputs);
  const score = (weights: Weights, table: ScaledFeatures, rows: Int32Array): Float64Array => {
    const probability = new Float64Array(rows.length);
    for (let at = 0; at < rows.length; at += PREDICTION_BATCH) {
      const batch = rows.subarray(at, at + PREDICTION_BATCH);
      gatherWindows(table, batch, window, windows);
      const logits = network.logits(weights, windows);
      for (let i = 0; i < batch.length; i++) probability[at + i] = 1 / (1 + Math.exp(-logits[i]!));
    }
    return probability;
  };
  return { score, dispose: () => network.dispose() };
}

/** The same for once. */
export function predictRows(
  tf: TensorFlow,
  architecture: Architecture,
  weights: Weights,
  table: ScaledFeatures,
  rows: Int32Array,
): Float64Array {
  const scorer = createScorer(tf, architecture);
  try {
    return scorer.score(weights, table, rows);
  } finally {
    scorer.dispose();
  }
}
