/**
 * Every coded error of the fleet. `retryable` says whether the same job can succeed later;
 * the message says what was wrong, where, and what to do.
 */
const codes = {
  CONFIG_INVALID: { retryable: false },
  BARS_INVALID: { retryable: false },
  BARS_IMPORT_FAILED: { retryable: true },
  TOO_FEW_BARS: { retryable: false },
  /** A strategy and symbol without a model in use. */
  NO_ACTIVE_MODEL: { retryable: true },
  /** The database that holds the registry doesn't answer. */
  REGISTRY_UNREACHABLE: { retryable: true },
  /** A position that is none of -1, 0, 1. */
  POSITION_INVALID: { retryable: false },
  SYMBOL_INVALID: { retryable: false },
  MODEL_FILE_INVALID: { retryable: false },
  MODEL_FILE_MISSING: { retryable: false },
  /** A model was judged with a score that is no number. */
  METRICS_INVALID: { retryable: false },
  DISK_FULL: { retryable: true },
  MODEL_DIR_NOT_WRITABLE: { retryable: true },
  /** A training took longer than TRAINING_JOB_TIMEOUT. */
  JOB_TIMEOUT: { retryable: true },
  /** A training process ended without a word: killed, out of memory. */
  TRAINING_DIED: { retryable: true },
  /** A trainer let a lease end; written by the database (functions/ml_training_recover.sql). */
  TRAINER_DIED: { retryable: true },
  /** Anything that nobody foresaw. */
  TRAINING_FAILED: { retryable: true },
} as const;

export type ErrorCode = keyof typeof codes;

export class FleetError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FleetError';
    this.code = code;
  }

  get retryable(): boolean {
    return codes[this.code].retryable;
  }
}
