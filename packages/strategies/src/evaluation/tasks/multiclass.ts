// Several classes, and the probability of each.
import type { Labels } from '../../strategy.ts';
import { logOfGiven } from './binary.ts';
import type { Resampled, SaidRows, Scores, TaskEvaluation } from './task.ts';

export const multiclass: TaskEvaluation = {
  scores: (rows, scored) => ({
    ...accuracies(rows),
    ...(scored === 'all' ? { log_loss: logLoss(rows) } : {}),
  }),
  resampled: resampledScores,
  rules: ({ range, label: { classes }, trainLabels, knownLabels }) => {
    const rows = range.to - range.from;
    const shares = classes.map((_, c) => count(trainLabels, c) / trainLabels.length);
    return {
      majority_class: { scored: 'all', says: { probabilities: repeated(shares, rows) } },
      last_class: { scored: 'choice', says: { probabilities: certain(knownLabels, classes.length) } },
    };
  },
  rowScores: [
    {
      score: 'accuracy',
      of: (rows, i) => (likeliest(rows.probabilities!, i, classesOf(rows)) === rows.labels[i] ? 1 : 0),
      rules: ['majority_class', 'last_class'],
    },
    { score: 'log_loss', of: logLikelihood, rules: ['majority_class'] },
  ],
  unusable: ({ score, probabilities }) => {
    if (probabilities === undefined) return 'it gave no probabilities of its classes';
    const classes = probabilities.length / score.length;
    let wrong = 0;
    for (let i = 0; i < score.length; i++) {
      const row = probabilities.subarray(i * classes, (i + 1) * classes);
      const sum = row.reduce((total, p) => total + p, 0);
      if (!(Math.abs(sum - 1) <= maxExcess) || !row.every((p) => p >= 0 && p <= 1)) wrong++;
    }
    if (wrong === 0) return null;
    return `the probabilities of ${wrong} of ${score.length} rows are not from 0 to 1 and 1 together`;
  },
};

/** Numbers of single precision that are 1 together are so within that. */
const maxExcess = 1e-4;

const classesOf = ({ probabilities, score }: SaidRows): number => probabilities!.length / score.length;

/** The class that is given most; the first of equals. */
export function likeliest(probabilities: Float64Array, row: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++)
    if (probabilities[row * classes + c]! > probabilities[row * classes + best]!) best = c;
  return best;
}

function logLikelihood(rows: SaidRows, i: number): number {
  return logOfGiven(rows.probabilities![i * classesOf(rows) + rows.labels[i]!]!);
}

function logLoss(rows: SaidRows): number {
  let sum = 0;
  for (let i = 0; i < rows.labels.length; i++) sum -= logLikelihood(rows, i);
  return sum / rows.labels.length;
}

/** Share of rows whose likeliest class came; balanced: the mean of it over the classes that came. */
function accuracies(rows: SaidRows): Scores {
  const into = new Float64Array(2);
  accuraciesOf(rows)(new Int32Array(rows.labels.length).fill(1), into);
  return { accuracy: into[0]!, balanced_accuracy: into[1]! };
}

function accuraciesOf(rows: SaidRows): (times: Int32Array, into: Float64Array) => void {
  const { labels, probabilities } = rows;
  const classes = classesOf(rows);
  const right = Uint8Array.from(labels, (label, i) =>
    likeliest(probabilities!, i, classes) === label ? 1 : 0,
  );
  const [came, hit] = [new Float64Array(classes), new Float64Array(classes)];
  return (times, into) => {
    came.fill(0);
    hit.fill(0);
    for (let i = 0; i < labels.length; i++) {
      came[labels[i]!]! += times[i]!;
      hit[labels[i]!]! += times[i]! * right[i]!;
    }
    let [all, present, recall] = [0, 0, 0];
    for (let c = 0; c < classes; c++) {
      all += hit[c]!;
      if (came[c] === 0) continue;
      present++;
      recall += hit[c]! / came[c]!;
    }
    into[0] = all / labels.length;
    into[1] = recall / present;
  };
}

function resampledScores(rows: SaidRows): Resampled {
  const accuracy = accuraciesOf(rows);
  const loss = Float64Array.from(rows.labels, (_, i) => -logLikelihood(rows, i));
  return {
    names: ['accuracy', 'balanced_accuracy', 'log_loss'],
    scores: (times, into) => {
      accuracy(times, into);
      let sum = 0;
      for (let i = 0; i < loss.length; i++) sum += times[i]! * loss[i]!;
      into[2] = sum / loss.length;
    },
  };
}

function count(labels: Labels, c: number): number {
  let n = 0;
  for (const label of labels) if (label === c) n++;
  return n;
}

const repeated = (shares: readonly number[], rows: number): Float64Array =>
  Float64Array.from({ length: rows * shares.length }, (_, i) => shares[i % shares.length]!);

function certain(labels: Labels, classes: number): Float64Array {
  const probabilities = new Float64Array(labels.length * classes);
  labels.forEach((label, i) => (probabilities[i * classes + label] = 1));
  return probabilities;
}
