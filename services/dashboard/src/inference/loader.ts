import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Bars, ModelsPlace } from '@ml-training/core';
import type { Needs } from '@ml-training/sdk';
import { Problem } from '../api/problem.ts';
import type { Given, ModelRow, Question, Reply } from './messages.ts';

type Answer = Extract<Reply, { kind: 'answer' }> & { readonly horizon: number };

/** Models are loaded and asked in a process of its own, one question at a time. */
export interface Loader {
  /**
   * What keeps a model from being loaded; null when nothing does. @throws Problem 501, 503: it can't be found
   * out here and now
   */
  obstacle(model: ModelRow): Promise<string | null>;
  /**
   * What a model says of the newest bars.
   * @param readBars reads the newest bars that the model asks for
   * @throws Problem 501, 503, 422 for bars that the model can't use; ModelProblem; what `readBars` throws
   */
  predict(model: ModelRow, asked: Asked, readBars: ReadBars): Promise<Answer>;
  /** The process's id; null while there is none. */
  pid(): number | null;
  close(): void;
}

/** What is held, and whether the model is to say why. */
type Asked = Pick<Question, 'holding' | 'explain'>;

/** Reads the newest bars, and what the model looks at besides. */
type ReadBars = (symbol: string, window: number, needs: Needs | undefined) => Promise<Bars>;

/** What is wrong with one model, in words. */
export class ModelProblem extends Error {}

export interface LoaderOptions {
  /** Where model files are. */
  readonly modelDir: ModelsPlace;
  readonly strategiesDir?: string;
  /** How long a question may take once it is its turn, the start of the process included. */
  readonly deadlineMs?: number;
  /** After so long without a question the process ends. */
  readonly idleMs?: number;
  readonly main?: string;
}

/** Questions that wait at most; a process that answers ten a second is behind by some seconds then. */
const maxWaiting = 32;
/** Of a process that runs out of memory, the last of what it said. */
const wordsKept = 2000;

/**
 * Loading a model takes LightGBM or OpenBLAS: a process started by the first question, and
 * ended when nobody has asked for a minute, keeps them out of the dashboard's own memory, and its event loop
 * free whatever a model does.
 */
