import type { PromotionMetric, Task } from '@ml-training/sdk';
import type { Database } from '../database/connect.ts';

/** A share of the holdout's rows, by what they were given. */
export interface CalibrationBin {
  /** Range of the probability, `to` excluded but for the last. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability of a rise. */
  readonly predicted: number;
  /** Share of rows that rose. */
  readonly observed: number;
}

/**
 * All that naive rules know of the rows that a model was fitted on: of classes how many rows had each, of a
 * regression the labels' mean.
 */
export type TrainLabels =
  { readonly counts: readonly number[] } | { readonly mean: number; readonly rows: number };

/**
 * What a model said of the rows it was judged on, and what came of it: columns of equal length, oldest row
 * first, as the figures of the report were made of them. Equity compounds returns from a capital of 1 before
 * the first row.
 */
export interface HoldoutRecord {
  /** How many rows there were; the columns hold fewer where a holdout is very long. */
  readonly rows: number;
  /** Bars from a row to its label. */
  readonly horizon: number;
  /** Cost of changing the position by one unit, in basis points of the capital. */
  readonly cost_bps: number;
  /** Of each row's bar, ISO 8601, UTC. */
  readonly times: readonly string[];
  readonly closes: readonly number[];
  readonly task: Task;
  /**
   * What was said of each row; null for what is no number. Binary: the probability that the label is 1, of a
   * direction that the close `horizon` bars later is above this bar's. Multiclass: the position to be
   * expected, −1 to 1. Regression: the value to be expected. Policy: how it leans, 0 short to 1 long.
   */
  readonly scores: readonly (number | null)[];
  /** −1 short, 0 flat, 1 long; taken at the row's close and held to that of the next bar. */
  readonly positions: readonly number[];
  /** Of that bar, after costs, as a share of the capital. */
  readonly returns: readonly number[];
  /** Capital after that bar. */
  readonly equity: readonly number[];
  /** The same of who is long throughout, and pays the same costs. */
  readonly buy_and_hold: readonly number[];
  /** Empty where scores are no probabilities of two classes. */
  readonly calibration: readonly CalibrationBin[];
  /** Left out of what `holdoutOf` gives; null of models from before it was kept. */
  readonly train_labels?: TrainLabels | null;
}

/**
 * A model's record; null when it has none, as it was registered before there were any, or is not registered
 * (any more).
 */
export async function holdoutOf(sql: Database, modelId: string): Promise<HoldoutRecord | null> {
  // As JSON: of arrays postgres.js makes NaN of a null.
  const [row] = await sql<{ record: HoldoutRecord }[]>`
    SELECT to_json(h) AS record FROM (
      SELECT task, rows, horizon, cost_bps, times, closes, scores, positions, returns, equity, buy_and_hold,
        calibration
      FROM ml_model_holdouts WHERE model_id = ${modelId}) h`;
  if (row === undefined) return null;
  return { ...row.record, times: row.record.times.map((time) => new Date(time).toISOString()) };
}

/** What shuffling a feature, or all of a group, costs a model on its holdout; see docs/judging.md. */
export interface ShuffleLoss {
  readonly name: string;
  /** Mean a row, in the unit of `metric`; above 0 the model does worse. */
  readonly loss: number;
  /** Its standard error. */
  readonly error: number;
  /** Standard deviation over the repeats; null of a single one. */
  readonly deviation: number | null;
}

/** Permutation importances, most first. */
export interface Permutation {
  readonly metric: PromotionMetric;
  /** Rows that were shuffled, of these symbols, so many times. */
  readonly rows: number;
  readonly symbols: readonly string[];
  readonly repeats: number;
  readonly features: readonly ShuffleLoss[];
  readonly groups: readonly (ShuffleLoss & { readonly features: readonly string[] })[];
}

/** How much a model's features count, by name; see docs/judging.md. */
export interface Importances {
  /** Of any strategy; left out where its training was not to look. */
  readonly permutation?: Permutation;
  /** Of an ensemble: share in the gain of all splits, averaged over the kinds of trees. */
  readonly importance?: Readonly<Record<string, number>>;
  /**
   * Number of splits, all trees together; of models from before these were counted there are none, nor
   * coefficients.
   */
  readonly splits?: Readonly<Record<string, number>>;
  /** Of the logistic member: log odds of a rise for one standard deviation of the feature. */
  readonly coefficients?: Readonly<Record<string, number>>;
}

/**
 * From the report of the model's job, as it is one model over all symbols; null when it has none or its job
 * is gone.
 */
export async function importancesOf(sql: Database, modelId: string): Promise<Importances | null> {
  const [row] = await sql<{ [Name in keyof Importances]-?: NonNullable<Importances[Name]> | null }[]>`
    SELECT details -> 'permutation' AS permutation, details -> 'importance' AS importance,
      details -> 'splits' AS splits, details -> 'coefficients' AS coefficients
    FROM ml_model_registry JOIN ml_training_jobs USING (job_id),
      LATERAL (SELECT result #> '{report,details}') d (details)
    WHERE model_id = ${modelId} AND details ?| ARRAY['permutation', 'importance', 'coefficients']`;
  if (row === undefined) return null;
  const { permutation, importance, splits, coefficients } = row;
  return {
    ...(permutation === null ? {} : { permutation }),
    ...(importance === null ? {} : { importance }),
    ...(splits === null ? {} : { splits }),
    ...(coefficients === null ? {} : { coefficients }),
  };
}
