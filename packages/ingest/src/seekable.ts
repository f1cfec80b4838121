// What Feather and Parquet have in common: a list at the end, and blocks of many rows.
import { FleetError } from '@ml-training/core';
import type { Source } from './source.ts';

/** Bytes of a block that is read at once: some ten million bars, packed. */
export const largestBlock = 256 * 2 ** 20;

export function tooLarge(file: string, block: string, bytes: number, how: string): FleetError {
  const mib = (size: number): string => `${Math.ceil(size / 2 ** 20)} MiB`;
  return new FleetError(
    'BARS_INVALID',
    `${file}: its ${block} has ${mib(bytes)}, more than the ${mib(largestBlock)} that are read at once: write the file ` +
      `with ${how}`,
  );
}

/** Anything but the start of a stream needs places that are read at any time. */
export function requireSeekable({ file, seekable, stream }: Source, what: string): void {
  stream.destroy();
  if (!seekable)
    throw new FleetError(
      'BARS_INVALID',
      `${file}: ${what} can't be read from something packed or a pipe, as its list is at its end: unpack it, ` +
        'and give the file',
    );
}
