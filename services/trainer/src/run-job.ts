import {
  announce,
  completeJob,
  errorFacts,
  failJob,
  failureOf,
  FleetError,
  hasEnded,
  leaveCancelled,
  noteEpochs,
  pause,
  releaseJob,
  removeCheckpoint,
  removeModel,
  renewLease,
  requireRoom,
  retryUntilAnswered,
  secretsIn,
  throttledWarning,
  type Claim,
  type EpochPoint,
  type Failure,
  type Log,
  type ModelsPlace,
  type ServiceContext,
} from '@ml-training/core';
import { answered, answerMs } from './answered.ts';
import { keepJobLog, type JobLog } from './job-log.ts';
import type { KeptProcess } from './keep-process.ts';
import { keepLease, type LeaseLoss } from './lease.ts';
import type { TrainedModels } from './messages.ts';
import type { AttemptOutcome, TrainerMetrics } from './own-metrics.ts';
import { superviseAttempt, type Attempt } from './supervise.ts';

const epochsEveryMs = 1000;
/** Of the few seconds that a stop takes. */
const handingBackMs = 1000;

/** What running a job needs: the service's, and when a stop waits no longer for the database. */
export interface JobContext extends ServiceContext {
  /** Aborted some seconds after `stopping`. */
  readonly leaving: AbortSignal;
  readonly tell: TrainerMetrics;
  /** Where it is trained. */
  readonly training: KeptProcess;
}

/**
 * Runs one claimed job to its end: trains it in a child while the lease is renewed, then completes it, notes
 * its failure, or hands it back.
 * @param claimedAt performance.now() from before the claim was sent
 * @returns whether this trainer is done with the job; false when a stop left it for the next one
 */
export async function runJob(context: JobContext, claim: Claim, claimedAt: number): Promise<boolean> {
  const plain = context.log.child({
    job_id: claim.jobId,
    strategy_type: claim.strategy_type,
    symbol: claim.symbol,
    attempt: claim.attempt,
  });
  const kept = keepJobLog(context, claim, plain);
  try {
    return await runCounted(context, claim, claimedAt, kept);
  } finally {
    await kept.end();
  }
}

async function runCounted(
  context: JobContext,
  claim: Claim,
  claimedAt: number,
  kept: JobLog,
): Promise<boolean> {
  const { tell } = context;
  const { log } = kept;
  log.info('training', { trainer: context.instance });
  tell.started(claim.strategy_type);
  let outcome: AttemptOutcome = 'unknown';
  try {
    outcome = await attemptJob(context, claim, claimedAt, kept);
  } finally {
    tell.ended(claim.strategy_type, outcome);
  }
  const done = outcome !== 'unknown' && outcome !== 'handed_back';
  if (done) await dropCheckpoint(context, claim, log);
  return done;
}

async function attemptJob(
  context: JobContext,
  claim: Claim,
  claimedAt: number,
  kept: JobLog,
): Promise<AttemptOutcome> {
  const { config, sql, stopping, tell, training } = context;
  const { log } = kept;
  const now: { fraction: number; stage: string | null } = { fraction: 0, stage: null };
  const points: EpochPoint[] = [];
  const trained = new AbortController();
  const lost = new AbortController();
  const lease = keepLease(
    config.TRAINING_LEASE_SECONDS,
    claimedAt,
    async () => {
      const renewed = await renewLease(sql, claim, config.TRAINING_LEASE_SECONDS, now);
      if (renewed) tell.renewed();
      return renewed;
    },
    trained.signal,
    throttledWarning(log, 'the lease was not renewed'),
  ).then((loss) => {
    if (loss === null) return;
    log.warn('gave the job up: its lease was lost', {
      why: loss === 'taken over' ? 'taken over or cancelled' : loss,
    });
    lost.abort(loss);
  });
  const curves = writeCurves(context, claim, points, trained.signal, log);
  const attempt = await startAttempt(
    config,
    training,
    { jobId: claim.jobId, attempt: claim.attempt, strategy_type: claim.strategy_type, symbol: claim.symbol },
    {
      timeoutSeconds: config.TRAINING_JOB_TIMEOUT,
      stop: stopping,
      abandon: lost.signal,
      secrets: secretsIn(config),
    },
    {
      progress: (fraction, stage) => {
        now.fraction = fraction;
        now.stage = stage;
        tell.at(stage, fraction);
        log.debug('progress', { fraction, stage });
      },
      epoch: (step, values) => {
        for (const [name, value] of Object.entries(values))
          if (Number.isFinite(value)) points.push({ step, name, value });
        log.debug('epoch', { step, ...values });
      },
      note: ({ level, message, facts }) => log.log(level, message, facts),
    },
    // What is left to write holds by its token alone, and a renewal after it would find the job no longer
    // running.
  ).finally(() => {
    trained.abort();
  });
  // Once the job is handed back, nothing can be written by its token.
  if (attempt.kind === 'abandoned') await kept.flush(handingBackMs);
  const [outcome] = await Promise.all([
    settle(context, claim, attempt, lost.signal.reason as LeaseLoss | undefined, log, claimedAt),
    lease,
    curves,
  ]);
  // A lease that was lost may have been taken by a cancellation, and so may one that was never looked after
  // again.
  const cancelled = await leave(context, claim, log);
  return outcome === 'lost' && cancelled ? 'cancelled' : outcome;
}

