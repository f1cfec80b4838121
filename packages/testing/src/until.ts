import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

type Falsy = false | 0 | '' | null | undefined;

/**
 * Asks `predicate` again and again until it answers something truthy, and gives that answer back. What it
 * throws counts as "not yet", so it may speak to a server that is still coming up.
 *
 * @throws Error after `timeoutMs` (default 4 minutes: it guards against a hang, on however slow a machine)
 *   naming `what` was awaited and what the last try answered.
 */
export async function until<T>(
  predicate: () => T | Promise<T>,
  options: { what: string; timeoutMs?: number; everyMs?: number },
): Promise<Exclude<T, Falsy>> {
  const { what, timeoutMs = 240_000, everyMs = 20 } = options;
  const end = performance.now() + timeoutMs;
  const late = expiry(timeoutMs);
  late.catch(() => undefined); // When the answer comes in time, nobody looks.
  let last = 'it was never answered';
  for (;;) {
    try {
      const answer = await Promise.race([predicate(), late]);
      if (answer) return answer as Exclude<T, Falsy>; // Narrowing by truthiness doesn't reach type parameters.
      last = `the last answer was ${inspect(answer, { depth: 2 })}`;
    } catch (error) {
      if (error !== expired)
        last = `the last try failed: ${error instanceof Error ? error.message : inspect(error)}`;
    }
    if (performance.now() >= end) throw new Error(`waited ${timeoutMs} ms for ${what}: ${last}`);
    await delay(everyMs);
  }
}

const expired = new Error('no answer in time');

async function expiry(ms: number): Promise<never> {
  await delay(ms, undefined, { ref: false });
  throw expired;
}
