export { adviceOn } from './advice.ts';
export { attemptsOf, type Attempt, type AttemptOutcome } from './attempts.ts';
export { cancelJob, leaveCancelled, type Cancellation } from './cancel.ts';
export { claimJob, hasRoom, type ClaimOutcome } from './claim.ts';
export { jobsByPrefix, readJob, whyNotCancelled, whyNotRetried, type JobDetail } from './detail.ts';
export {
  createRun,
  createTickJob,
  hasJob,
  knownJobs,
  pushJobs,
  waitingJobOf,
  type NewJob,
  type RunRequest,
  type Skipped,
} from './enqueue.ts';
export { epochsOf, noteEpochs, type EpochPoint } from './epochs.ts';
export {
  completeJob,
  failJob,
  failureOf,
  hasEnded,
  isDataError,
  releaseJob,
  type Failure,
} from './finish.ts';
export { renewLease } from './lease.ts';
export { jobsOfRun, runProgress, type ListedJob, type RunProgress } from './list.ts';
export { keptLines, lastLineOf, logLinesOf, noteLogLines, type LogLine } from './log-lines.ts';
export { pairsWithoutNewBars, withNewestInputs, type SeenBars } from './new-bars.ts';
export { planRun } from './plan.ts';
export { askedTraining, requestRun, type AskedTraining, type RequestedRun } from './request.ts';
export { reconcile, type Reconciled } from './reconcile.ts';
export { countExpired, expireJobs, expireMetrics, expireRuns } from './retention.ts';
export {
  findRun,
  listJobsOfRun,
  listRuns,
  listSkippedOfRun,
  type Run,
  type RunJobPlace,
  type RunPlace,
} from './runs.ts';
export { leftOutOf, leftOutWords, sumUp, type Summary } from './sum-up.ts';
export { retryJob, type Retrial } from './retry-job.ts';
export { searchJobs, type FoundJobs, type JobFilter, type JobPlace } from './search.ts';
export { waitingJobs, type Waiting } from './waiting.ts';
export { readJobTotals, secondsBuckets, type Distribution, type JobTotals } from './totals.ts';
export {
  jobStatuses,
  jobTriggers,
  pairName,
  type Claim,
  type Job,
  type JobStatus,
  type JobTrigger,
  type Pair,
} from './types.ts';
