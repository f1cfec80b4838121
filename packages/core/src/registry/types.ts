import type { PromotionMetric } from '@ml-training/sdk';
import type { HoldoutRecord } from './holdouts.ts';

/** A mean a row and its 90 % interval, in the unit of the decision's metric; above 0 the model did better. */
export interface MeanDifference {
  readonly rows: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/** What a decision on a model came of, as figures; its words are in `decision`. docs/judging.md has both. */
export interface DecisionFacts {
  readonly ground:
    | 'broken'
    | 'below_floor'
    | 'no_edge'
    | 'nothing_learnt'
    | 'first'
    | 'champion_unusable'
    | 'compared'
    | 'compared_on_seen'
    | 'incomparable'
    | 'incomparable_too_long';
  readonly policy: 'always' | 'not-worse' | 'manual';
  /** What differences are of: nats, the square of the label's unit, or return after costs, a bar each. */
  readonly metric: PromotionMetric;
  /** The model in use then; null when there was none. */
  readonly champion_id: string | null;
  /** Less the naive rule that is its floor, on its whole holdout; null when no floor was asked for. */
  readonly floor:
    | (MeanDifference & {
        readonly rule: 'majority_class' | 'train_mean' | 'always_flat';
        readonly passed: boolean;
      })
    | null;
  /**
   * Whether it was found to know anything, by its holdout and by what was walked forward before it; null where
   * that can't be said, missing of models from before.
   */
  readonly edge?: {
    readonly score: 'auc' | 'rank_ic' | 'net_return';
    readonly value: number;
    readonly low: number;
    readonly high: number;
    readonly found: boolean;
    readonly rows: number;
    readonly holdout_rows: number;
  } | null;
  /** Less the champion, on rows that neither had seen; null where there were too few. */
  readonly comparison: MeanDifference | null;
  /** It is the champion once more: the same weights, the same answers. No promotion, and no trial. */
  readonly nothing_learnt: boolean;
  /** Runs in a row in which this champion could not be compared with a model that passed its floor. */
  readonly incomparable_runs: number;
}

/** A model to register with its job's completion; times are ISO 8601. */
export interface Registration {
  readonly model_id: string;
  readonly symbol: string;
  readonly file_path: string;
  readonly sha256: string;
  readonly size_bytes: number;
  readonly parent_model_id: string | null;
  readonly metrics: object;
  readonly decision: string;
  /** Left out, or null: nothing but the words is known of the decision. */
  readonly decision_facts?: DecisionFacts | null;
  readonly promote: boolean;
  /** The active model it was judged against; null when there was none. */
  readonly champion_id: string | null;
  readonly data_from: string;
  readonly data_to: string;
  readonly data_sha256: string;
  /** First and last bar of the rows that it was judged on; null or left out where nobody knows. */
  readonly holdout_from?: string | null;
  readonly holdout_to?: string | null;
  /** Of a model that was refitted, last bar that what was judged was fitted or chosen on; else null or left out. */
  readonly judged_data_to?: string | null;
  /** Rows that it was refitted on. */
  readonly refit_rows?: number | null;
  /** How long its bars last; null or left out where nobody knows. */
  readonly bar_seconds?: number | null;
  readonly params: object;
  /** Over the folder of the user's own strategy; null or left out of a built-in's. */
  readonly code_sha256?: string | null;
  /** What it said of its holdout; null or left out: nothing is kept of it. */
  readonly holdout?: HoldoutRecord | null;
}

export interface RegisteredModel {
  readonly model_id: string;
  readonly strategy_type: string;
  readonly symbol: string;
  readonly created_at: Date;
  readonly is_active: boolean;
  readonly activated_at: Date | null;
  /** When somebody rolled back from it; null again once it is promoted again. */
  readonly withdrawn_at: Date | null;
  readonly file_path: string;
  readonly sha256: string;
  readonly size_bytes: string;
  readonly job_id: string | null;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly decision: string;
  /** Null of a model from before there were any. */
  readonly decision_facts: DecisionFacts | null;
  readonly data_from: Date;
  /** Last bar that anything in the model in its file's `model_state` was fitted or chosen on. */
  readonly data_to: Date;
  readonly data_sha256: string;
  /** First and last bar of the rows that it was judged on; null of models from before these were kept. */
  readonly holdout_from: Date | null;
  readonly holdout_to: Date | null;
  /** Of a refitted model, last bar that what was judged was fitted or chosen on; null of any other. */
  readonly judged_data_to: Date | null;
  /** Rows that it was refitted on; null of any other. */
  readonly refit_rows: number | null;
  /** How long its bars last; null of a model from before that was kept, and where they keep to no interval. */
  readonly bar_seconds: number | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly code_sha256: string | null;
}
