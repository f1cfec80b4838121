import { logLoss } from '../evaluation/classification.ts';
import {
  baselines,
  directionLabels,
  fittedSpans,
  intervals,
  judge,
  scalerToPlain,
} from '../evaluation/index.ts';
import { featureNames, featureWindow } from '../features/index.ts';
import { readParams } from '../params.ts';
import { createRandom } from '../random.ts';
import { StrategyError } from '../errors.ts';
import type {
  Artefact,
  Bars,
  Plain,
  Preparation,
  Report,
  SymbolReport,
  TrainContext,
  TrainRequest,
} from '../strategy.ts';
import { breathe } from './breathe.ts';
import { load } from './load.ts';
import { trainLogistic } from './logistic.ts';
import { poolSymbols } from './pool.ts';
import type { Pool, SymbolRows } from './pool.ts';
import { settings } from './settings.ts';
import type { Settings } from './settings.ts';
import { treeRecipes, trainTrees } from './trees.ts';
import type { TrainedMember } from './trees.ts';
import { openMember } from './voter.ts';
import { vote, voteWeights } from './weights.ts';

/** What `train` starts from; see `Strategy.prepare`. */
export function prepare(allBars: readonly Bars[], given?: TrainRequest['params']): Preparation {
  const params = readParams(settings, given, 'ensemble');
  const { scaler, symbols } = poolSymbols(allBars, params);
  return { scaler, symbols: symbols.map((symbol) => describePart(symbol, params.horizon)) };
}

function describePart({ bars, table, purged }: SymbolRows, horizon: number): Preparation['symbols'][number] {
  const labels = directionLabels(bars.close, horizon);
  const features = new Float64Array(purged.train.length * table.cols);
  purged.train.forEach((t, r) =>
    features.set(table.data.subarray(t * table.cols, (t + 1) * table.cols), r * table.cols),
  );
  return {
    symbol: bars.symbol,
    train: { rows: purged.train, features, labels: Uint8Array.from(purged.train, (t) => labels[t]!) },
    validation: { rows: purged.validation },
    holdout: purged.holdout,
  };
}

/** Trains one model over all symbols and judges it on each symbol's holdout. */
export async function train(
  request: TrainRequest,
  context: TrainContext,
): Promise<{ artefact: Artefact; report: Report }> {
  const params = readParams(settings, request.params, 'ensemble');
  if (request.bars.length === 0) throw new StrategyError('TOO_FEW_BARS', 'the ensemble was given no symbol');
  context.progress(0, 'features');
  const pool = poolSymbols(request.bars, params);
  await breathe(context.signal);

  const members = await trainMembers(pool, params, request, context);
  context.progress(0.9, 'weighing the votes');
  const choice = weigh(members, pool, params);

  const artefact: Artefact = {
    modelState: {
      ensemble: {
        members: members.map(({ stored }) => stored),
        weights: [...choice.weights],
      },
      scaler: scalerToPlain(pool.scaler, featureNames),
    },
    featureNames,
    window: featureWindow,
    label: { kind: 'direction', horizon: params.horizon },
    params,
    fittedSpans: pool.symbols.flatMap(({ bars, purged }) => fittedSpans(bars, params.horizon, purged)),
  };
  context.progress(0.95, 'judging');
  const symbols = await judgeHoldouts(artefact, pool, params, request.seed);
  await breathe(context.signal);
  context.progress(1, 'done');
  return {
    artefact,
    report: {
      symbols,
      details: { ...choice.details, ...describePool(pool) },
      lineage: { continued: false, reason: 'every model is fitted anew' },
    },
  };
}

async function trainMembers(
  pool: Pool,
  params: Settings,
  request: TrainRequest,
  context: TrainContext,
): Promise<TrainedMember[]> {
  const { train, validation } = pool;
  const { threads } = request;
  const random = createRandom(request.seed).fork('ensemble');
  const members: TrainedMember[] = [];
  for (const recipe of treeRecipes(params, train.rows)) {
    context.progress(0.1 + 0.2 * members.length, `growing ${recipe.name}`);
    members.push(await trainTrees(recipe, train, validation, { featureNames, random, threads, context }));
  }
  context.progress(0.7, 'fitting logistic');
  members.push(await trainLogistic(train, validation, { l2: params.logistic_l2, threads, context }));
  const rises = train.labels.reduce((sum, label) => sum + label, 0) / train.rows;
  members.push({ stored: { name: 'base_rate', kind: 'constant', probability: rises }, rounds: 0 });
  return members;
}

