import { softmax } from '../ensemble/softmax-regression.ts';
import type { Labels, Target } from '../target.ts';

interface LossOfLogits {
  /** Mean over the slots. */
  readonly value: number;
  readonly logitGradient: Float64Array;
}

/** Mean cross-entropy of logits under the labels, or mean squared error of values, with its gradient. */
export function lossOf(target: Target, logits: Float64Array, labels: Labels): LossOfLogits {
  switch (target.task) {
    case 'binary':
      return crossEntropy(logits, labels);
    case 'multiclass':
      return softmaxCrossEntropy(logits, labels, target.classes);
    case 'regression':
      return squaredError(logits, labels);
  }
}

/** Mean of −ln of the probability given to each label, and its gradient by each logit. */
function crossEntropy(logits: Float64Array, labels: Labels): LossOfLogits {
  const logitGradient = new Float64Array(logits.length);
  let sum = 0;
  logits.forEach((z, i) => {
    const y = labels[i]!;
    // ln(1 + e^z) without overflow.
    sum += Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z)));
    logitGradient[i] = (1 / (1 + Math.exp(-z)) - y) / logits.length;
  });
  return { value: sum / logits.length, logitGradient };
}

function softmaxCrossEntropy(logits: Float64Array, labels: Labels, classes: number): LossOfLogits {
  const logitGradient = logits.slice();
  let sum = 0;
  labels.forEach((label, slot) => {
    const own = logitGradient.subarray(slot * classes, (slot + 1) * classes);
    const said = own[label]!;
    const largest = own.reduce((a, b) => Math.max(a, b));
    sum += largest - said + Math.log(own.reduce((all, z) => all + Math.exp(z - largest), 0));
    softmax(own);
    for (let k = 0; k < classes; k++) own[k] = (own[k]! - Number(k === label)) / labels.length;
  });
  return { value: sum / labels.length, logitGradient };
}

function squaredError(values: Float64Array, labels: Labels): LossOfLogits {
  const logitGradient = values.map((value, i) => (2 * (value - labels[i]!)) / values.length);
  const value = values.reduce((sum, said, i) => sum + (said - labels[i]!) ** 2, 0) / values.length;
  return { value, logitGradient };
}
