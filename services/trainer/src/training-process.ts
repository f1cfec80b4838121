import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pause } from '@ml-training/core';
import { keepTail } from './last-words.ts';
import type { ChildMessage, Observer, ParentMessage, TrainOrder } from './messages.ts';
import { nodeArguments } from './threads.ts';

/** How a process ended; with `error` where it could not be started or told. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: unknown;
}

/** On a job. */
export type LastWord = Extract<ChildMessage, { readonly kind: 'done' | 'failed' | 'stopped' }>;

/** What became of a job in it. */
type Heard =
  | LastWord
  /** The process ended without a last word; `begun`: whether anything of the job was done. */
  | { readonly kind: 'ended'; readonly exit: Exit; readonly begun: boolean };

/** A process that trains jobs, one after the other. */
export interface TrainingProcess {
  readonly pid: number | undefined;
  /** performance.now() when it was started. */
  readonly startedAt: number;
  /** Jobs that it was given. */
  readonly jobs: number;
  /** Whether it can still be given one. */
  readonly alive: boolean;
  /** Settles, and never rejects, when it has ended and all that it said was heard. */
  readonly ended: Promise<Exit>;
  /** Has it train a job; it must have none. */
  train(order: TrainOrder, observer: Observer): Promise<Heard>;
  /** Asks it to end the job at its next safe point. */
  stop(): void;
  /** Bytes resident after its job, once nothing of that is under way any more; null when it ended instead. */
  rest(): Promise<number | null>;
  /** What it wrote to its standard error since its job began. */
  lastWords(): string;
  kill(): void;
  /** Ends it when it has no job, by force where it doesn't within a second. */
  end(): Promise<void>;
}

const endMs = 1000;
const childMain = path.join(import.meta.dirname, 'training', 'main.ts');

/**
 * Starts one, in a process group of its own, which Ctrl-C does not reach: the supervisor decides what becomes of
 * its child. The child handles no signal either: on processors with AVX-512, a handler that interrupts
 * TensorFlow 2.15's LSTM gradient corrupts the heap ("corrupted size vs. prev_size" in 3 of 3 trainings with a
 * signal every 2 ms, layers of 50 units, batches of 32).
 * @param threads that its trainings may use
 * @throws some of the reasons for a process not to start, such as no memory; others end it with an `error`
 */
export function startTrainingProcess(threads: number): TrainingProcess {
  const child = fork(childMain, {
    execArgv: nodeArguments(threads),
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    detached: true,
  });
  const startedAt = performance.now();
  const ended = endOf(child);
  let said = keepTail();
  let jobs = 0;
  let over = false;
  void ended.then(() => (over = true));
  // Its output stays in the trainer's; the end of it says why it died, if it does.
  child.stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    said.add(chunk);
  });
  const send = (message: ParentMessage, onFailure: () => void = () => undefined): void =>
    void child.send(message, (error) => {
      if (error !== null) onFailure();
    });
  const kill = (): void => void child.kill('SIGKILL');
  let rested: Promise<number | null> = Promise.resolve(null);

  return {
    pid: child.pid,
    startedAt,
    get jobs() {
      return jobs;
    },
    get alive() {
      return child.connected && !over;
    },
    ended,
    train: (order, observer) => {
      const word = Promise.withResolvers<Heard>();
      const rest = Promise.withResolvers<number | null>();
      let begun = false;
      // The channel carries our own child's messages only.
      const onMessage = (raw: unknown): void => {
        const message = raw as ChildMessage;
        if (message.kind === 'begun') begun = true;
        // Of an error that came between two jobs; it ends now.
        if (!begun) return;
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
          case 'done':
          case 'failed':
          case 'stopped':
            word.resolve(message);
            break;
          case 'rested':
            rest.resolve(message.residentBytes);
            break;
          case 'begun':
        }
      };
      child.on('message', onMessage);
      void ended.then((exit) => {
        word.resolve({ kind: 'ended', exit, begun });
        rest.resolve(null);
      });
      rested = rest.promise.finally(() => child.off('message', onMessage));
      // What it wrote of the job before was read by now: it was written before that job's last word, which is
      // some answers of the database ago.
      said = keepTail();
      jobs++;
      // A child that is gone before it hears is told by its exit.
      send({ kind: 'train', ...order }, kill);
      return word.promise;
    },
    // A child that can't be told is about to end by itself.
    stop: () => send({ kind: 'stop' }),
    rest: () => rested,
    lastWords: () => said.text(),
    kill,
    end: async () => {
      send({ kind: 'end' });
      const patience = new AbortController();
      void ended.then(() => patience.abort());
      await pause(endMs, patience.signal);
      if (!patience.signal.aborted) kill();
      await ended;
    },
  };
}

/**
 * Closed, not merely exited: its error output is read by then. And its end can be known before its last message
 * is read; the channel closes after that.
 */
async function endOf(child: ChildProcess): Promise<Exit> {
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const heardAll = once(child, 'disconnect');
  try {
    const [[code, signal]] = await Promise.all([exited, heardAll]);
    return { code, signal };
  } catch (error) {
    return { code: null, signal: null, error };
  } finally {
    // One more has nobody to tell.
    child.on('error', () => undefined);
  }
}