/** A disk that is full is seen before the training, not after. */
async function startAttempt(
  models: ModelsPlace,
  ...order: Parameters<typeof superviseAttempt>
): Promise<Attempt> {
  try {
    await requireRoom(models);
  } catch (error) {
    return { kind: 'failed', ...failureOf(error) };
  }
  return superviseAttempt(...order);
}

/** Writes what the attempt came to. @returns what became of the attempt */
async function settle(
  context: JobContext,
  claim: Claim,
  attempt: Attempt,
  lost: LeaseLoss | undefined,
  log: Log,
  claimedAt: number,
): Promise<AttemptOutcome> {
  const { sql, leaving } = context;
  const deadlines = { tries: leaving, answer: { ms: answerMs, giveUp: leaving } };
  const seconds = Math.round((performance.now() - claimedAt) / 100) / 10;
  const fail = async (failure: Failure): Promise<AttemptOutcome> => {
    const note = async () => (await failJob(sql, claim, failure)) ?? 'lost';
    const outcome = (await retryUntilAnswered(note, 'noting the failure', deadlines, log)) ?? 'unknown';
    const facts = { seconds, code: failure.code, error: failure.message, job: outcome };
    if (outcome === 'lost') log.warn("the job is somebody else's by now", facts);
    else if (outcome === 'postponed') log.warn('put off, the attempt is not counted', facts);
    else log.error('failed', facts);
    return outcome;
  };
  switch (attempt.kind) {
    case 'done': {
      let completed: boolean | null;
      try {
        const complete = () => completeJob(sql, claim, attempt.result, attempt.models);
        completed = await retryUntilAnswered(complete, 'completing the job', deadlines, log);
      } catch (error) {
        await discard(context, attempt, log, 'the database refuses the result');
        return fail(failureOf(error));
      }
      // Perhaps they are registered: files without a row are cleaned up after a day.
      if (completed === null) return 'unknown';
      if (!completed) {
        await discard(context, attempt, log, 'somebody else has the job by now');
        return 'lost';
      }
      for (const model of attempt.models)
        log.info('judged', { model_symbol: model.symbol, file: model.file_path, decision: model.decision });
      log.info('completed', { seconds, models: attempt.models.length });
      await tellBots(context, claim, log);
      return 'completed';
    }
    case 'failed':
      return fail(attempt);
    case 'abandoned':
      if (lost === 'taken over') return 'lost';
      // No trainer died: where nobody has found the lease over by then, no attempt counts either.
      if (lost !== undefined) return fail(cutOff);
      if (!(await retryUntilAnswered(() => releaseJob(sql, claim), 'handing the job back', deadlines, log)))
        return 'unknown';
      log.info('handed back, the attempt is not counted');
      return 'handed_back';
  }
}

const cutOff = failureOf(
  new FleetError(
    'DATABASE_UNAVAILABLE',
    'the trainer could not renew its lease: PostgreSQL (DATABASE_URL) was away, cut off or too slow',
  ),
);

async function tellBots({ sql, redis, leaving }: JobContext, claim: Claim, log: Log): Promise<void> {
  const published = announce(sql, redis, { jobId: claim.jobId });
  await answered(published, 'telling bots of new models', leaving).catch((error: unknown) =>
    log.warn('left it to the scheduler to tell bots of new models', errorFacts(error)),
  );
}

/**
 * Whose job was cancelled gives its place free, now that its training has stopped. @returns whether it was
 */
async function leave({ sql, leaving }: JobContext, claim: Claim, log: Log): Promise<boolean> {
  try {
    const left = await answered(leaveCancelled(sql, claim), 'leaving a cancelled job', leaving);
    if (left) log.info('cancelled, the training is stopped');
    return left;
  } catch (error) {
    // If it was: the place is free when the lease would have ended.
    log.warn('whether the job was cancelled is not known', errorFacts(error));
    return false;
  }
}

/**
 * An ended job, however it did and whoever ended it, leaves no checkpoint; one that waits for a retry keeps
 * it.
 */
async function dropCheckpoint({ config, sql, leaving }: JobContext, claim: Claim, log: Log): Promise<void> {
  const { jobId, strategy_type, symbol } = claim;
  try {
    if (await answered(hasEnded(sql, jobId), 'looking whether the job has ended', leaving))
      await answered(
        removeCheckpoint(config, { job_id: jobId, strategy_type, symbol }),
        'deleting the checkpoint',
        leaving,
      );
  } catch (error) {
    log.warn('a checkpoint may be left to the scheduler to delete', errorFacts(error));
  }
}

/** Deletes files that will never be registered. */
async function discard(context: JobContext, { models }: TrainedModels, log: Log, why: string): Promise<void> {
  log.warn('deleting the model files of this attempt', { why, files: models.length });
  for (const model of models)
    await answered(
      removeModel(context.config, model.file_path),
      'deleting a model file',
      context.leaving,
    ).catch((error: unknown) =>
      log.warn('a model file could not be deleted', { file: model.file_path, ...errorFacts(error) }),
    );
}

/** Writes the curves' points as they come, and the rest at the end; a curve is worth no failed job. */
async function writeCurves(
  { sql, leaving }: JobContext,
  claim: Claim,
  points: EpochPoint[],
  trained: AbortSignal,
  log: Log,
): Promise<void> {
  const warn = throttledWarning(log, 'training curves were not written');
  let last = false;
  while (!last) {
    await pause(epochsEveryMs, trained);
    last = trained.aborted;
    const batch = points.splice(0);
    if (batch.length > 0)
      await answered(noteEpochs(sql, claim, batch), 'writing curves', leaving).catch(warn);
  }
}
