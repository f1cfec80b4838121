import { backOff } from '@ml-training/core';

const wait = { first: 1000, max: 60_000 };

/**
 * Milliseconds before the next try, after so many in a row came to nothing: all bots of a fleet are refused
 * at the same moment.
 * @param random 0 to 1
 */
export const backOffMs = (failedTries: number, random: number): number => backOff(failedTries, wait, random);
