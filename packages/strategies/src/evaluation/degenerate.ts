import type { Prediction } from '../strategy.ts';

/** On a few rows a working model may well say the same each time. */
const minRows = 10;

/** Why a prediction can't come from a working model, in words, or null when nothing is wrong with it. */
export function degenerateReason(prediction: Prediction): string | null {
  const { score: probability, position } = prediction;
  if (probability.length === 0) return 'it predicted nothing';
  const unusable = probability.reduce((n, p) => n + (p >= 0 && p <= 1 ? 0 : 1), 0);
  if (unusable > 0)
    return `${unusable} of ${probability.length} probabilities are not numbers between 0 and 1`;
  if (position.some((p) => p < -1 || p > 1)) return 'it took positions other than short, flat and long';
  const low = probability.reduce((a, b) => Math.min(a, b));
  const high = probability.reduce((a, b) => Math.max(a, b));
  // An agent may rightly stay long throughout while its opinion varies; only both constant means nothing was
  // learned.
  if (probability.length >= minRows && high - low < 1e-9 && position.every((p) => p === position[0]))
    return `it gives the same answer (${low.toFixed(4)}) to each of ${probability.length} bars`;
  return null;
}
