import { createRandom } from '../random.ts';
import type { Plain, TrainContext } from '../strategy.ts';
import { pauser, yieldToEventLoop } from '../yield.ts';
import { classWeights, rowWeights } from '../class-weights.ts';
import { fitCombination } from './combination.ts';
import { finishedToPlain, readFinished } from './checkpoint.ts';
import { crossValidateLinear, linearName } from './linear.ts';
import { openMember } from './members.ts';
import type { TrainedMember } from './members.ts';
import { takeRows, type LabelledRows, type PooledRows } from '../dataset.ts';
import { byRecency } from '../recency.ts';
import { bySymbol, bySymbolName } from './by-symbol.ts';
import type { Fold } from '../evaluation/folds.ts';
import { lossName, meanLoss } from '../losses.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import { coefficients, importance, splits } from './report.ts';
import { finishOf } from './stacking.ts';
import type { Champion } from './warm-start.ts';
import { outputsOf, targetToPlain } from '../target.ts';
import type { Target } from '../target.ts';
import { binRows, boostingName, crossValidateTrees, growTrees, treeMembers } from './trees.ts';
import type { CrossValidated } from './trees.ts';

export interface FitOptions {
  readonly target: Target;
  /** One a column. */
  readonly featureNames: readonly string[];
  /** Names of the rows' symbols, by their number. */
  readonly symbols: readonly string[];
  readonly settings: Settings;
  readonly seed: number;
  readonly threads: number;
  readonly context: TrainContext;
  /** Boosted trees to start from, grown on rows scaled as these are. */
  readonly champion?: Champion;
}

export interface FittedEnsemble {
  /** As `model_state.ensemble` holds it, for `openEnsemble`. */
  readonly state: { readonly [key: string]: Plain };
  /** Facts for the report. */
  readonly details: { readonly [name: string]: Plain };
  readonly members: readonly JudgedMember[];
  /**
   * The members fitted once more, on other rows, with as many rounds and the same penalties as before. Weights and
   * calibration stay, and so does what rows weigh by their class, as the calibration was fitted with it.
   * @returns as `state`.
   */
  readonly refit: (rows: PooledRows, context: TrainContext) => Promise<FittedEnsemble['state']>;
}

/** A member, and what it says of the rows that were asked of it when it had not seen them. */
export interface JudgedMember extends TrainedMember {
  /** Of each row that some fold asks, in the rows' order; as `Member.predict` gives it. */
  readonly outOfFold: Float64Array;
}

/**
 * Fits the members on all rows, and chooses by what they say out of fold: how many rounds boosting takes, the
 * penalty of the linear model and the members' weights. A checkpoint that `context` resumes from spares the
 * members it holds. Deterministic in rows, settings, seed and `champion`.
 * @param rows standardised features; see `applyScaler`.
 * @throws StrategyError INVALID_MODEL when the checkpoint is damaged; the signal's reason when it is aborted.
 */
