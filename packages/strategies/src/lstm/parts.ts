// How the LSTM and the linear part become one network.
import type { Calibration } from '../calibration/index.ts';
import { meanLoss } from '../losses.ts';
import { softmax } from '../ensemble/softmax-regression.ts';
import { outputsOf, type Labels, type Target } from '../target.ts';
import { headOf, layerViews, type Architecture, type Weights } from './architecture.ts';
import type { LinearPart } from './linear-part.ts';

const steps = 20;

/**
 * How much of what the LSTM adds is kept, 0 to 1 in steps of 0.05: the least of the summed loss on the
 * validation rows plus l2 / 2 · share². Its epochs were chosen on these rows, so that it looks better there
 * than it is, and on weak signals it adds mostly noise: without this, 5 random walks of 1,000 bars ended 0.011
 * of log loss worse than the linear part alone.
 * @param rows what the linear part and the LSTM say before the link, rows × outputs.
 */
export function shareOfLstm(
  target: Target,
  rows: {
    readonly linear: Float64Array;
    readonly lstm: Float64Array;
    readonly labels: Labels;
    readonly l2: number;
  },
): number {
  const { linear, lstm, labels, l2 } = rows;
  let best = { share: 0, loss: Infinity };
  for (let step = 0; step <= steps; step++) {
    const share = step / steps;
    const said = answersOf(target, { linear, lstm, share });
    const loss = labels.length * meanLoss(target, said, labels) + (l2 / 2) * share ** 2;
    if (loss < best.loss) best = { share, loss };
  }
  return best.share;
}

/** What both say together. */
export function answersOf(
  target: Target,
  {
    linear,
    lstm,
    share,
  }: { readonly linear: Float64Array; readonly lstm: Float64Array; readonly share: number },
): Float64Array {
  const logits = linear.map((z, i) => z + share * lstm[i]!);
  switch (target.task) {
    case 'binary':
      return logits.map((z) => 1 / (1 + Math.exp(-z)));
    case 'multiclass': {
      const outputs = outputsOf(target);
      for (let at = 0; at < logits.length; at += outputs) softmax(logits.subarray(at, at + outputs));
      return logits;
    }
    case 'regression':
      return logits;
  }
}

/** One network of both parts. @param whole with the skip path. */
export function joinParts(
  whole: Architecture,
  lstm: Weights,
  share: number,
  { kernel, bias }: Pick<LinearPart, 'kernel' | 'bias'>,
): Weights {
  const weights = new Float32Array(lstm.length + kernel.length);
  weights.set(lstm);
  weights.set(kernel, lstm.length);
  const { dense } = layerViews(whole, weights);
  dense.kernel.forEach((w, i) => (dense.kernel[i] = share * w));
  bias.forEach((b, o) => (dense.bias[o] = share * dense.bias[o]! + b));
  return weights;
}

/** The LSTM's weights of both, as a warm start learns on. */
export const lstmOf = ({
  architecture,
  weights,
}: {
  readonly architecture: Architecture;
  readonly weights: Weights;
}): Weights => {
  const { inputs, skip = false } = architecture;
  const own = weights.slice(0, weights.length - (skip ? inputs * outputsOf(headOf(architecture)) : 0));
  // The linear part's bias is in it, and the linear part is fitted afresh.
  layerViews({ ...architecture, skip: false }, own).dense.bias.fill(0);
  return own;
};

/** A network that says by itself what the calibration makes of what it said. */
export function foldCalibration(whole: Architecture, weights: Weights, calibration: Calibration): Weights {
  if (calibration.kind === 'none') return weights;
  const own = weights.slice();
  const { dense, skip } = layerViews(whole, own);
  const { slope } = calibration;
  const shift = (o: number): number =>
    calibration.kind === 'platt' ? calibration.intercept : calibration.offsets[o]!;
  for (const kernel of [dense.kernel, skip!]) kernel.forEach((w, i) => (kernel[i] = slope * w));
  dense.bias.forEach((b, o) => (dense.bias[o] = slope * b + shift(o)));
  return own;
}
