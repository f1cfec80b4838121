export {
  keptJobs,
  newestJobs,
  newEpochs,
  jobStates,
  runningJobs,
  type CurvePoint,
  type JobState,
} from './changes.ts';
export { champions, championsVersion, modelScores, type Champion, type ModelScores } from './champions.ts';
export {
  failedPairs,
  lastTrainings,
  leftOutSymbols,
  openJobs,
  type FailedPair,
  type LastTraining,
  type OpenJob,
} from './pairs.ts';
export { lastEnds, recentCurves, type Curve } from './trainers.ts';
export {
  newestRuns,
  queueState,
  runOutcome,
  runsBetween,
  type QueueState,
  type RunOutcome,
  type RunRow,
} from './runs.ts';
export { newestModels, switchesAfter, type SeenModel, type Switch } from './switches.ts';
export {
  attemptsOfJobs,
  jobsOfPairs,
  pairsBetween,
  type TimelineAttempt,
  type TimelineJob,
  type TimelinePair,
} from './timeline.ts';
