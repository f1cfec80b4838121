import { FleetError, failureOf, isBuiltIn, redactText, type Failure } from '@ml-training/core';
import type { KeptProcess } from './keep-process.ts';
import { lastWords } from './last-words.ts';
import type { Observer, TrainedModels, TrainOrder } from './messages.ts';
import type { Exit, LastWord, TrainingProcess } from './training-process.ts';

export type Attempt =
  | ({ readonly kind: 'done' } & TrainedModels)
  | ({ readonly kind: 'failed' } & Failure)
  /**
   * Ended because `stop` or `abandon` was aborted; nothing of it counts but the checkpoint it may have kept.
   */
  | { readonly kind: 'abandoned' };

export interface Limits {
  readonly timeoutSeconds: number;
  /** Ends the training at its next safe point, or by force some seconds later. */
  readonly stop: AbortSignal;
  /** Ends it by force at once. */
  readonly abandon: AbortSignal;
  /** What must not be seen in the job's error, whatever the child says. */
  readonly secrets: readonly string[];
}

/**
 * Training steps take well below a second; of the 10 s of a stop, PostgreSQL and Redis need some to hear of
 * it.
 */
const graceMs = 3000;

/**
 * Trains in a process of its own, so that whatever the training does, the supervisor's timers go on, and ends
 * it as `limits` say. A process that is none the worse for it is kept for the next attempt; any other has ended
 * when this settles.
 */
export async function superviseAttempt(
  kept: KeptProcess,
  order: TrainOrder,
  limits: Limits,
  observer: Observer,
): Promise<Attempt> {
  let training: TrainingProcess | null = null;
  let killedBy = null as 'timeout' | 'abandon' | null;
  // It has still to rest from the job before, which is not waited for.
  const endKept = (): void => void kept.end();
  const kill = (reason: 'timeout' | 'abandon'): void => {
    killedBy ??= reason;
    if (training === null) endKept();
    else training.kill();
  };
  const onAbandon = (): void => kill('abandon');
  let grace: NodeJS.Timeout | undefined;
  const onStop = (): void => {
    if (training === null) endKept();
    else training.stop();
    grace = setTimeout(onAbandon, graceMs);
  };
  limits.abandon.addEventListener('abort', onAbandon);
  limits.stop.addEventListener('abort', onStop);
  const timer = setTimeout(() => kill('timeout'), limits.timeoutSeconds * 1000);
  // Code of a user's own may leave anything behind, and is not to meet what others have left.
  const own = !isBuiltIn(order.strategy_type);
  const isOver = (): boolean => limits.abandon.aborted || limits.stop.aborted;
  try {
    for (;;) {
      if (isOver()) return { kind: 'abandoned' };
      training = await kept.take({ fresh: own });
      const reused = training.jobs > 0;
      if (isOver()) killedBy ??= 'abandon';
      if (killedBy !== null) training.kill();
      const heard = await training.train(order, observer);
      if (heard.kind === 'ended') {
        if (heard.begun || !reused || killedBy !== null)
          return failureOfExit(killedBy, heard.exit, limits, training.lastWords());
        // Between two jobs, as by the kernel for want of memory, or because its code is an older one.
        const { code, signal } = heard.exit;
        const message = 'the training process had ended before this job, another one has it';
        observer.note({ level: 'info', message, facts: { code, signal } });
        continue;
      }
      if (!own && isKept(heard)) kept.giveBack(training);
      else await training.end();
      switch (heard.kind) {
        case 'done':
          return heard;
        case 'failed':
          return { ...heard, message: redactText(heard.message, limits.secrets) };
        case 'stopped':
          return { kind: 'abandoned' };
      }
    }
  } catch (error) {
    return notStarted(error);
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
    limits.abandon.removeEventListener('abort', onAbandon);
    limits.stop.removeEventListener('abort', onStop);
  }
}

/**
 * What a retry can't mend lies in bars or settings, whatever process it is. All else may well lie in this one: an
 * error that nobody foresaw, no memory, a lost connection.
 */
const isKept = (word: LastWord): boolean =>
  word.kind === 'done' || (word.kind === 'failed' && !word.retryable && word.infrastructure !== true);

const notStarted = (cause: unknown): Attempt =>
  failed(new FleetError('TRAINING_FAILED', 'the training process could not be started', { cause }));

/** What it means that a child ended without a last word. */
function failureOfExit(
  killedBy: 'timeout' | 'abandon' | null,
  { code, signal, error }: Exit,
  { timeoutSeconds, secrets }: Limits,
  said: string,
): Attempt {
  if (killedBy === 'abandon') return { kind: 'abandoned' };
  if (killedBy === 'timeout') {
    const advice = 'raise it, or lower TRAINING_BATCH_SIZE';
    return failed(
      new FleetError('JOB_TIMEOUT', `not done after ${timeoutSeconds} s (TRAINING_JOB_TIMEOUT): ${advice}`),
    );
  }
  if (error !== undefined) return notStarted(error);
  const how = signal === null ? `with exit code ${code ?? 'unknown'}` : `by ${signal}`;
  const outOfMemory =
    'most likely the machine or container ran out of memory: lower TRAINING_BATCH_SIZE or give it more';
  const words = lastWords(said, secrets);
  // The kernel kills without a word; what was said before is of no account then.
  const why = signal === 'SIGKILL' ? `; ${outOfMemory}` : words === '' ? ' and said nothing' : `: ${words}`;
  return failed(new FleetError('TRAINING_DIED', `the training process ended ${how}${why}`));
}

const failed = (error: FleetError): Attempt => ({ kind: 'failed', ...failureOf(error) });
