import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { environmentOf, type Config } from '@ml-training/core';
import type { Scored, ScoreOrder } from './messages.ts';

const main = path.join(import.meta.dirname, 'main.ts');

/** A process that scores models, one question at a time. */
export interface Scorer {
  /** @returns failed: nothing is known of the model; a model that is not done in time has a problem */
  ask(order: ScoreOrder): Promise<Scored>;
  end(): void;
}

/**
 * Started by the first question: models and the code of the user's own strategies are run in no service.
 * @param options.deadlineMs of one model, the start of the process included; then the process is killed
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
      if (stopped()) return { kind: 'failed', error: 'stopping' };
      // As a training's: a Ctrl-C reaches the service alone.
      child ??= fork(main, {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        detached: true,
        env: { ...process.env, ...environmentOf(config) },
      });
      const answer = await answerOf(child, order, deadlineMs);
      if (answer.kind === 'ended') {
        end();
        return stopped()
          ? { kind: 'failed', error: 'stopping' }
          : { kind: 'scored', score: null, problem: answer.problem };
      }
      return answer;
    },
    end: () => {
      stopping.removeEventListener('abort', end);
      end();
    },
  };
}

type Ended = { readonly kind: 'ended'; readonly problem: string };

async function answerOf(child: ChildProcess, order: ScoreOrder, deadlineMs: number): Promise<Scored | Ended> {
  const { promise, resolve } = Promise.withResolvers<Scored | Ended>();
  const ended = (problem: string): void => resolve({ kind: 'ended', problem });
  // The channel carries our own child's messages only.
  const onMessage = (message: unknown): void => resolve(message as Scored);
  const onExit = (code: number | null, signal: string | null): void =>
    ended(`scoring it ended the process (${signal ?? `exit code ${code ?? 'unknown'}`})`);
  const onError = (error: Error): void => resolve({ kind: 'failed', error: error.message });
  const timer = setTimeout(
    () => ended(`it was not scored within ${Math.round(deadlineMs / 1000)} s`),
    deadlineMs,
  );
  child.once('message', onMessage).once('exit', onExit).once('error', onError);
  child.send(order, (error) => {
    if (error !== null) ended(`the scoring process could not be asked: ${error.message}`);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    child.off('message', onMessage).off('exit', onExit).off('error', onError);
  }
}
