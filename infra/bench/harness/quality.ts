import { auc, logLoss } from '../../../packages/strategies/src/evaluation/metrics.ts';
import { createRandom } from '../../../packages/strategies/src/random.ts';
import type { Row, Target } from './result.ts';
import type { Answer } from './run.ts';
import { quantile } from './statistics.ts';
import { compareScores, type Turns } from './turns.ts';

/** AUC and log loss of both sides on the same holdout, computed by the same code. */
export function qualityRows(turns: Turns<Answer>, labels: Uint8Array, aucTarget?: Target): Row[] {
  const target = aucTarget === undefined ? {} : { target: aucTarget };
  const form = { unit: '', digits: 4 };
  return [
    compareScores('AUC on the holdout', turns, (one) => auc(probabilityOf(one), labels)!, {
      ...form,
      ...target,
    }),
    compareScores('log loss on the holdout', turns, (one) => logLoss(probabilityOf(one), labels), form),
  ];
}

/**
 * 95 % interval of how much higher the AUC of ours is, the holdout's rows drawn anew `draws` times (paired
 * bootstrap); each side's probabilities are the means of all its turns.
 */
export function aucDifference(turns: Turns<Answer>, labels: Uint8Array, draws = 1000) {
  const [own, others] = [meanOf(turns.ours), meanOf(turns.peer)];
  const random = createRandom(1);
  const rows = labels.length;
  const differences: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const drawn = Int32Array.from({ length: rows }, () => random.int(rows));
    const pick = (from: Float64Array): Float64Array => Float64Array.from(drawn, (i) => from[i]!);
    const drawnLabels = Uint8Array.from(drawn, (i) => labels[i]!);
    differences.push((auc(pick(own), drawnLabels) ?? 0.5) - (auc(pick(others), drawnLabels) ?? 0.5));
  }
  differences.sort((a, b) => a - b);
  return { low: quantile(differences, 0.025), high: quantile(differences, 0.975) };
}

const probabilityOf = ({ probability }: Answer): Float64Array => {
  if (probability === undefined) throw new Error('a contender gave no probabilities of its holdout rows');
  return Float64Array.from(probability);
};

function meanOf(answers: readonly Answer[]): Float64Array {
  const all = answers.map(probabilityOf);
  return all[0]!.map((_, i) => all.reduce((sum, one) => sum + one[i]!, 0) / all.length);
}
