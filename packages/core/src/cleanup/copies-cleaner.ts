import { errorFacts } from '../log.ts';
import { disusedCopies, removeCopy } from '../models/index.ts';
import type { CleanupContext } from './clean-up.ts';

/**
 * Deletes what a MODEL_STORE left in MODEL_DIR, where the fleet has none any more or keeps no copies: nothing else
 * ever would.
 */
export async function removeDisusedCopies({ config, log, dryRun }: CleanupContext, now: Date): Promise<void> {
  const { MODEL_DIR, MODEL_STORE, MODEL_CACHE_MB } = config;
  if (MODEL_STORE !== '' && MODEL_CACHE_MB > 0) return;
  const why = MODEL_STORE === '' ? 'MODEL_STORE is not set' : 'MODEL_CACHE_MB is 0';
  let removed = 0;
  for (const file of await disusedCopies(MODEL_DIR, now)) {
    if (dryRun !== undefined) {
      dryRun({ what: 'copy of a model', name: file, why, file });
      continue;
    }
    try {
      if (await removeCopy(MODEL_DIR, file)) removed += 1;
    } catch (error) {
      log.warn('a copy of a model could not be deleted', { file, ...errorFacts(error) });
    }
  }
  if (removed > 0) log.info(`copies of models removed, ${why}`, { removed });
}
