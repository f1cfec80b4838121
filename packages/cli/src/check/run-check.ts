import { fork } from 'node:child_process';
import path from 'node:path';
import type { Bars, StrategyCheck } from '@ml-training/strategies';
import { bar, statusLine } from '../output.ts';
import type { CheckedFacts, CheckOrder, FromChild, ToChild } from './messages.ts';

export interface Checked {
  readonly facts: CheckedFacts;
  readonly check: StrategyCheck;
  /** What the strategy wrote to its console, a line each; the first ones. */
  readonly console: readonly string[];
}

/** Before that nobody wonders whether anything happens. */
const quietMs = 2000;
const lookEveryMs = 500;
const maxLines = 100;

/**
 * Looks at a strategy in a process of its own, and shows how far it is once that takes longer than two
 * seconds.
 * @param readBars is given the facts, and reads what it is to be looked at on.
 * @throws Error in the words of the strategy's; what `readBars` throws
 */
export async function runCheck(
  order: CheckOrder,
  readBars: (facts: CheckedFacts) => Promise<readonly Bars[]>,
): Promise<Checked> {
  const child = fork(path.join(import.meta.dirname, 'child.ts'), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const done = Promise.withResolvers<StrategyCheck>();
  const told = Promise.withResolvers<CheckedFacts>();
  const lines: string[] = [];
  let now: { readonly fraction: number | null; readonly stage: string } = {
    fraction: null,
    stage: `loading ${order.strategy}`,
  };
  const fail = (error: unknown): void => {
    told.reject(error);
    done.reject(error);
  };
  // What fails both is told by the first that is awaited.
  told.promise.catch(() => undefined);
  done.promise.catch(() => undefined);
  child.on('message', (message: FromChild) => {
    if (message.kind === 'facts') told.resolve(message.facts);
    else if (message.kind === 'stage') now = message;
    else if (message.kind === 'console' && lines.length < maxLines) lines.push(message.line);
    else if (message.kind === 'checked') done.resolve(message.check);
    else if (message.kind === 'failed') fail(new Error(message.message));
  });
  child.once('error', fail);
  child.once('exit', (code, signal) =>
    fail(
      new Error(`the process that looks at ${order.strategy} ended by ${signal ?? `exit code ${code ?? 0}`}`),
    ),
  );
  const send = (message: ToChild): void => void child.send(message, () => undefined);

  const line = statusLine();
  const begun = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - begun < quietMs) return;
    const seconds = Math.round((performance.now() - begun) / 1000);
    line.show(`${now.fraction === null ? '' : `${bar(now.fraction)}  `}${now.stage}, ${seconds} s`);
  }, lookEveryMs);
  try {
    send({ order });
    const facts = await told.promise;
    send({ bars: await readBars(facts) });
    return { facts, check: await done.promise, console: lines };
  } finally {
    clearInterval(timer);
    line.end();
    child.kill('SIGKILL');
  }
}
