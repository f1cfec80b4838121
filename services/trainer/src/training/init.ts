import {
  admitBars,
  ALL_SYMBOLS,
  barsSha256,
  errorFacts,
  failureOf,
  readBarsBetween,
  readCheckpoint,
  settingsFor,
  withClosedInputs,
  type Checkpoint,
  type Config,
  type Database,
  type DataCheck,
  type SeenBars,
  type StrategySettings,
} from '@ml-training/core';
import type { Bars, Needs } from '@ml-training/strategies';
import type { TrainOrder } from '../messages.ts';
import { chooseChampion, sameChampion, type Beginning } from './champion.ts';
import { chosenBefore, readNewestBars } from './choose-bars.ts';
import { codeSum } from './code-sum.ts';

export interface TrainingContext {
  readonly config: Config;
  readonly sql: Database;
  readonly threads: number;
  /** Aborted when the training is to keep a checkpoint and end. */
  readonly stopping: AbortSignal;
}

/**
 * Where a training starts: from scratch, from a champion, or from what an earlier attempt kept of one that
 * began so.
 */
export type Start =
  Beginning | { readonly from: 'checkpoint'; readonly checkpoint: Checkpoint; readonly began: Beginning };

/** How it began, however often it was resumed since. */
export const beginningOf = (start: Start): Beginning => (start.from === 'checkpoint' ? start.began : start);
export const checkpointOf = (start: Start): Checkpoint | null =>
  start.from === 'checkpoint' ? start.checkpoint : null;

/** What a training is given. */
export interface Init {
  readonly bars: readonly Bars[];
  /** What the data check found in each of them. */
  readonly checks: readonly DataCheck[];
  /** Symbols that the job is not of, and why. */
  readonly leftOut: Readonly<Record<string, string>>;
  readonly newestBars: SeenBars;
  readonly start: Start;
}

/**
 * After so many attempts that resumed a checkpoint and ended without keeping another, it is held to be what
 * ends them.
 */
const maxResumed = 2;

/** All besides bars and champion that decides what a training ends with; a checkpoint holds for no other. */
export async function identityOf(
  { config, threads }: TrainingContext,
  order: TrainOrder,
  ownCode?: string,
  params: StrategySettings = settingsFor(config, order.strategy_type),
): Promise<Checkpoint['identity']> {
  return {
    strategy_type: order.strategy_type,
    symbol: order.symbol,
    job_id: order.jobId,
    seed: config.TRAINING_SEED,
    params,
    // Its checkpoints say how far the refit has come.
    refit: config.REFIT,
    threads,
    // Of a strategy of the user's own, its folder as well.
    code: ownCode === undefined ? await codeSum() : `${await codeSum()} ${ownCode}`,
    // Which bars are read: whoever changes these in between wants them to hold.
    batch_size: config.TRAINING_BATCH_SIZE,
    min_data_points: config.MIN_TRAINING_DATA_POINTS,
    symbols: order.symbol === ALL_SYMBOLS ? config.TRAINING_SYMBOLS : [],
  };
}

/** The newest bars, and the model in use. */
export async function initFromNewestBars(
  { config, sql }: TrainingContext,
  order: TrainOrder,
  needs?: Needs,
): Promise<Init> {
  const { bars, checks, leftOut, newest } = await readNewestBars(sql, order.symbol, config, needs);
  const symbols = bars.map(({ symbol }) => symbol);
  const start = await chooseChampion(config, sql, order.strategy_type, symbols);
  return { bars, checks, leftOut, newestBars: newest, start };
}

/**
 * The bars, the model and the state of the job's last checkpoint, whatever is newer by now.
 * @returns in words why the checkpoint can't be resumed from; null when there is none
 * @throws whatever the database says, and what says nothing of the checkpoint (too many open files…)
 */
export async function initFromCheckpoint(
  { config, sql }: TrainingContext,
  identity: Checkpoint['identity'],
  needs?: Needs,
): Promise<Init | string | null> {
  let checkpoint: Checkpoint | null;
  try {
    checkpoint = await readCheckpoint(config, identity);
  } catch (error) {
    if (failureOf(error).infrastructure === true) throw error;
    return errorFacts(error).error;
  }
  if (checkpoint === null) return null;
  const others = Object.keys(identity).filter(
    (key) => JSON.stringify(checkpoint.identity[key]) !== JSON.stringify(identity[key]),
  );
  if (others.length > 0) return `it was kept with other ${others.join(', ')}`;
  if (checkpoint.resumed >= maxResumed)
    return `${checkpoint.resumed} attempts resumed from it and ended without keeping another`;
  const bars: Bars[] = [];
  const checks: DataCheck[] = [];
  for (const { symbol, from, to, count, sha256 } of checkpoint.bars) {
    const own = await readBarsBetween(sql, symbol, from, to, needs?.columns);
    const admitted = admitBars(own, config, Date.now());
    const [same] = (await withClosedInputs(sql, [admitted.bars], config, needs)) as [Bars];
    if (same.time.length !== count || barsSha256(same) !== sha256)
      return `bars of ${symbol} that it is of were revised`;
    bars.push(same);
    checks.push(admitted.check);
  }
  const { leftOut, newest } = await chosenBefore(sql, identity.symbol, config, bars, needs);
  const { model_id, reason } = checkpoint.champion;
  const began: Beginning =
    model_id === null ? { from: 'scratch', reason } : await sameChampion(config, sql, model_id);
  if (model_id !== null && began.from === 'scratch') return began.reason;
  return { bars, checks, leftOut, newestBars: newest, start: { from: 'checkpoint', checkpoint, began } };
}
