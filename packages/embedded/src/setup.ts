import { postgresBinaries } from './postgres/binaries.ts';
import { redisBinary } from './redis/binary.ts';

/** Fetches what the embedded servers need, so that no start has to; once done it only looks. */
export async function setupEmbedded(options: { log: (message: string) => void }): Promise<void> {
  await Promise.all([postgresBinaries(), redisBinary(options.log)]);
}