/** Chooses the vote's weights on the validation rows. */
function weigh(
  members: readonly TrainedMember[],
  { validation, train }: Pool,
  params: Settings,
): { weights: Float64Array; details: { readonly [name: string]: Plain } } {
  const probabilities = members.map(({ stored }) => {
    const voter = openMember(stored, train.cols, stored.name);
    try {
      return voter.predict(validation);
    } finally {
      voter.dispose();
    }
  });
  const weights = voteWeights(probabilities, validation.labels, params.equal_share);
  const byName = (value: (k: number) => number): { [name: string]: number } =>
    Object.fromEntries(members.map(({ stored }, k) => [stored.name, value(k)]));
  return {
    weights,
    details: {
      weights: byName((k) => weights[k]!),
      rounds: byName((k) => members[k]!.rounds),
      validation_log_loss: {
        ...byName((k) => logLoss(probabilities[k]!, validation.labels)),
        vote: logLoss(vote(probabilities, weights), validation.labels),
      },
      importance: importance(members),
    },
  };
}

/** Share of each feature in the gain of all splits, averaged over the kinds of trees; largest first. */
function importance(members: readonly TrainedMember[]): { readonly [feature: string]: number } {
  const shares = new Float64Array(featureNames.length);
  const trees = members.flatMap(({ gain }) => (gain === undefined ? [] : [gain]));
  for (const gain of trees) {
    const total = gain.reduce((sum, g) => sum + g, 0);
    if (total > 0) gain.forEach((g, c) => (shares[c]! += g / total / trees.length));
  }
  const named = featureNames.map((name, c) => [name, shares[c]!] as const);
  return Object.fromEntries(named.sort((a, b) => b[1] - a[1]));
}

/** The one look at the holdouts, with the model as it will be stored. */
async function judgeHoldouts(
  artefact: Artefact,
  pool: Pool,
  params: Settings,
  seed: number,
): Promise<SymbolReport[]> {
  const options = { horizon: params.horizon, costBps: params.cost_bps };
  const predictor = await load(artefact);
  try {
    const reports: SymbolReport[] = [];
    for (const { bars, placed, purged } of pool.symbols) {
      const { train, validation } = placed.split;
      const { holdout } = purged;
      const prediction = await predictor.predict(bars, holdout);
      reports.push({
        symbol: bars.symbol,
        train,
        validation,
        holdout,
        dataFrom: bars.time[train.from - featureWindow + 1]!,
        dataTo: bars.time[validation.to - 1 + params.horizon]!,
        metrics: judge(bars, prediction, holdout, options),
        intervals: intervals(bars, prediction, holdout, options, seed),
        baselines: baselines(bars, holdout, train, options),
      });
    }
    return reports;
  } finally {
    predictor.dispose();
  }
}

/** How many rows each part has, how many were given up to keep symbols apart, and which symbols were left out. */
function describePool(pool: Pool): { readonly [name: string]: Plain } {
  const describe = ({ placed: { split }, purged }: SymbolRows): Plain => ({
    train_rows: purged.train.length,
    validation_rows: purged.validation.length,
    holdout_rows: purged.holdout.to - purged.holdout.from,
    purged_train_rows: split.train.to - split.train.from - purged.train.length,
    purged_validation_rows: split.validation.to - split.validation.from - purged.validation.length,
    purged_holdout_rows: split.holdout.to - split.holdout.from - (purged.holdout.to - purged.holdout.from),
  });
  return {
    rows: Object.fromEntries(pool.symbols.map((symbol) => [symbol.bars.symbol, describe(symbol)])),
    left_out: pool.leftOut,
  };
}
