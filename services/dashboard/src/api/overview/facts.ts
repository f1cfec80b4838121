import {
  champions,
  failedPairs,
  lastTrainings,
  leftOutOfEnsemble,
  listSymbols,
  modelScores,
  newestBars,
  openJobs,
  planRun,
  strategyTypes,
  type Champion,
  type Config,
  type Database,
  type FailedPair,
  type LastTraining,
  type ModelScores,
  type OpenJob,
  type Pair,
  type Skipped,
} from '@ml-training/core';
import type { ChampionCell } from '../../schemas/champions.ts';
import { cellOf, nameOf, type PairFacts } from './cells.ts';

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
  readonly leftOut: Readonly<Record<string, string>>;
}

/** Of models in use, by id. A registered model's report never changes, and taking 1,500 of them apart is most of the work. */
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

type Symbols = Awaited<ReturnType<typeof listSymbols>>;
/** Counting bars takes a while, and nobody waits for the next one by the second. */
const countedForMs = 5000;
const counted = new WeakMap<Database, { at: number; symbols: Promise<Symbols> }>();

function barsOf(sql: Database, upTo: number): Promise<Symbols> {
  const last = counted.get(sql);
  if (last !== undefined && performance.now() - last.at < countedForMs) return last.symbols;
  const symbols = listSymbols(sql, { upTo });
  counted.set(sql, { at: performance.now(), symbols });
  // A failure is nobody's answer but that of who asked.
  symbols.catch(() => counted.delete(sql));
  return symbols;
}

/** Every symbol's cells, and what they were made of. */
export async function readMatrix(sql: Database, config: Settings): Promise<Matrix> {
  const {
    TRAINING_STRATEGIES: wanted,
    TRAINING_SYMBOLS: symbols,
    MIN_TRAINING_DATA_POINTS: minBars,
  } = config;
  const [known, models, open, failed, leftOut] = await Promise.all([
    barsOf(sql, minBars),
    champions(sql).then(async (found) => {
      await learnScores(sql, found);
      return found;
    }),
    openJobs(sql),
    failedPairs(sql),
    leftOutOfEnsemble(sql),
  ]);
  const bars = new Map(known.map((one) => [one.symbol, one.bars]));
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
  const strategies = strategyTypes.filter(
    (strategy) => wanted.includes(strategy) || models.some((model) => model.strategy_type === strategy),
  );
  const all = new Set([
    ...(symbols.length > 0 ? symbols : bars.keys()),
    ...models.map(({ symbol }) => symbol),
  ]);
  const cell = (strategy: ChampionCell['strategy_type'], symbol: string): SymbolCell => {
    const champion: Champion | null = byPair.get(nameOf(strategy, symbol)) ?? null;
    return {
      ...cellOf(strategy, symbol, facts, champion, scores.get(champion?.model_id ?? '') ?? null),
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

/** What of the planned pairs is told by their trainings and bars. */
export async function readTrainings(
  sql: Database,
  planned: readonly Pair[],
): Promise<{ trainings: readonly LastTraining[]; newest: ReadonlyMap<string, Date> }> {
  const [trainings, newest] = await Promise.all([lastTrainings(sql, planned), newestBars(sql, null)]);
  return { trainings, newest };
}
