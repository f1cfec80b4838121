import { auc, logLoss } from '../evaluation/metrics.ts';
import {
  applyScaler,
  baselines,
  directionLabels,
  firstSeen,
  intervals,
  evaluate,
  lastSeen,
} from '../evaluation/index.ts';
import type { Scaler } from '../evaluation/index.ts';
import { featureWindow } from '../features/index.ts';
import { fromNdArray } from '../ndarray.ts';
import type { Artefact, Plain, Prediction, SymbolReport } from '../strategy.ts';
import { load } from './load.ts';
import { yieldToEventLoop } from '../yield.ts';
import type { SymbolRows } from './dataset.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import type { Member, TrainedMember } from './members.ts';

/** The one look at the holdouts, with the model as it will be stored. */
export async function judgeHoldouts(
  artefact: Artefact,
  scaler: Scaler,
  symbols: readonly SymbolRows[],
  run: { readonly settings: Settings; readonly seed: number; readonly signal: AbortSignal },
): Promise<{
  readonly symbols: SymbolReport[];
  readonly members: { readonly [member: string]: Plain };
  readonly predictions: Prediction[];
}> {
  const { settings, seed, signal } = run;
  const options = { horizon: settings.horizon, costBps: settings.cost_bps };
  const predictor = await load(artefact);
  try {
    const reports: SymbolReport[] = [];
    const predictions: Prediction[] = [];
    for (const { bars, split, purged } of symbols) {
      await yieldToEventLoop(signal);
      const { train, validation } = split;
      const { holdout } = purged;
      const prediction = await predictor.predict(bars, holdout);
      predictions.push(prediction);
      const first = bars.time[train.from - featureWindow + 1]!;
      reports.push({
        symbol: bars.symbol,
        train,
        validation,
        holdout,
        dataFrom: Math.min(first, firstSeen(bars, artefact.fitted_spans)),
        dataTo: Math.max(
          bars.time[validation.to - 1 + settings.horizon]!,
          lastSeen(bars, artefact.fitted_spans),
        ),
        metrics: evaluate(bars, prediction, holdout, options),
        intervals: intervals(bars, prediction, holdout, options, seed),
        baselines: baselines(bars, holdout, train, options),
      });
    }
    const members = memberScores(predictor.members, scaler, symbols, settings);
    return { symbols: reports, members, predictions };
  } finally {
    predictor.dispose();
  }
}

/**
 * How each member alone does on the holdout rows of all symbols together: told, and used for nothing, since
 * whatever is chosen by it has seen the holdout.
 */
function memberScores(
  members: readonly Member[],
  scaler: Scaler,
  symbols: readonly SymbolRows[],
  settings: Settings,
): { readonly [member: string]: Plain } {
  const parts = symbols.map(({ bars, table: { data, cols }, purged: { holdout } }) => ({
    data: applyScaler(scaler, data.subarray(holdout.from * cols, holdout.to * cols)),
    rows: holdout.to - holdout.from,
    cols,
    labels: directionLabels(bars.close, settings.horizon).subarray(holdout.from, holdout.to),
  }));
  const labels = Uint8Array.from(parts.flatMap((part) => [...part.labels]));
  return Object.fromEntries(
    members.map((member) => {
      const probability = Float64Array.from(parts.flatMap((part) => [...member.predict(part)]));
      return [member.name, { auc: auc(probability, labels), log_loss: logLoss(probability, labels) }];
    }),
  );
}

/** Share of each feature in the gain of all splits, averaged over the kinds of trees; largest first. */
export function importance(
  members: readonly TrainedMember[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const shares = new Float64Array(featureNames.length);
  const trees = members.flatMap(({ gain }) => (gain === undefined ? [] : [gain]));
  for (const gain of trees) {
    const total = gain.reduce((sum, g) => sum + g, 0);
    if (total > 0) gain.forEach((g, c) => (shares[c]! += g / total / trees.length));
  }
  const named = featureNames.map((name, c) => [name, shares[c]!] as const);
  return Object.fromEntries(named.sort((a, b) => b[1] - a[1]));
}

/** How many splits there are by each feature, in all trees together; most first. */
export function splits(
  members: readonly Member[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const counts = members.flatMap((member) => (member.splits === undefined ? [] : [member.splits()]));
  const named = featureNames.map((name, c) => [name, counts.reduce((sum, of) => sum + of[c]!, 0)] as const);
  return Object.fromEntries(named.sort((a, b) => b[1] - a[1]));
}

/**
 * What the linear member adds to the log odds of a rise for one standard deviation of each feature; strongest
 * first.
 */
export function coefficients(
  members: readonly TrainedMember[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const linear = members.map(({ stored }) => stored).find(({ kind }) => kind === 'logistic');
  if (linear?.kind !== 'logistic') return {};
  const kernel = fromNdArray(linear.kernel, 'float32', 'ensemble.logistic.kernel', [featureNames.length, 1]);
  const named = featureNames.map((name, c) => [name, kernel[c]!] as const);
  return Object.fromEntries(named.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])));
}