export async function fitEnsemble(
  { rows, folds }: { readonly rows: PooledRows; readonly folds: readonly Fold[] },
  options: FitOptions,
): Promise<FittedEnsemble> {
  const { settings, target } = options;
  const classWeight = classWeights(rows.labels, target, settings.class_weight);
  const weighed = (of: PooledRows): PooledRows => {
    const heavy = classWeight === null ? of : { ...of, weights: rowWeights(of.labels, classWeight) };
    return byRecency(heavy, settings.half_life_bars);
  };
  const given = weighed(rows);
  const trained = await fitMembers(given, folds, options);

  options.context.progress(0.9, 'weighing the members');
  const asked = takeRows({ ...given, data: new Float64Array(0), cols: 0 }, askedRows(folds));
  const answers = trained.map(({ outOfFold }) => outOfFold);
  const { labels, weights: rowWeight } = asked;
  const names = trained.map(({ stored }) => stored.name);
  const own =
    options.symbols.length > 1
      ? {
          bySymbol: {
            names: options.symbols,
            symbolIndex: askedRows(folds).map((row) => rows.symbolIndex[row]!),
          },
        }
      : {};
  const { weights, calibration, details, state } = fitCombination(
    target,
    { ...asked, answers, names, ...own },
    settings,
    classWeight,
  );
  const byName = (value: (k: number) => number): { [name: string]: number } =>
    Object.fromEntries(names.map((name, k) => [name, value(k)]));
  const loss = (said: Float64Array, ofRow?: Float32Array): number => meanLoss(target, said, labels, ofRow);
  const vote = finishOf(target, { ...state, calibration }, 'ensemble')(answers, weights);
  const stateOf = (stored: readonly TrainedMember['stored'][]): FittedEnsemble['state'] => ({
    ...targetToPlain(target),
    members: stored,
    weights: [...weights],
    ...state,
    calibration,
  });
  return {
    members: trained,
    state: stateOf(trained.map(({ stored }) => stored)),
    refit: async (others, context) =>
      stateOf(await refitMembers(weighed(others), trained, { ...options, context })),
    details: {
      folds: folds.length,
      weights: byName((k) => weights[k]!),
      rounds: byName((k) => trained[k]!.rounds),
      [`validation_${lossName(target)}`]: {
        ...byName((k) => loss(answers[k]!, rowWeight)),
        vote: loss(vote),
      },
      ...details,
      importance: importance(trained, options.featureNames),
      splits: splits(trained, options.featureNames),
      coefficients: coefficients(target, trained, options.featureNames),
    },
  };
}

async function fitMembers(
  rows: PooledRows,
  folds: readonly Fold[],
  { target, settings, seed, context, champion, ...run }: FitOptions,
): Promise<JudgedMember[]> {
  const random = createRandom(seed).fork('ensemble');
  const kinds = treeMembers(settings, rows.rows);
  const severalSymbols = target.task === 'binary' && run.symbols.length > 1;
  const names = [
    ...kinds.map(({ name }) => name),
    linearName(target),
    ...(severalSymbols ? [bySymbolName] : []),
  ];
  const answered = askedRows(folds).length * outputsOf(target);
  const members = [...readFinished(context.resume, names, { cols: rows.cols, answered, target })];
  const paused = pauser(context);
  const pause = (): Promise<void> => paused(() => finishedToPlain(members));
  const enter = (name: string): void => context.progress(0.1 + 0.2 * members.length, `fitting ${name}`);
  const keep = async ({ member, answers }: CrossValidated): Promise<void> => {
    members.push({ ...member, outOfFold: inRowOrder(folds, answers, outputsOf(target)) });
    await context.checkpoint(() => finishedToPlain(members));
  };

  const missing = kinds.slice(members.length);
  if (missing.length > 0) {
    const binning = { ...run, target, random, offset: champion?.offset };
    using all = binRows(rows, null, binning);
    using binned = disposableList(
      folds.map(({ fit, ask }) => binRows(takeRows(rows, fit), takeRows(rows, ask), binning)),
    );
    for (const kind of missing) {
      enter(kind.name);
      const grown = kind.name === boostingName ? champion?.text : undefined;
      const start = grown === undefined ? {} : { initModel: grown };
      await keep(await crossValidateTrees(kind, binned.items, all, { random, context, pause, ...start }));
    }
  }
  const how = { settings, context, pause };
  if (members.length <= kinds.length) {
    enter(linearName(target));
    await keep(await crossValidateLinear(target, rows, run.featureNames, folds, how));
  }
  if (severalSymbols && members.length < names.length) {
    enter(bySymbolName);
    const member = members[kinds.length]!;
    const shared = { member, answers: inFolds(folds, member.outOfFold) };
    await keep(await bySymbol(rows, run.symbols, run.featureNames, folds, shared, how));
  }
  await yieldToEventLoop(context.signal);
  if (target.task === 'binary') return members;
  const base = { stored: baseRate(target, rows), rounds: 0 };
  const ofFolds = folds.map(({ fit, ask }) => {
    const stored = baseRate(target, takeRows({ ...rows, data: new Float64Array(0), cols: 0 }, fit));
    return openMember(stored, 0, 'ensemble', target).predict({
      data: new Float64Array(0),
      rows: ask.length,
      cols: 0,
    });
  });
  return [...members, { ...base, outOfFold: inRowOrder(folds, ofFolds, outputsOf(target)) }];
}

