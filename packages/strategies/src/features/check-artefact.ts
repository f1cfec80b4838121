import { StrategyError } from '../errors.ts';
import type { Artefact } from '../strategy.ts';
import { featureNames, featuresHash } from './names.ts';

/**
 * Makes sure that a stored model takes what this version gives it: the same features, computed the same way.
 * @param window bars one of its predictions looks at in this version.
 * @throws StrategyError INVALID_MODEL when features, their order, their definitions or the window are others.
 */
export function checkArtefact(
  { featureNames: names, featuresHash: hash, window: stored }: Artefact,
  window: number,
): void {
  const length = Math.max(names.length, featureNames.length);
  const differs = Array.from({ length }, (_, i) => names[i] !== featureNames[i]).indexOf(true);
  const same = differs === -1 && stored === window;
  if (same && hash === featuresHash) return;
  if (same)
    throw new StrategyError(
      'INVALID_MODEL',
      `the model was trained on features of the same names that were computed otherwise (their sum is ${hash}, that of this ` +
        `version's is ${featuresHash}); retrain it`,
    );
  const first =
    differs === -1
      ? ''
      : ` (feature ${differs + 1} was ${names[differs] ?? 'none'}, and is ${featureNames[differs] ?? 'none'})`;
  throw new StrategyError(
    'INVALID_MODEL',
    `the model was trained on ${names.length} features over ${stored} bars that are not the ` +
      `${featureNames.length} over ${window} of this version${first}; retrain it`,
  );
}
