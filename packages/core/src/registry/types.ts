import type { HoldoutRecord } from './holdouts.ts';

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
  readonly promote: boolean;
  /** The active model it was judged against; null when there was none. */
  readonly champion_id: string | null;
  readonly data_from: string;
  readonly data_to: string;
  readonly data_sha256: string;
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
  readonly data_from: Date;
  readonly data_to: Date;
  readonly data_sha256: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly code_sha256: string | null;
}