/** The members on other rows, as they stand in `chosen`. */
async function refitMembers(
  rows: PooledRows,
  chosen: readonly TrainedMember[],
  { target, settings, seed, context, champion, ...run }: FitOptions,
): Promise<TrainedMember['stored'][]> {
  const random = createRandom(seed).fork('ensemble');
  const paused = pauser(context);
  const pause = (): Promise<void> => paused(() => null);
  const kinds = treeMembers(settings, rows.rows);
  using all = binRows(rows, null, { ...run, target, random, offset: champion?.offset });
  const stored: TrainedMember['stored'][] = [];
  for (const [k, member] of chosen.entries()) {
    context.progress(k / chosen.length, 'refitting');
    const kind = kinds.find(({ name }) => name === member.stored.name);
    const how = { settings, context, pause };
    if (kind !== undefined) {
      const before = kind.name === boostingName ? champion?.text : undefined;
      const start = before === undefined ? {} : { initModel: before };
      stored.push((await growTrees(kind, all, member.rounds, { random, context, pause, ...start })).stored);
    } else if (member.stored.kind === 'constant') {
      if (target.task === 'binary') throw new TypeError('no ensemble of two classes has a constant member');
      stored.push(baseRate(target, rows));
    } else if (member.stored.kind === 'logistic_by_symbol') {
      const shared = { member: { stored: stored.at(-1)!, rounds: 0 }, answers: [] };
      const ofEach = { ...how, chosen: member.penaltyWeights };
      stored.push((await bySymbol(rows, run.symbols, run.featureNames, [], shared, ofEach)).member.stored);
    } else {
      const penalties = { ...how, chosen: member };
      stored.push((await crossValidateLinear(target, rows, run.featureNames, [], penalties)).member.stored);
    }
  }
  return stored;
}

/** Rows that some fold asks, in their order. */
const askedRows = (folds: readonly Fold[]): Uint32Array =>
  Uint32Array.from(folds.flatMap(({ ask }) => [...ask])).sort();

/** The folds' answers side by side, in the order of the rows that were asked. */
function inRowOrder(folds: readonly Fold[], answers: readonly Float64Array[], outputs: number): Float64Array {
  const asked = askedRows(folds);
  const place = new Map([...asked].map((row, i) => [row, i]));
  const ordered = new Float64Array(asked.length * outputs);
  folds.forEach(({ ask }, f) =>
    ask.forEach((row, i) =>
      ordered.set(answers[f]!.subarray(i * outputs, (i + 1) * outputs), place.get(row)! * outputs),
    ),
  );
  return ordered;
}

/** The same the other way round, of one number a row. */
function inFolds(folds: readonly Fold[], ordered: Float64Array): Float64Array[] {
  const place = new Map([...askedRows(folds)].map((row, i) => [row, i]));
  return folds.map(({ ask }) => Float64Array.from(ask, (row) => ordered[place.get(row)!]!));
}

const disposableList = <T extends Disposable>(items: readonly T[]) => ({
  items,
  [Symbol.dispose]: () => items.forEach((item) => item[Symbol.dispose]()),
});

/**
 * What is said where nothing but the labels is known: their shares, or their mean. Of two classes it is in
 * the pool's intercept.
 */
function baseRate(
  target: Exclude<Target, { readonly task: 'binary' }>,
  { labels, weights }: LabelledRows,
): TrainedMember['stored'] {
  const all = weights?.reduce((sum, w) => sum + w, 0) ?? labels.length;
  let sum = 0;
  labels.forEach((label, r) => (sum += label * (weights?.[r] ?? 1)));
  const mean = sum / all;
  switch (target.task) {
    case 'regression':
      return { name: 'train_mean', kind: 'constant', value: mean };
    case 'multiclass': {
      // With one row more of each (Laplace's rule of succession): a class that no row has isn't impossible.
      const counts = new Array<number>(target.classes).fill(1);
      labels.forEach((label, r) => (counts[label]! += weights?.[r] ?? 1));
      const total = counts.reduce((sum, count) => sum + count, 0);
      return { name: 'base_rate', kind: 'constant', probabilities: counts.map((count) => count / total) };
    }
  }
}
