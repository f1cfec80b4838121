import { storeAt, type ModelsPlace } from '../models/index.ts';
import type { Removal } from './clean-up.ts';

/** Bytes that the removal of files will free: what several share only with the last of them, and then once. */
export const freedBytes = async (place: ModelsPlace, removals: readonly Removal[]): Promise<number> =>
  (await storeAt(place)).freedBytes(removals.flatMap(({ file }) => file ?? []));
