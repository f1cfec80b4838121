import { setTimeout as sleep } from 'node:timers/promises';
import {
  completeJob,
  errorFacts,
  failJob,
  jobEntry,
  noteEpochs,
  onceAMinute,
  push,
  publishPromotions,
  releaseJob,
  removeModel,
  renewLease,
  withDeadline,
  type Claim,
  type EpochPoint,
  type Log,
  type ServiceContext,
} from '@ml-training/core';
import { keepLease, type LeaseLoss } from './lease.ts';
import type { Trained } from './messages.ts';
import { superviseAttempt, type Attempt } from './supervise.ts';

const epochsEveryMs = 1000;
const answerMs = 5000;

/**
 * Runs one claimed job to its end: trains it in a child while the lease is renewed, then completes it, notes its
 * failure, or hands it back. Never rejects for what the training does.
 * @param claimedAt performance.now() from before the claim was sent
 */
export async function runJob(context: ServiceContext, claim: Claim, claimedAt: number): Promise<void> {
  const { config, sql, stopping } = context;
  const log = context.log.child({
    job_id: claim.jobId,
    strategy_type: claim.strategy_type,
    symbol: claim.symbol,
    attempt: claim.attempt,
  });
  log.info('training');
  const now: { fraction: number; stage: string | null } = { fraction: 0, stage: null };
  const points: EpochPoint[] = [];
  const released = new AbortController();
  const lost = new AbortController();
  const lease = keepLease(
    config.TRAINING_LEASE_SECONDS,
    claimedAt,
    () => renewLease(sql, claim, config.TRAINING_LEASE_SECONDS, now),
    released.signal,
    onceAMinute(log, 'the lease was not renewed'),
  ).then((loss: LeaseLoss | null) => {
    if (loss !== null) {
      log.warn('gave the job up: its lease was lost', { why: loss });
      lost.abort();
    }
  });
  const curves = writeCurves(context, claim, points, released.signal, log);
  const attempt = await superviseAttempt(
    { jobId: claim.jobId, attempt: claim.attempt, strategy_type: claim.strategy_type, symbol: claim.symbol },
    { timeoutSeconds: config.TRAINING_JOB_TIMEOUT, abandon: AbortSignal.any([stopping, lost.signal]) },
    {
      progress: (fraction, stage) => {
        now.fraction = fraction;
        now.stage = stage;
        log.debug('progress', { fraction, stage });
      },
      epoch: (step, values) => {
        for (const [name, value] of Object.entries(values))
          if (Number.isFinite(value)) points.push({ step, name, value });
        log.debug('epoch', { step, ...values });
      },
    },
  );
  const followUp = await settle(context, claim, attempt, lost.signal, log, claimedAt);
  // From here on a renewal would find the job no longer running.
  released.abort();
  await followUp?.().catch((error: unknown) =>
    log.warn('what follows the end of a job failed', errorFacts(error)),
  );
  await Promise.all([lease, curves]);
}

/**
 * Writes what the attempt came to, repeating it while the outcome of a write is unknown and the lease holds.
 * @returns what is left to do that no longer concerns the job's row
 */
async function settle(
  context: ServiceContext,
  claim: Claim,
  attempt: Attempt,
  lost: AbortSignal,
  log: Log,
  claimedAt: number,
): Promise<(() => Promise<void>) | null> {
  const { sql, redis, stopping } = context;
  const seconds = Math.round((performance.now() - claimedAt) / 100) / 10;
  switch (attempt.kind) {
    case 'done': {
      const completed = await insist(
        () => completeJob(sql, claim, attempt.result, attempt.models),
        lost,
        log,
      );
      if (completed === null) return null;
      if (!completed) return () => discard(context, attempt, log);
      for (const model of attempt.models)
        log.info('judged', { model_symbol: model.symbol, file: model.file_path, decision: model.decision });
      log.info('completed', { seconds, models: attempt.models.length });
      return () => publishPromotions(sql, redis, claim.jobId);
    }
    case 'failed': {
      const outcome = await insist(() => failJob(sql, claim, attempt), lost, log);
      log.error('failed', { seconds, code: attempt.code, error: attempt.message, job: outcome ?? 'lost' });
      return null;
    }
    case 'abandoned': {
      if (!stopping.aborted || lost.aborted) return null;
      if (!(await withDeadline(releaseJob(sql, claim), answerMs, 'handing the job back'))) return null;
      log.info('handed back, the attempt is not counted');
      const entry = jobEntry({
        job_id: claim.jobId,
        strategy_type: claim.strategy_type,
        symbol: claim.symbol,
      });
      return async () => {
        await push(redis, entry);
      };
    }
  }
}

/** Repeats a write that may be repeated until it is answered; null when the lease was lost before that. */
async function insist<T>(write: () => Promise<T>, lost: AbortSignal, log: Log): Promise<T | null> {
  const complain = onceAMinute(log, 'the end of the job is not written yet');
  while (!lost.aborted) {
    try {
      return await withDeadline(write(), answerMs, 'writing the end of the job');
    } catch (error) {
      complain(error);
      await sleep(500);
    }
  }
  return null;
}

/** Deletes files of a job that somebody else has by now. */
async function discard(context: ServiceContext, trained: Trained, log: Log): Promise<void> {
  log.warn('somebody else has the job by now: its files are deleted', { files: trained.models.length });
  for (const model of trained.models) await removeModel(context.config.MODEL_DIR, model.file_path);
}

/** Writes the curves' points as they come, and the rest at the end; a curve is worth no failed job. */
async function writeCurves(
  context: ServiceContext,
  claim: Claim,
  points: EpochPoint[],
  done: AbortSignal,
  log: Log,
): Promise<void> {
  const complain = onceAMinute(log, 'training curves were not written');
  let last = false;
  while (!last) {
    await sleep(epochsEveryMs, undefined, { signal: done }).catch(() => undefined);
    last = done.aborted;
    const batch = points.splice(0);
    if (batch.length > 0)
      await withDeadline(noteEpochs(context.sql, claim, batch), answerMs, 'writing curves').catch(complain);
  }
}
