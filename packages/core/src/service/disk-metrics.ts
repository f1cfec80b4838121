import { spaceAt } from '../models/room.ts';
import type { OwnMetrics } from './own-metrics.ts';

/**
 * The disk of MODEL_DIR as this process sees it. All that mount the same folder say the same: the least of
 * them counts, never their sum. A file system that counts nothing says nothing.
 */
export function diskMetrics(metrics: OwnMetrics, modelDir: string): void {
  const read = (value: (space: NonNullable<Awaited<ReturnType<typeof spaceAt>>>) => number) => async () => {
    const space = await spaceAt(modelDir);
    return space === null || space.blocks === 0 ? null : value(space);
  };
  metrics.gauge(
    'model_dir_free_bytes',
    'Room for files of the fleet on the disk of MODEL_DIR',
    read(({ bavail, bsize }) => bavail * bsize),
  );
  metrics.gauge(
    'model_dir_size_bytes',
    'Size of the disk of MODEL_DIR',
    read(({ blocks, bsize }) => blocks * bsize),
  );
  metrics.gauge(
    'model_dir_free_inodes',
    'Files that can still be made on the disk of MODEL_DIR',
    async () => {
      const space = await spaceAt(modelDir);
      return space === null || space.files === 0 ? null : space.ffree;
    },
  );
}
