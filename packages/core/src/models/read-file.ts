import { constants, type Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
import { refuseEscape } from './files.ts';

/**
 * Of a model file: the guide says 10 to 50 MB, ours have 0.2. Reading takes twice as much, in a scheduler or
 * a bot too.
 */
export const maxModelBytes = 128 * 2 ** 20;

export interface Expected {
  /** The folder that no symbolic link may lead out of; null for a file that may lie anywhere. */
  readonly within: string | null;
  readonly maxBytes: number;
  /** Its size, where that is known. */
  readonly bytes?: number | undefined;
}

/**
 * Of these errors another try may be spared: too many open files, no memory, a network file system that was
 * away.
 */
const passing = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR', 'EBUSY', 'ETIMEDOUT', 'ESTALE'];

/**
 * Reads a file that anybody may have put there, whatever it is: a pipe would never end, opening a device may
 * do something, and a file without end would take all memory.
 * @param invalid makes the FleetError MODEL_FILE_INVALID that is thrown, of what is wrong with the file
 * @returns null when there is no such file
 * @throws of the operating system what may pass
 */
export async function readRegularFile(
  file: string,
  expected: Expected,
  invalid: (problem: string, cause?: Error) => FleetError,
): Promise<Buffer | null> {
  const check = (facts: Stats): void => {
    const problem = problemOf(facts, expected);
    if (problem !== null) throw invalid(problem);
  };
  try {
    if (expected.within !== null) await refuseEscape(expected.within, file);
    // Before it is opened, as that alone may wait for ever; and after, as it may be another one by then.
    check(await stat(file));
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = await handle.stat();
      check(facts);
      const bytes = await readUpTo(handle, facts.size + 1);
      if (bytes.length !== facts.size) throw invalid('was changed while it was read');
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    if (error instanceof FleetError || isErrno(error, ...passing)) throw error;
    const cause = error as Error; // The operating system's. (In jest an Error of another realm.)
    throw invalid(`can't be read: ${cause.message}`, cause);
  }
}

function problemOf(facts: Stats, { maxBytes, bytes }: Expected): string | null {
  if (!facts.isFile()) return `can't be read: it is ${kindOf(facts)}, not a file`;
  if (facts.size > maxBytes) return `has ${facts.size} bytes; it may have ${maxBytes} at most`;
  if (bytes !== undefined && facts.size !== bytes)
    return `has ${facts.size} bytes, but ${bytes} were registered: it was changed or damaged since`;
  return null;
}

function kindOf(facts: Stats): string {
  if (facts.isDirectory()) return 'a folder';
  if (facts.isFIFO()) return 'a named pipe';
  return facts.isSocket() ? 'a socket' : 'a device';
}

/** The file's bytes from its beginning, `maxBytes` of them at most. */
async function readUpTo(handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(maxBytes);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, maxBytes - length, null);
    length += bytesRead;
    if (bytesRead === 0 || length === maxBytes) return buffer.subarray(0, length);
  }
}
