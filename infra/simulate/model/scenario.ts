/** A fleet and what it is to train. Times in seconds. */
export interface Scenario {
  /** Each is trained by every strategy. */
  readonly symbols: number;
  /** Names of measured strategies; one that stands twice counts as two, of jobs alike. */
  readonly strategies: readonly string[];
  readonly trainers: number;
  /** Of all machines together; trainers are spread over them evenly. */
  readonly cores: number;
  readonly hosts: number;
  /** MAX_CONCURRENT_TRAINING_JOBS. */
  readonly maxRunning: number;
  readonly cron: string;
  /** Ticks that are simulated. */
  readonly runs: number;
  /** RUN_TOO_LONG. */
  readonly tooLong: 'warn' | 'stalest';
  /** Share of attempts that fail, and may succeed another time. */
  readonly failures: number;
  /** Share of attempts during which the trainer is killed. */
  readonly deaths: number;
  /** TRAINING_RETRY_ATTEMPTS. */
  readonly retries: number;
  /** TRAINING_LEASE_SECONDS and TRAINING_RECONCILE_SECONDS. */
  readonly leaseSeconds: number;
  readonly reconcileSeconds: number;
  readonly seed: number;
}

/** Of one run. */
export interface RunOutcome {
  /** Seconds since the beginning at which it was due. */
  readonly dueAt: number;
  readonly jobs: number;
  /** Pairs that there was no time for, or whose last job was still open. */
  readonly leftOut: number;
  /** Until its last job ended; null where that is beyond what was simulated. */
  readonly seconds: number | null;
  /** As it was planned when the run began; null where nothing was measured before. */
  readonly expectedSeconds: number | null;
}

export interface Outcome {
  readonly runs: readonly RunOutcome[];
  readonly completed: number;
  readonly failed: number;
  readonly retried: number;
  /** Leases that ended because a trainer was killed. */
  readonly recovered: number;
  /** Of the simulated time until the last job ended. */
  readonly seconds: number;
  readonly jobsAnHour: number;
  /** Shares of that time in which cores were busy, and the two locks held. */
  readonly coresBusy: number;
  readonly claims: LockFigures;
  readonly completions: LockFigures;
  /** From being due to its start, of all jobs. */
  readonly meanWaitSeconds: number;
}

export interface LockFigures {
  readonly busy: number;
  readonly perSecond: number;
  readonly meanWaitSeconds: number;
  readonly longestWaitSeconds: number;
}
