import { FleetError } from '@ml-training/core';
import type { TextFormat } from './format.ts';
import type { Cell, Row } from './rows.ts';
import { inWords, type Source } from './source.ts';
import type { Table } from './table.ts';

const sampleRows = 2000;

/**
 * A JSON array, of arrays or of objects, read item by item: the whole of it is never held.
 * @throws FleetError BARS_INVALID for JSON of another shape
 */
export async function openJson(
  source: Source,
): Promise<{ table: Table; format: Pick<TextFormat, 'name' | 'title'> }> {
  const { file, head } = source;
  const items = parseItems(file, createCutter(file).cut(head)).slice(0, sampleRows);
  const [first] = items;
  if (first === undefined)
    throw new FleetError('BARS_INVALID', `${file} is an empty JSON array, or has no whole bar in it`);
  const header = Array.isArray(first) ? null : Object.keys(first as object);
  const toRow = (item: unknown, at: number): Row => {
    if (header === null) {
      if (Array.isArray(item)) return { cells: item as Cell[], at };
    } else if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
      const values = item as Readonly<Record<string, Cell>>;
      return { cells: header.map((name) => values[name]), at };
    }
    throw new FleetError(
      'BARS_INVALID',
      `${file}: row ${at} is ${JSON.stringify(item).slice(0, 40)}, unlike row 1`,
    );
  };
  const table = (of: Source): Table => ({
    header,
    sample: items.map((item, i) => toRow(item, i + 1)),
    rows: async function* () {
      let at = 0;
      const cutter = createCutter(file);
      try {
        for await (const chunk of of.stream as AsyncIterable<Buffer>) {
          const found = parseItems(file, cutter.cut(chunk));
          if (found.length > 0) yield found.map((item) => toRow(item, ++at));
        }
        cutter.end();
      } catch (error) {
        throw inWords(file, error);
      }
    },
    again: of.again === null ? null : async () => table(await of.again!()),
    word: 'row',
    bytesRead: of.bytesRead,
  });
  return {
    table: table(source),
    format:
      header === null
        ? { name: 'ccxt', title: 'JSON arrays, as of freqtrade and ccxt' }
        : { name: 'json', title: 'a JSON array of objects' },
  };
}

function parseItems(file: string, text: string): unknown[] {
  if (text === '') return [];
  try {
    return JSON.parse(`[${text}]`, undefined) as unknown[];
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 120) : '';
    throw new FleetError('BARS_INVALID', `${file} is no JSON that can be read: ${reason}`, { cause });
  }
}

/** An item is about 100 bytes; what never ends must not collect the rest of the file. */
const maxItemBytes = 1024 * 1024;

/** Cuts the text of an array where an item ends. Bytes of UTF-8 beyond ASCII never look like brackets. */
function createCutter(file: string): { cut: (chunk: Buffer) => string; end: () => void } {
  let rest: Buffer = Buffer.alloc(0);
  let depth = 0;
  let [inString, escaped, begun, ended] = [false, false, false, false];
  const invalid = (what: string): FleetError => new FleetError('BARS_INVALID', `${file} ${what}`);
  return {
    cut: (chunk) => {
      /** Bytes up to where the last whole item ends, and from where the first begins. */
      let whole = 0;
      let from = 0;
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i]!;
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === 0x5c) escaped = true;
          else if (byte === 0x22) inString = false;
        } else if (byte === 0x22) inString = true;
        else if (byte === 0x5b || byte === 0x7b) {
          if (!begun) {
            if (byte === 0x7b)
              throw invalid(
                'is a JSON object: bars are read from an array, [[time, open, high, low, close, volume], …] or ' +
                  '[{"time": …, "open": …}, …]',
              );
            begun = true;
            from = i + 1;
          }
          depth++;
        } else if (byte === 0x5d || byte === 0x7d) {
          depth--;
          if (depth === 1) whole = i + 1;
          if (depth === 0) {
            ended = true;
            break;
          }
        }
      }
      if (whole === 0) {
        rest = Buffer.concat([rest, chunk.subarray(from)]);
        if (rest.length > maxItemBytes) throw invalid('has an item of more than 1 MB, which is no bar');
        return '';
      }
      const text = Buffer.concat([rest, chunk.subarray(from, whole)]).toString('utf8');
      rest = ended ? Buffer.alloc(0) : chunk.subarray(whole);
      return text.replace(/^\s*,/, '');
    },
    end: () => {
      if (!ended) throw invalid('is cut short: its array is not closed, so get it again');
    },
  };
}
