import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
import type { Bar } from './bar.ts';
import type { BarRules, Place } from './check-bar.ts';
import { createRowCheck, readHeader } from './check-row.ts';

/** Problems that are named; the others are counted. */
const maxNamed = 20;

/** Bars handed on at once: about 300 kB of rows. */
const batchRows = 4096;

/** A row has about 100 bytes; a quote that is never closed must not collect the rest of the file. */
const maxRowBytes = 16_384;

/** A file's text, where it is not read from the file itself: what was unpacked, or looked at before. */
export interface Content {
  readonly stream: Readable;
  /** Bytes of the file read so far. */
  readonly bytesRead: () => number;
}

/** Bars of a file in its order, checked, with how far it is read. */
export interface Batch {
  readonly bars: readonly Bar[];
  /** Names of the file's further columns. */
  readonly further: readonly string[];
  /** Bytes of the file read so far. */
  readonly bytes: number;
}

/**
 * Reads bars from a CSV file in UTF-8 (or UTF-16LE with a byte order mark): a header with time, symbol, open,
 * high, low, close and volume in any order, and further columns of numbers that may be empty; then a row a
 * bar, ascending in time for each symbol; fields may be quoted, lines end in LF or CRLF, empty lines and a
 * byte order mark don't matter. Times as `parseBarTime` says; prices above 0, but for symbols of `rules`; volume 0 or above, or empty.
 * Good rows are handed on while the file is read, until the first bad one; only the end says that all were
 * good.
 * @throws FleetError BARS_INVALID that names up to 20 bad rows by line (the header is line 1) and says how
 *   many more there are
 */
export async function* readBarsCsv(
  file: string,
  { content, rules = {} }: { readonly content?: Content; readonly rules?: BarRules } = {},
): AsyncGenerator<Batch, void, void> {
  // Opened when it is read: an error before that would be nobody's.
  const { stream: source, bytesRead } = content ?? contentOf(file);
  // pipeline() passes an error of the file on to the parser, and closes the file when the parser is left
  // early.
  const rows: AsyncIterable<Row> = pipeline(source, parse(options), () => undefined);
  const problems = collectProblems(file, 'line');
  let check: ReturnType<typeof createRowCheck> | undefined;
  let further: readonly string[] = [];
  let bars: Bar[] = [];
  let total = 0;
  try {
    for await (const { record, info } of rows) {
      if (check === undefined) {
        const layout = readHeader(record, file);
        further = layout.further.map(({ name }) => name);
        check = createRowCheck(layout, rules);
        continue;
      }
      total++;
      const bar = check(record, info.lines);
      if (typeof bar === 'string') problems.note(info.lines, bar);
      else if (problems.none()) bars.push(bar);
      if (bars.length < batchRows) continue;
      yield { bars, further, bytes: bytesRead() };
      bars = [];
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw unreadableFile(file, error);
    problems.note(Number(error.lines), csvProblem(error));
  }
  problems.throwIfAny();
  if (check === undefined) throw new FleetError('BARS_INVALID', `${file} is empty`);
  if (total === 0) throw new FleetError('BARS_INVALID', `${file} has a header, but no bars`);
  yield { bars, further, bytes: bytesRead() };
}

function contentOf(file: string): Content {
  const stream = createReadStream(file);
  return { stream, bytesRead: () => stream.bytesRead };
}

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

const options = {
  bom: true,
  info: true,
  // Said here, since the parser would go by the first line alone.
  record_delimiter: ['\r\n', '\n'],
  // Rows of another length are for the check to name.
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: maxRowBytes,
};

const quoting: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote was opened before and is never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a closing quote is followed by more text',
  INVALID_OPENING_QUOTE: 'a quote stands in the middle of a field',
  CSV_MAX_RECORD_SIZE: `a row of more than ${maxRowBytes} bytes: is a quote never closed?`,
};

/** What is wrong with the text of a CSV file, in words. */
export const csvProblem = (error: CsvError): string =>
  `${quoting[error.code] ?? error.message}; nothing after it was checked`;

/** Problems of a source's rows: the first twenty by their place, the others as a number. */
export function collectProblems(
  source: string,
  word: Place,
): {
  note: (place: number | string, problem: string) => void;
  none: () => boolean;
  /** @throws FleetError BARS_INVALID */
  throwIfAny: () => void;
} {
  const problems: string[] = [];
  let count = 0;
  return {
    note: (place, problem) => {
      if (count++ < maxNamed) problems.push(`${word} ${place}: ${problem}`);
    },
    none: () => count === 0,
    throwIfAny: () => {
      if (count === 0) return;
      const more = count > problems.length ? `\n  and ${count - problems.length} more` : '';
      const rows = count === 1 ? 'row' : 'rows';
      const message = `${source} has ${count} bad ${rows}:\n  ${problems.join('\n  ')}${more}`;
      throw new FleetError('BARS_INVALID', message);
    },
  };
}

/** A file that is not there or may not be read, in words; any other error as it is. */
export function unreadableFile(file: string, error: unknown): unknown {
  if (!isErrno(error, 'ENOENT', 'EISDIR', 'EACCES', 'ENOTDIR')) return error;
  return new FleetError('BARS_INVALID', `${file} can't be read: ${error.message}`, { cause: error });
}
