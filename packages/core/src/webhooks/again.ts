/**
 * Seconds from one failed try to the next, as the Standard Webhooks specification proposes, with one more
 * early on.
 */
const delays = [5, 30, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
/** A receiver that asks for more patience than that is asked again all the same. */
const maxAskedSeconds = 86_400;
/** An event that is older is of no use any more, however often it was tried. */
export const lastDays = 7;

/**
 * Seconds until an event is tried again, after a try that failed; null: given up, after 11 tries in some
 * three days.
 * @param tries that have failed, from 1
 * @param retryAfter seconds that the receiver asked for
 * @param random in [0, 1): up to a fifth more, so that what failed together doesn't come back together
 */
export function tryAgainIn(tries: number, retryAfter: number | null, random: number): number | null {
  const delay = delays[tries - 1];
  if (delay === undefined) return null;
  return Math.max(delay * (1 + random / 5), Math.min(retryAfter ?? 0, maxAskedSeconds));
}

/** Seconds that a Retry-After header asks for, in either of its forms; null for none, or what is neither. */
export function retryAfterSeconds(header: string | null, now: Date): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  // The form of RFC 9110; Date.parse makes a date of nearly anything.
  if (!/^\w{3,9}, .+ GMT$/.test(text)) return null;
  const seconds = (Date.parse(text) - now.getTime()) / 1000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}
