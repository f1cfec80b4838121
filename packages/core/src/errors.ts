interface Meaning {
  /** Whether the same job can succeed later. */
  readonly retryable: boolean;
  /**
   * What the fleet runs on is at fault, not the job: it waits as long as that lasts, and no attempt counts.
   */
  readonly infrastructure?: true;
}

/** Every coded error of the fleet. The message says what was wrong, where, and what to do. */
const codes = {
  CONFIG_INVALID: { retryable: false },
  /** Somebody asks for what can't be. */
  REQUEST_INVALID: { retryable: false },
  /** A database that the fleet can't work in as it is. */
  DATABASE_UNFIT: { retryable: true },
  /** A Redis that can't carry the queue as it is. */
  REDIS_UNFIT: { retryable: true },
  BARS_INVALID: { retryable: false },
  /** The data check found something in them, and DATA_CHECK is refuse. */
  BARS_REFUSED: { retryable: false },
  /** Asked of a model with bars of another interval than those it was trained on. */
  BARS_OTHER_INTERVAL: { retryable: false },
  /** Asked of a model with a bar that has not closed yet, or of the future. */
  BARS_UNCLOSED: { retryable: true },
  BARS_IMPORT_FAILED: { retryable: true },
  TOO_FEW_BARS: { retryable: false },
  /** A strategy and symbol without a model in use. */
  NO_ACTIVE_MODEL: { retryable: true },
  /** Older than MAX_MODEL_AGE. */
  MODEL_TOO_OLD: { retryable: true },
  /** The newest bar is older than MAX_BAR_AGE. */
  BARS_TOO_OLD: { retryable: true },
  /** The database that holds the registry doesn't answer. */
  REGISTRY_UNREACHABLE: { retryable: true, infrastructure: true },
  /** PostgreSQL can't be reached, or refuses work for now. */
  DATABASE_UNAVAILABLE: { retryable: true, infrastructure: true },
  /** A position that is none of -1, 0, 1. */
  POSITION_INVALID: { retryable: false },
  SYMBOL_INVALID: { retryable: false },
  /** So much waits in ml_training_queue that a bot's wishes wait in the bot. */
  QUEUE_FULL: { retryable: true, infrastructure: true },
  /** A bot ended before what it wished for could be sent. */
  WISHES_UNSENT: { retryable: true, infrastructure: true },
  /** No model of this id is registered (any more). */
  MODEL_NOT_FOUND: { retryable: false },
  /** A model that nobody could load: it is not put in use. */
  MODEL_UNUSABLE: { retryable: false },
  /** Another model of the pair came into use meanwhile. */
  MODEL_CHANGED: { retryable: true },
  /** No model was in use before the present one. */
  NOTHING_TO_ROLL_BACK_TO: { retryable: false },
  /** PostgreSQL went away while models were switched: it may be done or not. */
  SWITCH_UNKNOWN: { retryable: true, infrastructure: true },
  MODEL_FILE_INVALID: { retryable: false },
  MODEL_FILE_MISSING: { retryable: false },
  /** A model was judged with a score that is no number. */
  METRICS_INVALID: { retryable: false },
  DISK_FULL: { retryable: true, infrastructure: true },
  MODEL_DIR_NOT_WRITABLE: { retryable: true, infrastructure: true },
  /** The server of MODEL_STORE does not answer, or not now. */
  MODEL_STORE_UNAVAILABLE: { retryable: true, infrastructure: true },
  /** It answers, and refuses: no such bucket, no right, no conditional writes. */
  MODEL_STORE_REFUSED: { retryable: true, infrastructure: true },
  /** A file system fails, or is read-only. */
  STORAGE_FAILED: { retryable: true, infrastructure: true },
  /** No more processes, open files or memory for them. */
  OUT_OF_RESOURCES: { retryable: true, infrastructure: true },
  /** A training took longer than TRAINING_JOB_TIMEOUT. */
  JOB_TIMEOUT: { retryable: true },
  /** A training process ended without a word: killed, out of memory. */
  TRAINING_DIED: { retryable: true },
  /** A trainer let a lease end; written by the database (functions/ml_training_recover.sql). */
  TRAINER_DIED: { retryable: true },
  /** Somebody wanted it no more; written by the database (functions/ml_training_cancel.sql). */
  CANCELLED: { retryable: false },
  /** Anything that nobody foresaw. */
  TRAINING_FAILED: { retryable: true },
} as const satisfies Record<string, Meaning>;

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

  get infrastructure(): boolean {
    const meaning: Meaning = codes[this.code];
    return meaning.infrastructure === true;
  }
}
