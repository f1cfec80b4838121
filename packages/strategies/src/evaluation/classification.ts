/** Probabilities are kept this far from 0 and 1 before a logarithm is taken, so one sure and wrong row costs at most 13.8. */
const clip = 1e-6;

/** Log-likelihood of one row: ln of the probability given to what happened; 0 is best. */
export function logLikelihood(probability: number, label: number): number {
  const given = label === 1 ? probability : 1 - probability;
  return Math.log(Math.min(1 - clip, Math.max(clip, given)));
}

/** Mean negative log-likelihood; ln 2 = 0.693 is what "one half" for every row scores. */
export function logLoss(probability: Float64Array, labels: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum -= logLikelihood(probability[i]!, labels[i]!);
  return sum / labels.length;
}

/** Shares of rows called right, above one half meaning a rise; balanced: the mean over rises and falls apart. */
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
 * Area under the ROC curve: chance that a random rise is given more than a random fall, ties counting one half
 * (Mann–Whitney U by mean ranks; Hanley and McNeil 1982). Undefined, hence null, when only one class occurs.
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
