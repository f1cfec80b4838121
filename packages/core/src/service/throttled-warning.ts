import { errorFacts, type Log } from '../log.ts';

/** Logs the first of many like failures, and then one a minute. */
export function throttledWarning(log: Log, message: string): (error: unknown) => void {
  let last = -Infinity;
  return (error) => {
    if (performance.now() - last < 60_000) return;
    last = performance.now();
    log.warn(message, { error: errorFacts(error).error });
  };
}
