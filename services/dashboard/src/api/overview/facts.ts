import {
  champions,
  championsVersion,
  failedPairs,
  lastTrainings,
  leftOutSymbols,
  listSymbols,
  liveStates,
  modelScores,
  newestBars,
  openJobs,
  plannedStrategies,
  planRun,
  refreshStrategies,
  strategyTypes,
  type Champion,
  type Config,
  type Database,
  type FailedPair,
  type LastTraining,
  type LiveState,
  type ModelScores,
  type OpenJob,
  type Pair,
  type Skipped,
} from '@ml-training/core';
import type { ChampionCell } from '../../schemas/champions.ts';
import { cellOf, nameOf, type LeftOut, type PairFacts } from './cells.ts';

type Settings = Pick<Config, 'TRAINING_STRATEGIES' | 'TRAINING_SYMBOLS' | 'MIN_TRAINING_DATA_POINTS'>;

type SymbolCell = ChampionCell & { readonly symbol: string; readonly has_previous: boolean };

export interface Matrix {
  /** Those of the settings, and whatever else there are models of. */
  readonly strategies: readonly ChampionCell['strategy_type'][];
  /** By symbol; cells in the order of `strategies`. */
  readonly rows: readonly { readonly symbol: string; readonly cells: readonly SymbolCell[] }[];
  readonly open: readonly OpenJob[];
  readonly failed: readonly FailedPair[];
  readonly planned: readonly Pair[];
  readonly leftOutOfPlan: readonly Skipped[];
  readonly leftOut: LeftOut;
}

/**
 * Of models in use, by id. A registered model's report never changes, and taking 1,500 of them apart is most
 * of the work.
 */
const scores = new Map<string, ModelScores>();
/** Those of models that are no longer in use go when they are so many more. */
const spare = 5000;

async function learnScores(sql: Database, found: readonly Champion[]): Promise<void> {
  const used = new Set(found.flatMap(({ model_id }) => model_id ?? []));
  for (const one of await modelScores(
    sql,
    [...used].filter((id) => !scores.has(id)),
  ))
    scores.set(one.model_id, one);
  if (scores.size > used.size + spare) for (const id of scores.keys()) if (!used.has(id)) scores.delete(id);
}

/** However the version stands: clean-up, which it doesn't tell of, deletes models that are in no use. */
const championsForMs = 60_000;
interface InUse {
  readonly models: readonly Champion[];
  /** How those in use do on the bars since their training, by id. */
  readonly live: ReadonlyMap<string, LiveState>;
}
const knownChampions = new WeakMap<Database, { version: string; at: number; found: Promise<InUse> }>();

/** The version is asked for first, so that what is kept is never older than the version it is kept by. */
async function championsOf(sql: Database): Promise<InUse> {
  const version = await championsVersion(sql);
  const last = knownChampions.get(sql);
  if (last?.version === version && performance.now() - last.at < championsForMs) return last.found;
  const found = champions(sql).then(async (models) => {
    const ids = models.flatMap(({ model_id }) => model_id ?? []);
    const [live] = await Promise.all([liveStates(sql, ids), learnScores(sql, models)]);
    return { models, live };
  });
  knownChampions.set(sql, { version, at: performance.now(), found });
  // A failure is nobody's answer but that of who asked.
  found.catch(() => knownChampions.delete(sql));
  return found;
}

interface KnownBars {
  /** How many bars each symbol has; no more are counted than a training needs. */
  readonly counts: ReadonlyMap<string, number>;
  readonly newest: ReadonlyMap<string, Date>;
}

/**
 * Bars are looked through again after so long, while the answer is given from what is known: nobody waits for
 * a bar by the second.
 */
const freshForMs = 5000;
/** Older than this they are waited for. */
const knownForMs = 60_000;
const known = new WeakMap<
  Database,
  { at: number; bars: Promise<KnownBars>; next: Promise<KnownBars> | null }
>();

