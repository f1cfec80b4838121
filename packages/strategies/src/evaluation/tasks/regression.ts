// A number to come, and what it is expected to be.
import { rankedTwice } from '../ranks.ts';
import type { Resampled, Rule, SaidRows, Scores, TaskEvaluation } from './task.ts';

export const regression: TaskEvaluation = {
  scores: (rows) => {
    const { names, scores } = resampledScores(rows);
    const values = new Float64Array(names.length);
    scores(new Int32Array(rows.labels.length).fill(1), values);
    const defined = names.map((name, s) => [name, values[s]!] as const).filter(([, v]) => Number.isFinite(v));
    return Object.fromEntries(defined) satisfies Scores;
  },
  resampled: resampledScores,
  rules: ({ range, trainLabels, knownLabels }) => {
    const rows = range.to - range.from;
    const mean = Float64Array.from(trainLabels).reduce((sum, y) => sum + y, 0) / trainLabels.length;
    const says = (score: Float64Array): Rule => ({ scored: 'all', says: { score } });
    return {
      zero: says(new Float64Array(rows)),
      train_mean: says(new Float64Array(rows).fill(mean)),
      last_return: says(Float64Array.from(knownLabels)),
    };
  },
  rowScores: [
    {
      score: 'squared_error',
      of: ({ score, labels }, i) => -((labels[i]! - score[i]!) ** 2),
      rules: ['zero', 'train_mean'],
    },
  ],
  unusable: ({ score }) => {
    const wrong = score.reduce((n, value) => n + (Number.isFinite(value) ? 0 : 1), 0);
    return wrong === 0 ? null : `${wrong} of ${score.length} expected values are not finite numbers`;
  },
};

/**
 * rank_ic: correlation of the ranks of what was expected and of what came (Spearman), equal values sharing
 * the mean of their ranks; ic: of the values themselves (Pearson); both are undefined where one of them is
 * the same throughout. r2: 1 − Σ(y − ŷ)² / Σy², so that 0 is what "always zero" has (Gu, Kelly and Xiu,
 * "Empirical asset pricing via machine learning", 2020, eq. 19). rmse: √ of the mean of (y − ŷ)², in the
 * label's unit.
 */
function resampledScores({ score, labels }: SaidRows): Resampled {
  const rows = labels.length;
  const values = [score, Float64Array.from(labels)] as const;
  const rankings = values.map(rankedTwice);
  const centred = values.map(lessMean);
  const scores = (times: Int32Array, into: Float64Array): void => {
    const [expected, came] = rankings.map((rank) => rank(times));
    into[0] = correlation(expected!, came!, times);
    into[1] = correlation(centred[0]!, centred[1]!, times);
    let [errors, squares] = [0, 0];
    for (let i = 0; i < rows; i++) {
      errors += times[i]! * (labels[i]! - score[i]!) ** 2;
      squares += times[i]! * labels[i]! ** 2;
    }
    into[2] = squares > 0 ? 1 - errors / squares : Number.NaN;
    into[3] = Math.sqrt(errors / rows);
  };
  return { names: ['rank_ic', 'ic', 'r2', 'rmse'], scores };
}

function lessMean(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  // Of equal values only rounding would be left.
  return values.every((v) => v === values[0]) ? new Float64Array(values.length) : values.map((v) => v - mean);
}

/** Pearson's, of rows that are `times[i]` times in the sample; NaN where one side doesn't vary. */
function correlation(x: Float64Array, y: Float64Array, times: Int32Array): number {
  let [n, sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < times.length; i++) {
    const w = times[i]!;
    if (w === 0) continue;
    n += w;
    sx += w * x[i]!;
    sy += w * y[i]!;
    sxx += w * x[i]! * x[i]!;
    syy += w * y[i]! * y[i]!;
    sxy += w * x[i]! * y[i]!;
  }
  const [vx, vy] = [sxx - (sx * sx) / n, syy - (sy * sy) / n];
  // Of equal values only rounding is left.
  if (!(vx > 1e-12 * sxx) || !(vy > 1e-12 * syy)) return Number.NaN;
  return Math.max(-1, Math.min(1, (sxy - (sx * sy) / n) / Math.sqrt(vx * vy)));
}
