import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream';
import { collectProblems, csvProblem, FleetError } from '@ml-training/core';
import { CsvError, parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import type { Row } from './rows.ts';
import { inWords, type Source } from './source.ts';

/** Rows handed on at once. */
const batchRows = 4096;

/** A quote that is never closed must not collect the rest of the file. A table may have a column a symbol. */
const maxRowBytes = 1024 * 1024;

/** The beginning of a file of text, in fields. */
export interface TextHead {
  readonly delimiter: string;
  readonly encoding: 'utf8' | 'utf16le' | 'latin1';
  readonly rows: readonly { readonly cells: readonly string[]; readonly at: number }[];
}

/** @throws FleetError BARS_INVALID for an empty file */
export function readHead({ file, head, whole }: Source): TextHead {
  const encoding = encodingOf(head);
  const text = new TextDecoder(
    encoding === 'utf16le' ? 'utf-16le' : encoding === 'utf8' ? 'utf-8' : 'windows-1252',
  ).decode(head);
  // The last line may be cut in two.
  const lines = whole ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  if (lines.trim() === '') throw new FleetError('BARS_INVALID', `${file} is empty`);
  const delimiter = delimiterOf(lines);
  let rows: readonly ParsedRow[] = [];
  try {
    rows = parseNow(lines, { ...options, delimiter }) as unknown as ParsedRow[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const problems = collectProblems(file, 'line');
    problems.note(Number(error.lines), csvProblem(error));
    problems.throwIfAny();
  }
  return { delimiter, encoding, rows: rows.map(({ record, info }) => ({ cells: record, at: info.lines })) };
}

/** UTF-16 by its mark, UTF-8 by its bytes; what is neither is of Windows in the West. */
function encodingOf(head: Buffer): TextHead['encoding'] {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf16le';
  // A character may be cut in two at the end.
  const end = head.lastIndexOf(0x0a);
  return isUtf8(end < 0 ? head : head.subarray(0, end)) ? 'utf8' : 'latin1';
}

/**
 * What stands between fields: that of which every line has as many. Commas last, as they may be in numbers.
 */
function delimiterOf(text: string): string {
  const lines = text.split(/\r?\n/, 40).filter((line) => line.trim() !== '');
  // The first ones may be a title or a header of another length.
  const some = lines.slice(lines.length > 6 ? 3 : lines.length > 1 ? 1 : 0);
  const found = ['\t', ';', '|'].find((delimiter) => {
    const counts = some.map((line) => line.split(delimiter).length);
    return counts.length > 0 && counts.every((count) => count >= 5 && count === counts[0]);
  });
  return found ?? ',';
}

const options = {
  info: true,
  bom: true,
  record_delimiter: ['\r\n', '\n'],
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: maxRowBytes,
};

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * Rows of text after a line, in batches.
 * @throws FleetError BARS_INVALID where quotes are wrong, or the file can't be read further
 */
export async function* readRows(
  { file, stream }: Source,
  { delimiter, encoding }: TextHead,
  after: number,
): AsyncGenerator<readonly Row[], void, void> {
  const parser = parse({ ...options, delimiter, encoding });
  const parsed: AsyncIterable<ParsedRow> = pipeline(stream, parser, () => undefined);
  let rows: Row[] = [];
  try {
    for await (const { record, info } of parsed) {
      if (info.lines <= after) continue;
      rows.push({ cells: record, at: info.lines });
      if (rows.length < batchRows) continue;
      yield rows;
      rows = [];
    }
  } catch (error) {
    yield rows;
    if (!(error instanceof CsvError)) throw inWords(file, error);
    const problems = collectProblems(file, 'line');
    problems.note(Number(error.lines), csvProblem(error));
    problems.throwIfAny();
  }
  yield rows;
}
