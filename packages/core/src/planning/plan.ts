import { strategyTypes } from '@ml-training/sdk';
import type { Config } from '../config/index.ts';
import type { Database } from '../database/connect.ts';
import type { Pair } from '../jobs/types.ts';
import type { Redis } from '../redis/connect.ts';
import { nextTick, type Schedule } from '../schedule/ticks.ts';
import { liveInstances } from '../service/beat.ts';
import { decideRun, type RunPlan } from './decide.ts';
import { busySeconds } from './estimate.ts';
import { lastTrained, openPairs, openWork, timesLeftOut, trainingSeconds } from './measured.ts';
import { orderPairs, type OrderFacts } from './order.ts';

interface Servers {
  readonly config: Config;
  readonly sql: Database;
  readonly redis: Redis;
}

/** Pairs in the order in which they are best trained. */
export async function inOrder(
  sql: Database,
  config: Pick<Config, 'TRAINING_WEIGHTS'>,
  pairs: readonly Pair[],
): Promise<Pair[]> {
  return orderPairs(pairs, await orderFacts(sql, config, pairs));
}

async function orderFacts(
  sql: Database,
  { TRAINING_WEIGHTS: weights }: Pick<Config, 'TRAINING_WEIGHTS'>,
  pairs: readonly Pair[],
): Promise<OrderFacts> {
  const [seconds, trained] = await Promise.all([measuredSeconds(sql, pairs), lastTrained(sql, pairs)]);
  return { seconds, lastTrained: trained, timesLeftOut: await timesLeftOut(sql, trained), weights };
}

/**
 * Plans a scheduled run by the durations of the last trainings.
 * @param now by the database's clock
 */
export async function scheduleRun(
  { config, sql, redis }: Servers,
  schedule: Schedule,
  now: Date,
  wanted: readonly Pair[],
): Promise<RunPlan> {
  const [known, work, open, trainers] = await Promise.all([
    orderFacts(sql, config, wanted),
    openWork(sql),
    openPairs(sql),
    trainersAtWork(config, redis),
  ]);
  const { RUN_TOO_LONG: tooLong } = config;
  return decideRun(wanted, { ...known, work, open, trainers, now, next: nextTick(schedule, now), tooLong });
}

/** What is open, and when it is done. */
export interface QueueEstimate {
  readonly trainers: number;
  /** When all that waits and runs is done, at the earliest; null where none of it was measured. */
  readonly ends_at: Date | null;
  readonly next_run: Date | null;
  /** Whether it ends after the next run is due. */
  readonly too_long: boolean;
  /** Median seconds of the last trainings, by strategy. */
  readonly seconds: ReadonlyMap<string, number>;
  /** Strategies with open jobs that were never measured: they are not in it. */
  readonly unmeasured: readonly string[];
}

/** @param now by the database's clock, or near it */
export async function estimateQueue(
  { config, sql, redis }: Servers,
  schedule: Schedule,
  now: Date,
): Promise<QueueEstimate> {
  const [work, trainers] = await Promise.all([openWork(sql), trainersAtWork(config, redis)]);
  const open = [...work.running, ...work.queued];
  const seconds = await measuredSeconds(sql, open);
  const names = [...new Set(open.map((one) => one.strategy_type))];
  const measured = names.some((name) => seconds.has(name));
  const ends = new Date(now.getTime() + 1000 * Math.max(...busySeconds(trainers, work, seconds)));
  const next = nextTick(schedule, now);
  return {
    trainers,
    ends_at: measured ? ends : null,
    next_run: next,
    too_long: measured && next !== null && ends > next,
    seconds,
    unmeasured: names.filter((name) => !seconds.has(name)).sort(),
  };
}

const measuredSeconds = (sql: Database, of: readonly { readonly strategy_type: string }[]) =>
  trainingSeconds(sql, [...strategyTypes(), ...of.map((one) => one.strategy_type)]);

/** How many jobs are trained side by side: no more than may, no more than there are trainers for. */
async function trainersAtWork(
  { MAX_CONCURRENT_TRAINING_JOBS: most, TRAINER_IDLE_SECONDS }: Config,
  redis: Redis,
): Promise<number> {
  // Trainers that are started as jobs wait are not there yet; nor is one known while Redis is away.
  if (TRAINER_IDLE_SECONDS > 0) return most;
  const beats = await liveInstances(redis).catch(() => []);
  const living = beats.filter(({ role }) => role === 'trainer').length;
  return living === 0 ? most : Math.min(living, most);
}
