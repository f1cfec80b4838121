import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { FleetError, failureOf, redactText, type Failure } from '@ml-training/core';
import { keepTail, lastWords } from './last-words.ts';
import type { ChildMessage, Observer, ParentMessage, TrainedModels, TrainOrder } from './messages.ts';

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

const childMain = path.join(import.meta.dirname, 'training', 'main.ts');

/**
 * Trains in a process of its own, so that whatever the training does, the supervisor's timers go on, and ends
 * it as `limits` say.
 */
export async function superviseAttempt(
  order: TrainOrder,
  limits: Limits,
  observer: Observer,
): Promise<Attempt> {
  if (limits.abandon.aborted || limits.stop.aborted) return { kind: 'abandoned' };
  const child = startChild();
  if (child instanceof Error) return notStarted(child);
  const heard: Attempt[] = [];
  const said = keepTail();
  // Its output stays in the trainer's; the end of it says why it died, if it does.
  child.stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    said.add(chunk);
  });
  let killedBy = null as 'timeout' | 'abandon' | null;
  const kill = (reason: 'timeout' | 'abandon') => {
    killedBy ??= reason;
    child.kill('SIGKILL');
  };
  const onAbandon = (): void => {
    kill('abandon');
  };
  // A child that can't be told is about to end by itself.
  const send = (message: ParentMessage, onFailure: () => void = () => undefined): void =>
    void child.send(message, (error) => {
      if (error !== null) onFailure();
    });
  let grace: NodeJS.Timeout | undefined;
  const onStop = (): void => {
    send({ kind: 'stop' });
    grace = setTimeout(onAbandon, graceMs);
  };
  limits.abandon.addEventListener('abort', onAbandon);
  limits.stop.addEventListener('abort', onStop);
  const timer = setTimeout(() => {
    kill('timeout');
  }, limits.timeoutSeconds * 1000);
  // The channel carries our own child's messages only.
  child.on('message', (raw) => {
    const message = raw as ChildMessage;
    switch (message.kind) {
      case 'progress':
        observer.progress(message.fraction, message.stage);
        break;
      case 'epoch':
        observer.epoch(message.step, message.values);
        break;
      case 'note':
        observer.note(message);
        break;
      case 'stopped':
        heard.push({ kind: 'abandoned' });
        break;
      case 'done':
        heard.push(message);
        break;
      case 'failed':
        heard.push({ ...message, message: redactText(message.message, limits.secrets) });
        break;
    }
  });
  try {
    // Closed, not merely exited: its error output is read by then.
    const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    // The end of a process can be known before its last message is read; the channel closes after that.
    const heardAll = once(child, 'disconnect');
    // A child that is gone before it hears is told by its exit below.
    send({ kind: 'train', ...order }, () => child.kill('SIGKILL'));
    const [[code, signal]] = await Promise.all([exited, heardAll]);
    return (
      heard.at(-1) ??
      failureOfExit(killedBy, code, signal, limits.timeoutSeconds, lastWords(said.text(), limits.secrets))
    );
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
 * In a process group of its own, which Ctrl-C does not reach: the supervisor decides what becomes of its
 * child. The child handles no signal either: on processors with AVX-512, a handler that interrupts TensorFlow
 * 2.15's LSTM gradient corrupts the heap ("corrupted size vs. prev_size" in 3 of 3 trainings with a signal
 * every 2 ms, layers of 50 units, batches of 32). Some reasons for a process not to start are thrown, such as
 * no memory; others come as an event.
 */
function startChild(): ChildProcess | Error {
  try {
    return fork(childMain, {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      detached: true,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const notStarted = (cause: unknown): Attempt =>
  failed(new FleetError('TRAINING_FAILED', 'the training process could not be started', { cause }));

/** What it means that a child ended without a last word. */
function failureOfExit(
  killedBy: 'timeout' | 'abandon' | null,
  code: number | null,
  signal: NodeJS.Signals | null,
  timeoutSeconds: number,
  words: string,
): Attempt {
  if (killedBy === 'abandon') return { kind: 'abandoned' };
  if (killedBy === 'timeout') {
    const advice = 'raise it, or lower TRAINING_BATCH_SIZE';
    return failed(
      new FleetError('JOB_TIMEOUT', `not done after ${timeoutSeconds} s (TRAINING_JOB_TIMEOUT): ${advice}`),
    );
  }
  const how = signal === null ? `with exit code ${code ?? 'unknown'}` : `by ${signal}`;
  const outOfMemory =
    'most likely the machine or container ran out of memory: lower TRAINING_BATCH_SIZE or give it more';
  // The kernel kills without a word; what was said before is of no account then.
  const why = signal === 'SIGKILL' ? `; ${outOfMemory}` : words === '' ? ' and said nothing' : `: ${words}`;
  return failed(new FleetError('TRAINING_DIED', `the training process ended ${how}${why}`));
}

const failed = (error: FleetError): Attempt => ({ kind: 'failed', ...failureOf(error) });
