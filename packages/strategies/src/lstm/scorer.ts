import { softmax } from '../ensemble/softmax-regression.ts';
import { outputsOf, type Target } from '../target.ts';
import { type Architecture, headOf, type Weights } from './architecture.ts';
import type { ScaledFeatures } from './dataset.ts';
import { createNetwork } from './network.ts';

/**
 * Rows in every batch of a prediction, filled up where there are fewer. In larger ones OpenBLAS's product takes other
 * paths for some rows than for others, which changes last bits; in batches of just 8 a row's result is the same, to
 * the bit, whatever its neighbours and its place: tried with 1 to 330 units and 1 to 200 inputs and the
 * kernels of ten processors (OPENBLAS_CORETYPE), where batches of 5, 6, 12 and 16 failed on Haswell's and Zen's.
 */
const PREDICTION_BATCH = 8;

/**
 * Rows in every batch of answers that are only compared with answers of the same rows, as an epoch's validation loss
 * is: in batches of 8 it takes twice as long.
 */
const COMPARISON_BATCH = 64;

/** Gives the answer for each of `rows` of a table: a probability or value a row, or rows × classes. */
export interface Scorer {
  /**
   * Equal inputs give equal bits whatever else is asked for beside them.
   * @param offsets added to what the dense layer says, rows × outputs.
   */
  score(weights: Weights, table: ScaledFeatures, rows: Int32Array, offsets?: Float64Array): Float64Array;
}

/**
 * @param onlyCompared its answers are only compared with answers of the same rows, and are worked out faster: a row's
 *   last bits may depend on its place.
 */
export function createScorer(architecture: Architecture, onlyCompared = false): Scorer {
  const atOnce = onlyCompared ? COMPARISON_BATCH : PREDICTION_BATCH;
  const network = createNetwork(architecture, atOnce);
  const target = headOf(architecture);
  const outputs = outputsOf(target);
  const score = (
    weights: Weights,
    table: ScaledFeatures,
    rows: Int32Array,
    offsets?: Float64Array,
  ): Float64Array => {
    const said = new Float64Array(rows.length * outputs);
    for (let at = 0; at < rows.length; at += atOnce) {
      const batch = rows.subarray(at, at + atOnce);
      const asked = onlyCompared ? batch : filledUp(batch, atOnce);
      const logits = network.logits(weights, { table, rows: asked }).subarray(0, batch.length * outputs);
      if (offsets !== undefined) logits.forEach((_, i) => (logits[i]! += offsets[at * outputs + i]!));
      said.set(answersOf(target, logits), at * outputs);
    }
    return said;
  };
  return { score };
}

/** With its first row repeated up to a length. */
function filledUp(rows: Int32Array, length: number): Int32Array {
  const filled = new Int32Array(length).fill(rows[0]!);
  filled.set(rows);
  return filled;
}

function answersOf(target: Target, logits: Float64Array): Float64Array {
  switch (target.task) {
    case 'binary':
      return logits.map((z) => 1 / (1 + Math.exp(-z)));
    case 'multiclass':
      for (let at = 0; at < logits.length; at += target.classes)
        softmax(logits.subarray(at, at + target.classes));
      return logits;
    case 'regression':
      return logits;
  }
}

/** The same for once. */
export function predictRows(
  architecture: Architecture,
  weights: Weights,
  table: ScaledFeatures,
  rows: Int32Array,
): Float64Array {
  return createScorer(architecture).score(weights, table, rows);
}
