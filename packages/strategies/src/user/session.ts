// A worker thread with a strategy's code, and calls to it that the caller waits for without its event loop:
// what computes features is synchronous for all strategies alike.
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { StrategyCode } from './folder.ts';
import { invalidStrategy } from './folder.ts';
import type {
  CallName,
  Calls,
  Failure,
  FromWorker,
  SupervisorSetup,
  ToWorker,
  WorkerSetup,
} from './messages.ts';
import type { StrategyError } from '../errors.ts';
import type { TrainContext } from '../strategy.ts';

/** How long the user's functions may take, and how much memory. */
export interface Limits {
  /** For starting the thread, loading the file and looking at it. */
  readonly loadMs: number;
  /** For a call of features or predict, and more by `rowMs` for each bar or row. */
  readonly callMs: number;
  readonly rowMs: number;
  readonly maxMemoryMb: number;
}
export const defaultLimits: Limits = { loadMs: 30_000, callMs: 5_000, rowMs: 10, maxMemoryMb: 1024 };

export interface Session {
  /**
   * Waits for the answer. `what` names the user's function in messages.
   * @throws StrategyError INVALID_STRATEGY with the user's file and line; past the limit, and the thread is
   * ended.
   */
  call<Name extends CallName>(
    name: Name,
    args: Calls[Name]['args'],
    limitMs: number,
    what: string,
  ): Calls[Name]['answer'];
  /**
   * `fit`, with what it says along the way. Rejects as `call` throws, or with the reason of the context's
   * stop.
   */
  fit(
    args: Calls['fit']['args'],
    context: Pick<TrainContext, 'progress' | 'epoch' | 'checkpoint' | 'signal'>,
  ): Promise<Calls['fit']['answer']>;
  /** Whether calls can still be answered. */
  readonly alive: () => boolean;
  end(): void;
}

export function openSession(code: StrategyCode, limits: Limits, log: (line: string) => void): Session {
  const calls = new MessageChannel();
  const supervision = new MessageChannel();
  const sent = new Int32Array(new SharedArrayBuffer(8));
  const { base, shown, files } = code;
  const worker: WorkerSetup = { port: calls.port2, sent, code: { base, shown, files } };
  const setup: SupervisorSetup = { worker, port: supervision.port2, maxMemoryMb: limits.maxMemoryMb };
  const supervisor = new Worker(new URL('./supervisor.ts', import.meta.url), {
    workerData: setup,
    transferList: [calls.port2, supervision.port2],
    env: {},
    argv: [],
    execArgv: [],
  });
  // A model that somebody forgot to dispose of keeps no process from ending.
  supervisor.unref();

  let ended: StrategyError | null = null;
  let lastId = 0;
  const answers = new Map<number, FromWorker & { kind: 'answer' | 'failure' }>();
  let fitting: { readonly id: number; readonly hear: (message: FromWorker) => void } | null = null;

  const failed = ({ message, at }: Failure): StrategyError => invalidStrategy(`${at}: ${message}`);
  function end(reason: StrategyError): void {
    if (ended !== null) return;
    ended = reason;
    void supervisor.terminate();
    calls.port1.close();
    supervision.port1.close();
    fitting?.hear({ kind: 'ended', failure: { message: reason.message, at: '' } });
  }

  function hear(message: FromWorker): void {
    if (message.kind === 'log') log(message.line);
    else if (message.kind === 'ended') end(failed(message.failure));
    else if ((message.kind === 'answer' || message.kind === 'failure') && message.id !== fitting?.id)
      answers.set(message.id, message);
    else fitting?.hear(message);
  }
  for (const { port1 } of [calls, supervision]) {
    port1.on('message', hear);
    port1.unref();
  }

  const post = (message: ToWorker): void => calls.port1.postMessage(message);
  function ask(name: CallName, args: readonly unknown[]): number {
    if (ended !== null) throw ended;
    post({ kind: 'call', id: ++lastId, name, args });
    return lastId;
  }

  function waitFor(id: number, limitMs: number, what: string): unknown {
    const until = performance.now() + limitMs;
    for (;;) {
      const seen = Atomics.load(sent, 0);
      for (let got = next(); got !== undefined; got = next()) hear(got);
      const answer = answers.get(id);
      answers.delete(id);
      if (answer?.kind === 'answer') return answer.value;
      if (answer?.kind === 'failure') throw failed(answer.failure);
      if (ended !== null) throw ended;
      const left = until - performance.now();
      if (left <= 0) {
        end(
          invalidStrategy(
            `${shown}strategy.ts: ${what} didn't come to an end within ${limitMs / 1000} s and was ` +
              `stopped: look for an ` +
              'endless loop, or for work that grows faster than the bars',
          ),
        );
        continue;
      }
      Atomics.wait(sent, 0, seen, left);
    }
  }
  const next = (): FromWorker | undefined =>
    (receiveMessageOnPort(calls.port1) ?? receiveMessageOnPort(supervision.port1))?.message as
      FromWorker | undefined;

  const call: Session['call'] = (name, args, limitMs, what) => {
    Atomics.add(sent, 1, 1);
    try {
      return waitFor(ask(name, args), limitMs, what) as Calls[typeof name]['answer'];
    } finally {
      Atomics.sub(sent, 1, 1);
    }
  };

  return {
    call,

    fit: async (args, context) => {
      const { promise, resolve, reject } = Promise.withResolvers<Calls['fit']['answer']>();
      const stop = (): void => {
        reject(context.signal.reason as Error);
        end(invalidStrategy('its training was stopped'));
      };
      context.signal.throwIfAborted();
      const id = ask('fit', args);
      const waitAtCheckpoint = async (): Promise<void> => {
        try {
          await context.checkpoint(() => call('state', [], limits.loadMs, 'the checkpoint’s state'));
          post({ kind: 'proceed' });
        } catch (error) {
          reject(error);
          end(invalidStrategy('its training was stopped at a checkpoint'));
        }
      };
      fitting = {
        id,
        hear: (message) => {
          if (message.kind === 'progress') context.progress(message.fraction, message.stage);
          else if (message.kind === 'epoch') context.epoch(message.step, message.values);
          else if (message.kind === 'checkpoint') void waitAtCheckpoint();
          else if (message.kind === 'answer') resolve(message.value as Calls['fit']['answer']);
          else if (message.kind === 'failure') reject(failed(message.failure));
          else if (message.kind === 'ended') reject(ended!);
        },
      };
      Atomics.add(sent, 1, 1);
      for (const { port1 } of [calls, supervision]) port1.ref();
      context.signal.addEventListener('abort', stop);
      try {
        return await promise;
      } finally {
        context.signal.removeEventListener('abort', stop);
        fitting = null;
        Atomics.sub(sent, 1, 1);
        if (ended === null) for (const { port1 } of [calls, supervision]) port1.unref();
      }
    },

    alive: () => ended === null,
    end: () => end(invalidStrategy(`${shown}strategy.ts was asked after its thread had ended`)),
  };
}
