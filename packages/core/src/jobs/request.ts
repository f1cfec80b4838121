import { ALL_SYMBOLS, type StrategyType } from '@ml-training/sdk';
import { barsPlaceOf, listSymbols, noBarsWords, type BarsPlace } from '../bars/index.ts';
import { plannedStrategies, type Config } from '../config/index.ts';
import type { Database } from '../database/connect.ts';
import { refreshStrategies, theStrategy } from '../database/strategies.ts';
import { FleetError } from '../errors.ts';
import { inOrder } from '../planning/plan.ts';
import type { Redis } from '../redis/connect.ts';
import { isSymbol, symbolRefusal } from '../symbol.ts';
import { createRun, pushJobs, type NewJob, type Skipped } from './enqueue.ts';
import { pairsWithoutNewBars } from './new-bars.ts';
import { planRun } from './plan.ts';
import { pairName } from './types.ts';

/** A training that a person or program asks for; null for all of TRAINING_STRATEGIES, or all symbols. */
export interface AskedTraining {
  readonly strategy: StrategyType | null;
  readonly symbol: string | null;
}

export interface RequestedRun {
  readonly runId: string;
  readonly jobs: readonly NewJob[];
  readonly skipped: readonly Skipped[];
  /** Trained all the same, as a person asked for it. */
  readonly nothingNew: readonly Skipped[];
}

/**
 * What somebody's words ask for.
 * @throws FleetError REQUEST_INVALID naming the word that can't be
 */
export async function askedTraining(
  sql: Database,
  strategy: string | undefined,
  symbol: string | undefined,
  command = 'ml train',
): Promise<AskedTraining> {
  const facts = strategy === undefined ? null : await theStrategy(sql, strategy);
  if (symbol !== undefined && symbol !== ALL_SYMBOLS && !isSymbol(symbol))
    throw new FleetError('REQUEST_INVALID', `no symbol: ${symbolRefusal(symbol)}`);
  const overAll = facts?.scope === 'all';
  // ALL is what all symbols were called before, and to a strategy over all nothing else; to the others it is
  // a ticker.
  const all = symbol === ALL_SYMBOLS || (overAll && symbol === 'ALL');
  if (symbol !== undefined && overAll && !all)
    throw new FleetError(
      'REQUEST_INVALID',
      `the ${facts.type} is one model over all symbols: ask for "${command} ${strategy}"`,
    );
  return { strategy: strategy ?? null, symbol: all ? null : (symbol ?? null) };
}

/**
 * Makes a run of what is asked for and puts its jobs into the queue.
 * @throws FleetError TOO_FEW_BARS where a symbol is named that can't be trained: no run is made that leaves
 *   it out
 */
export async function requestRun(
  { config, sql, redis }: { readonly config: Config; readonly sql: Database; readonly redis: Redis },
  { strategy, symbol }: AskedTraining = { strategy: null, symbol: null },
): Promise<RequestedRun> {
  await refreshStrategies(sql);
  const known = await listSymbols(sql, { upTo: config.MIN_TRAINING_DATA_POINTS });
  const bars = new Map(known.map((row) => [row.symbol, row.bars]));
  if (symbol !== null) refuseTooFew(barsPlaceOf(sql), symbol, bars, config.MIN_TRAINING_DATA_POINTS);
  const plan = planRun(
    strategy === null ? plannedStrategies(config) : [strategy],
    symbol === null ? config.TRAINING_SYMBOLS : [symbol],
    bars,
    config.MIN_TRAINING_DATA_POINTS,
  );
  const unchanged = await pairsWithoutNewBars(sql, plan.pairs, config.TRAINING_SYMBOLS);
  const run = await createRun(sql, {
    trigger: 'manual',
    pairs: await inOrder(sql, config, plan.pairs),
    skipped: plan.skipped,
    maxAttempts: 1 + config.TRAINING_RETRY_ATTEMPTS,
  });
  if (run === null) throw new Error('a run without a tick was refused');
  await pushJobs(redis, run.jobs);
  const made = new Set(run.jobs.map(pairName));
  return { ...run, nothingNew: unchanged.filter((pair) => made.has(pairName(pair))) };
}

/** @throws FleetError TOO_FEW_BARS where a symbol, of which so many bars are known, can't be trained */
export function refuseTooFew(
  place: BarsPlace,
  symbol: string,
  bars: ReadonlyMap<string, number>,
  needed: number,
): void {
  const has = bars.get(symbol) ?? 0;
  if (has >= needed) return;
  if (has > 0)
    throw new FleetError(
      'TOO_FEW_BARS',
      `${symbol} has ${has} bars in ${place.name}, MIN_TRAINING_DATA_POINTS asks for ${needed}: ${place.get('more')}`,
    );
  throw new FleetError('TOO_FEW_BARS', noBarsWords(place, symbol, [...bars.keys()]));
}
