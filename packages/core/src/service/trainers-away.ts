import type { Config } from '../config/index.ts';

/** How long a job waits for trainers that are started because it waits, until they count as missing. */
const startWithinMs = 120_000;

/**
 * Whether it is all right that no trainer runs: with TRAINER_IDLE_SECONDS they end when no job waits, and are
 * started with the next.
 * @param waitingSince since when the oldest job that could be trained has waited; null when none does
 */
export function trainersMayBeAway(
  { TRAINER_IDLE_SECONDS: seconds }: Pick<Config, 'TRAINER_IDLE_SECONDS'>,
  waitingSince: Date | null,
  now: Date,
): boolean {
  if (seconds === 0) return false;
  return waitingSince === null || now.getTime() - waitingSince.getTime() < startWithinMs;
}