export function createLoader(options: LoaderOptions): Loader {
  const { modelDir, strategiesDir = 'strategies', deadlineMs = 60_000, idleMs = 60_000 } = options;
  const main = options.main ?? path.join(import.meta.dirname, 'child.ts');
  let running: Running | null = null;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let closed = false;

  const end = (): void => {
    running?.child.kill('SIGKILL');
    running = null;
  };

  const ask = async (question: Question, readBars: ReadBars): Promise<Reply & { horizon?: number }> => {
    clearTimeout(idle);
    if (closed) throw stopped();
    running ??= startProcess(main);
    const { child, died } = running;
    // Nothing of this question is left in the process.
    let done = false;
    const timeUp = Promise.withResolvers<never>();
    const timer = setTimeout(() => timeUp.reject(tooLong(deadlineMs)), deadlineMs);
    try {
      const next = async (message: { ask: Question } | { given: Given }): Promise<Reply> => {
        const heard = Promise.withResolvers<Reply>();
        child.once('message', heard.resolve);
        try {
          child.send(message, () => undefined);
          return await Promise.race([heard.promise, died, timeUp.promise]);
        } finally {
          child.off('message', heard.resolve);
        }
      };
      const first = await next({ ask: question });
      if (first.kind !== 'bars') return first;
      const read = readBars(first.symbol, first.window, first.needs);
      const unread = await Promise.race([read.then(() => null, toError), timeUp.promise]);
      const answer = await next({ given: { bars: unread === null ? await read : null } });
      done = true;
      if (unread !== null) throw unread;
      return { ...answer, horizon: first.horizon };
    } catch (error) {
      // It may be anywhere in its work: the next question is not to hear the answer to this one.
      if (!done) end();
      throw error;
    } finally {
      clearTimeout(timer);
      idle = setTimeout(end, idleMs);
      idle.unref();
    }
  };

  /** After the questions before it. */
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw stopped();
    if (waiting >= maxWaiting)
      throw new Problem(
        503,
        'TOO_MANY_PREDICTIONS',
        `${waiting} questions to models wait already: ask again in some seconds, or open the model ` +
          'in the bot itself',
      );
    waiting += 1;
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine.finally(() => {
      waiting -= 1;
    });
  };

  const noBars = (): Promise<Bars> => Promise.reject(new Error('it is only to be loaded'));
  return {
    obstacle: (model) =>
      inTurn(async () => {
        const answer = await ask(
          {
            models: modelDir,
            strategiesDir,
            model: rowOf(model),
            holding: 0,
            explain: false,
            predict: false,
          },
          noBars,
        );
        if (answer.kind !== 'failed') return null;
        const problem = problemOfReply(answer);
        if (problem instanceof ModelProblem) return problem.message;
        throw problem;
      }),
    predict: (model, asked, readBars) =>
      inTurn(async () => {
        const { horizon = 1, ...answer } = await ask(
          { models: modelDir, strategiesDir, model: rowOf(model), ...asked, predict: true },
          readBars,
        );
        if (answer.kind === 'failed') throw problemOfReply(answer);
        if (answer.kind !== 'answer') throw new Error(`the model process answers ${answer.kind}`);
        return { ...answer, horizon };
      }),
    pid: () => running?.child.pid ?? null,
    close: () => {
      closed = true;
      clearTimeout(idle);
      end();
    },
  };
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const rowOf = ({ model_id, file_path, sha256, size_bytes }: ModelRow): ModelRow => ({
  model_id,
  file_path,
  sha256,
  size_bytes,
});

interface Running {
  readonly child: ChildProcess;
  /** Rejects when the process ends. */
  readonly died: Promise<never>;
}

function startProcess(main: string): Running {
  const child = fork(main, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-wordsKept);
  });
  const died = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new Problem(503, 'MODEL_PROCESS_FAILED', String(error))));
    child.once('exit', (code, signal) => {
      const how = signal === null ? `with exit code ${code ?? 'unknown'}` : `by ${signal}`;
      const line = words.trim().split('\n').at(-1) ?? '';
      reject(
        new Problem(
          503,
          'MODEL_PROCESS_FAILED',
          `the process that loads models ended ${how}${line === '' ? '' : `: ${line}`}; it takes ` +
            'some 400 MB of memory',
        ),
      );
    });
  });
  // Whoever asks hears of it; without a question nobody needs to.
  died.catch(() => undefined);
  return { child, died };
}

function problemOfReply({ about, code, message }: Extract<Reply, { kind: 'failed' }>): Error {
  if (about === 'native')
    return new Problem(
      501,
      'NO_NATIVE_RUNTIME',
      `models can't be loaded where the dashboard runs: ${message}; ask in a trainer's container instead ` +
        '("docker compose exec trainer ml predict", "ml promote"), or from the bot itself',
    );
  if (about === 'strategy')
    return new Problem(409, 'STRATEGY_FAILED', `the strategy of the model in use fails: ${message}`);
  if (about === 'bars')
    return new Problem(422, ownCodes.find((own) => own === code) ?? 'BARS_UNUSABLE', message);
  return new ModelProblem(message);
}

/** What a bot does something about: it waits for the close, or asks another model. */
const ownCodes = ['BARS_UNCLOSED', 'BARS_OTHER_INTERVAL'];

const tooLong = (ms: number): Problem =>
  new Problem(
    503,
    'PREDICTION_TIMEOUT',
    `the model has not answered within ${Math.round(ms / 1000)} s and was given up: ask again`,
  );
const stopped = (): Problem => new Problem(503, 'STOPPING', 'the dashboard is about to stop');
