import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * More than a process has after jobs of 1,000 bars, which so never pay for it: of 1.5 s of processor time of an
 * LSTM's job it would be 0.05.
 */
const muchBytes = 320 * 2 ** 20;

/**
 * After a large job, frees what nobody needs any more: it would count as the next job's memory, and for the
 * limit of the process.
 */
export function collectGarbage(): void {
  if (process.memoryUsage.rss() < muchBytes) return;
  // As with --expose-gc, for this moment: V8 takes no compiled code of a process with other flags.
  setFlagsFromString('--expose-gc');
  try {
    // A context made now has it.
    (runInNewContext('gc') as () => void)();
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
