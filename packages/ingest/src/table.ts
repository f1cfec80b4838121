import type { Row } from './rows.ts';

/** A file as rows of cells, whatever it is written in. */
export interface Table {
  /** Names of its columns; null where it has none. */
  readonly header: readonly string[] | null;
  /** Its first rows. */
  readonly sample: readonly Row[];
  /** All of its rows, from the first on. Can be read once. */
  readonly rows: () => AsyncGenerator<readonly Row[], void, void>;
  /** Opens it once more, for a look at what follows the sample; null where that can't be, as of a pipe. */
  readonly again: (() => Promise<Table>) | null;
  readonly word: 'line' | 'row';
  /** Bytes of the file read so far. */
  readonly bytesRead: () => number;
}
