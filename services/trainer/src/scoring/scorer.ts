import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { environmentOf, type Config } from '@ml-training/core';
import type { Scored, ScoreOrder } from './messages.ts';

const main = path.join(import.meta.dirname, 'main.ts');

/** A process that scores models, one question at a time. */
export interface Scorer {
  /** @returns null when a stop came first */
  ask(order: ScoreOrder): Promise<Scored | null>;
  end(): void;
}

/**
 * Started by the first question: models and the code of the user's own strategies are run in no service.
 * @param options.deadlineMs of one model, the start of the process included; then the process is killed, and
 *   that is the model's problem
 * @param options.stopping ends it at once, and the question under way with it
 */
export function createScorer(options: {
  readonly config: Config;
  readonly deadlineMs: number;
  readonly stopping: AbortSignal;
}): Scorer {
  const { config, deadlineMs, stopping } = options;
  let child: ChildProcess | null = null;
  const end = (): void => {
    child?.kill('SIGKILL');
    child = null;
  };
  stopping.addEventListener('abort', end);
  const stopped = (): boolean => stopping.aborted;
  return {
    ask: async (order) => {
      if (stopped()) return null;
      // As a training's: a Ctrl-C reaches the service alone.
      child ??= fork(main, {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        detached: true,
        env: { ...process.env, ...environmentOf(config) },
        // What it complains of between two questions is nobody's.
      }).on('error', () => undefined);
      const answer = await answerOf(child, order, deadlineMs);
      if (stopped()) return null;
      if (typeof answer !== 'string') return answer;
      // It may be anywhere in its work: the next question gets a process of its own.
      end();
      return { score: null, problem: answer };
    },
    end: () => {
      stopping.removeEventListener('abort', end);
      end();
    },
  };
}

/** @returns in words why there is no answer */
async function answerOf(
  child: ChildProcess,
  order: ScoreOrder,
  deadlineMs: number,
): Promise<Scored | string> {
  const { promise, resolve } = Promise.withResolvers<Scored | string>();
  // The channel carries our own child's messages only.
  const onMessage = (message: unknown): void => resolve(message as Scored);
  const onExit = (code: number | null, signal: string | null): void =>
    resolve(`scoring it ended the process (${signal ?? `exit code ${code ?? 'unknown'}`})`);
  const onError = (error: Error): void => resolve(`the scoring process failed: ${error.message}`);
  const timer = setTimeout(
    () => resolve(`it was not scored within ${Math.round(deadlineMs / 1000)} s`),
    deadlineMs,
  );
  child.once('message', onMessage).once('exit', onExit).once('error', onError);
  child.send(order, (error) => {
    if (error !== null) resolve(`the scoring process could not be asked: ${error.message}`);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    child.off('message', onMessage).off('exit', onExit).off('error', onError);
  }
}