function barsOf(sql: Database, upTo: number): Promise<KnownBars> {
  const last = known.get(sql);
  const age = last === undefined ? Infinity : performance.now() - last.at;
  if (last !== undefined && age < freshForMs) return last.bars;
  const read = last?.next ?? readKnownBars(sql, upTo);
  if (last === undefined || age >= knownForMs) {
    known.set(sql, { at: performance.now(), bars: read, next: null });
    // A failure is nobody's answer but that of who asked.
    read.catch(() => known.delete(sql));
    return read;
  }
  if (last.next === null) {
    last.next = read;
    read.then(
      () => known.set(sql, { at: performance.now(), bars: read, next: null }),
      () => (last.next = null),
    );
  }
  return last.bars;
}

async function readKnownBars(sql: Database, upTo: number): Promise<KnownBars> {
  const [symbols, newest] = await Promise.all([listSymbols(sql, { upTo }), newestBars(sql, null)]);
  return { counts: new Map(symbols.map((one) => [one.symbol, one.bars])), newest };
}

/** Every symbol's cells, and what they were made of. */
export async function readMatrix(sql: Database, config: Settings): Promise<Matrix> {
  await refreshStrategies(sql);
  const wanted = plannedStrategies(config);
  const { TRAINING_SYMBOLS: symbols, MIN_TRAINING_DATA_POINTS: minBars } = config;
  const [{ counts: bars }, { models, live }, open, failed, leftOut] = await Promise.all([
    barsOf(sql, minBars),
    championsOf(sql),
    openJobs(sql),
    failedPairs(sql),
    leftOutSymbols(sql),
  ]);
  const byPair = new Map(models.map((model) => [nameOf(model.strategy_type, model.symbol), model]));
  const facts: PairFacts = {
    strategies: wanted,
    symbols,
    bars,
    minBars,
    open: new Map(open.map((job) => [nameOf(job.strategy_type, job.symbol), job])),
    failed: new Map(failed.map((job) => [nameOf(job.strategy_type, job.symbol), job])),
    leftOut,
  };
  const strategies = strategyTypes().filter(
    (strategy) => wanted.includes(strategy) || models.some((model) => model.strategy_type === strategy),
  );
  const all = new Set([
    ...(symbols.length > 0 ? symbols : bars.keys()),
    ...models.map(({ symbol }) => symbol),
  ]);
  const cell = (strategy: ChampionCell['strategy_type'], symbol: string): SymbolCell => {
    const champion: Champion | null = byPair.get(nameOf(strategy, symbol)) ?? null;
    return {
      ...cellOf(strategy, symbol, facts, champion, {
        scores: scores.get(champion?.model_id ?? '') ?? null,
        live: live.get(champion?.model_id ?? '') ?? null,
      }),
      symbol,
      has_previous: champion?.has_previous ?? false,
    };
  };
  const plan = planRun(wanted, symbols, bars, minBars);
  return {
    strategies,
    rows: [...all]
      .sort()
      .map((symbol) => ({ symbol, cells: strategies.map((strategy) => cell(strategy, symbol)) })),
    open,
    failed,
    planned: plan.pairs,
    leftOutOfPlan: plan.skipped,
    leftOut,
  };
}

/**
 * The last trainings of the planned pairs whose newest model was made before an instant, and the newest bar
 * of each symbol. A pair with a newer model has been trained since, so that most often there is nobody to ask
 * for.
 */
export async function readTrainings(
  sql: Database,
  { MIN_TRAINING_DATA_POINTS: minBars }: Settings,
  { planned, rows }: Matrix,
  before: Date,
): Promise<{ trainings: readonly LastTraining[]; newest: ReadonlyMap<string, Date> }> {
  const since = before.toISOString();
  const trained = new Set(
    rows.flatMap(({ cells }) =>
      cells.flatMap(({ strategy_type, symbol, last }) =>
        last !== null && last.created_at >= since ? [nameOf(strategy_type, symbol)] : [],
      ),
    ),
  );
  const old = planned.filter(({ strategy_type, symbol }) => !trained.has(nameOf(strategy_type, symbol)));
  const [trainings, { newest }] = await Promise.all([lastTrainings(sql, old), barsOf(sql, minBars)]);
  return { trainings, newest };
}
