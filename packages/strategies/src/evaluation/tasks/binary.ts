// Two classes, 0 and 1, and the probability of 1.
import type { Resampled, RuleInput, Scores, TaskEvaluation } from './task.ts';

export const binary: TaskEvaluation = {
  scores: ({ score, labels }, scored) => ({
    ...classification(score, labels as Uint8Array),
    ...(scored === 'all' ? { log_loss: logLoss(score, labels as Uint8Array) } : {}),
  }),
  resampled: ({ score, labels }) => resampledScores(score, labels as Uint8Array),
  rules: ({ bars: { close }, range, label, trainLabels }: RuleInput) => {
    const { horizon } = label.label;
    const rows = range.to - range.from;
    const rises = (trainLabels as Uint8Array).reduce((sum, one) => sum + one, 0) / trainLabels.length;
    const moves = Int8Array.from({ length: rows }, (_, i) => {
      const t = range.from + i;
      return Math.sign(close[t]! - close[t - horizon]!);
    });
    return {
      majority_class: {
        scored: 'all',
        says: {
          score: new Float64Array(rows).fill(rises),
          position: new Int8Array(rows).fill(rises > 0.5 ? 1 : -1),
        },
      },
      last_direction: {
        scored: 'choice',
        says: { score: Float64Array.from(moves, (move) => (move + 1) / 2), position: moves },
      },
    };
  },
  rowScores: [
    {
      score: 'accuracy',
      of: ({ score, labels }, i) => ((score[i]! > 0.5 ? 1 : 0) === labels[i] ? 1 : 0),
      rules: ['majority_class', 'last_direction'],
    },
    {
      score: 'log_loss',
      of: ({ score, labels }, i) => logLikelihood(score[i]!, labels[i]!),
      rules: ['majority_class'],
    },
  ],
  unusable: ({ score }) => {
    const wrong = score.reduce((n, p) => n + (p >= 0 && p <= 1 ? 0 : 1), 0);
    return wrong === 0 ? null : `${wrong} of ${score.length} probabilities are not numbers between 0 and 1`;
  },
};

function classification(probability: Float64Array, labels: Uint8Array): Scores {
  const { accuracy, balanced } = accuracies(probability, labels);
  const area = auc(probability, labels);
  return { accuracy, balanced_accuracy: balanced, ...(area === null ? {} : { auc: area }) };
}

/**
 * Probabilities are kept this far from 0 and 1 before a logarithm is taken, so one sure and wrong row costs
 * at most 13.8.
 */
const clip = 1e-6;

/** ln of the probability that was given to what happened; 0 is best. */
export const logOfGiven = (given: number): number => Math.log(Math.min(1 - clip, Math.max(clip, given)));

/** Log-likelihood of one row. */
export const logLikelihood = (probability: number, label: number): number =>
  logOfGiven(label === 1 ? probability : 1 - probability);

/** Mean negative log-likelihood; ln 2 = 0.693 is what "one half" for every row scores. */
export function logLoss(probability: Float64Array, labels: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum -= logLikelihood(probability[i]!, labels[i]!);
  return sum / labels.length;
}

/**
 * Shares of rows called right, above one half meaning a rise; balanced: the mean over rises and falls apart.
 */
export function accuracies(
  probability: Float64Array,
  labels: Uint8Array,
): { readonly accuracy: number; readonly balanced: number } {
  const rows = [0, 0];
  const right = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    rows[label]!++;
    if ((probability[i]! > 0.5 ? 1 : 0) === label) right[label]!++;
  }
  const present = [0, 1].filter((label) => rows[label]! > 0);
  return {
    accuracy: (right[0]! + right[1]!) / labels.length,
    balanced: present.reduce((sum, label) => sum + right[label]! / rows[label]!, 0) / present.length,
  };
}

/**
 * Area under the ROC curve: chance that a random rise is given more than a random fall, ties counting one
 * half (Mann–Whitney U by mean ranks; Hanley and McNeil 1982). Undefined, hence null, when only one class
 * occurs.
 */
export function auc(probability: Float64Array, labels: Uint8Array): number | null {
  const order = Uint32Array.from(labels, (_, i) => i).sort((a, b) => probability[a]! - probability[b]!);
  let rises = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && probability[order[end]!] === probability[order[start]!]) end++;
    const rank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) {
      if (labels[order[i]!] === 1) {
        rises++;
        rankSum += rank;
      }
    }
    start = end;
  }
  const falls = labels.length - rises;
  if (rises === 0 || falls === 0) return null;
  return (rankSum - (rises * (rises + 1)) / 2) / (rises * falls);
}

function resampledScores(probability: Float64Array, labels: Uint8Array): Resampled {
  const rows = labels.length;
  const right = Uint8Array.from(labels, (label, i) => ((probability[i]! > 0.5 ? 1 : 0) === label ? 1 : 0));
  const loss = Float64Array.from(labels, (label, i) => -logLikelihood(probability[i]!, label));
  const order = Int32Array.from(labels, (_, i) => i).sort((a, b) => probability[a]! - probability[b]!);
  const scores = (times: Int32Array, into: Float64Array): void => {
    let [rises, rightRises, rightFalls, lossSum] = [0, 0, 0, 0];
    for (let i = 0; i < rows; i++) {
      const n = times[i]!;
      if (n === 0) continue;
      if (labels[i] === 1) {
        rises += n;
        rightRises += n * right[i]!;
      } else rightFalls += n * right[i]!;
      lossSum += n * loss[i]!;
    }
    const falls = rows - rises;
    into[0] = (rightRises + rightFalls) / rows;
    into[1] =
      rises === 0 || falls === 0
        ? (rightRises + rightFalls) / rows
        : (rightRises / rises + rightFalls / falls) / 2;
    into[2] = weightedAuc(order, probability, labels, times) / (rises * falls);
    into[3] = lossSum / rows;
  };
  return { names: ['accuracy', 'balanced_accuracy', 'auc', 'log_loss'], scores };
}

/**
 * Pairs of a rise and a fall in the order their probabilities say, ties one half; rows sorted once for all
 * resamples.
 */
function weightedAuc(
  order: Int32Array,
  probability: Float64Array,
  labels: Uint8Array,
  times: Int32Array,
): number {
  let [pairs, fallsBelow] = [0, 0];
  for (let start = 0; start < order.length;) {
    const tied = probability[order[start]!]!;
    let [rises, falls] = [0, 0];
    do {
      const i = order[start]!;
      if (labels[i] === 1) rises += times[i]!;
      else falls += times[i]!;
      start++;
    } while (start < order.length && probability[order[start]!] === tied);
    pairs += rises * (fallsBelow + falls / 2);
    fallsBelow += falls;
  }
  return pairs;
}
