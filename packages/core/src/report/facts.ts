import type { Database } from '../database/connect.ts';
import { epochsOf, type EpochPoint } from '../jobs/index.ts';
import {
  holdoutOf,
  importancesOf,
  liveScoresOf,
  lineageOf,
  versionsOfPair,
  type HoldoutRecord,
  type Importances,
  type Lineage,
  type LiveScore,
  type RegisteredModel,
  type Version,
} from '../registry/index.ts';

/** All that a report is made of. */
export interface ReportFacts {
  readonly model: RegisteredModel;
  readonly now: Date;
  /** Null of a model from before it was kept. */
  readonly holdout: HoldoutRecord | null;
  /** Null where its job's row is gone, or it was not looked at. */
  readonly importances: Importances | null;
  /** What its training told on the way; empty where its job's row is gone or drew none. */
  readonly curves: readonly EpochPoint[];
  /** What its job's result says of the training; null where its row is gone. */
  readonly training: TrainingFacts | null;
  /** Oldest first. */
  readonly live: readonly LiveScore[];
  /** Newest first: the newest models of the pair. */
  readonly versions: readonly Version[];
  readonly lineage: Lineage | null;
}

interface TrainingFacts {
  readonly job_id: string;
  readonly completed_at: Date | null;
  readonly seed: number | null;
  readonly threads: number | null;
  readonly lineage: { readonly reason?: string } | null;
  readonly warnings: readonly string[] | null;
  /** What the data check found in the symbol's bars; null of a job from before there was one. */
  readonly data_check: {
    readonly findings: readonly { readonly kind: string; readonly words: string }[];
  } | null;
}

const versionsShown = 30;
const livePoints = 500;

/** Reads what a model's report is made of, at one moment or nearly so. */
export async function reportFacts(sql: Database, model: RegisteredModel): Promise<ReportFacts> {
  const { model_id, job_id, strategy_type: strategyType, symbol } = model;
  const [holdout, importances, curves, training, live, versions, lineage, [clock]] = await Promise.all([
    holdoutOf(sql, model_id),
    importancesOf(sql, model_id),
    job_id === null ? [] : epochsOf(sql, job_id),
    job_id === null ? null : trainingOf(sql, job_id, symbol),
    liveScoresOf(sql, model_id, livePoints),
    versionsOfPair(sql, { strategyType, symbol }, { score: null, limit: versionsShown }),
    lineageOf(sql, model_id),
    sql<[{ now: Date }]>`SELECT now()`,
  ]);
  return {
    model,
    now: clock.now,
    holdout,
    importances,
    curves,
    training,
    live: live.toReversed(),
    versions: versions.toReversed(),
    lineage,
  };
}

async function trainingOf(sql: Database, jobId: string, symbol: string): Promise<TrainingFacts | null> {
  const [row] = await sql<TrainingFacts[]>`
    SELECT job_id, completed_at, result -> 'seed' AS seed, result -> 'threads' AS threads,
      result -> 'lineage' AS lineage, result -> 'warnings' AS warnings,
      result -> 'data_check' -> ${symbol} AS data_check
    FROM ml_training_jobs WHERE job_id = ${jobId}`;
  return row ?? null;
}
