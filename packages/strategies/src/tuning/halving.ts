// Successive halving (Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter
// optimization", AISTATS 2016): all trials on a little, the better half on twice as much, and so on.

/** Of each round so many of its trials go on to the next, which has twice the folds. */
const eta = 2;
/** Fewest trials that are tried on all folds, where there are so many. */
const leastFinalists = 2;

export interface Rung {
  /** So many of the best trials, the settings in use not counted: those are on every rung. */
  readonly trials: number;
  /** Folds that each of them has seen after it, the newest ones. */
  readonly folds: number;
}

/**
 * Rounds of a search: 19 trials and 4 folds are 19 on 1 fold, 10 on 2 and 5 on 4, some half of the work of
 * all on all.
 * @param trials besides the settings in use
 */
export function rungsOf(trials: number, folds: number): Rung[] {
  const rungs: Rung[] = [];
  let left = trials;
  for (let seen = 1; ; seen = Math.min(folds, seen * eta)) {
    rungs.push({ trials: left, folds: seen });
    if (seen === folds) return rungs;
    left = Math.min(left, Math.max(leastFinalists, Math.ceil(left / eta)));
  }
}

/** Trainings of a whole search, those of the settings in use counted. */
export function trainingsOf(rungs: readonly Rung[]): number {
  let before = 0;
  return rungs.reduce((sum, { trials, folds }) => {
    const more = (trials + 1) * (folds - before);
    before = folds;
    return sum + more;
  }, 0);
}
