import { stripVTControlCharacters } from 'node:util';

/** Columns padded to their widest cell; numbers to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cells = [head, ...rows.map((row) => row.map((cell) => String(cell ?? '')))];
  const width = (text: string): number => stripVTControlCharacters(text).length;
  const widths = head.map((_, i) => Math.max(...cells.map((row) => width(row[i] ?? ''))));
  const right = head.map(
    (_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number' || row[i] === null),
  );
  return cells
    .map((row) =>
      row
        .map((cell, i) => {
          const gap = ' '.repeat(widths[i]! - width(cell));
          return right[i] === true ? gap + cell : cell + gap;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** UTC to the second, as the guide's queries show times. */
export const when = (time: Date | null): string => time?.toISOString().slice(0, 19).replace('T', ' ') ?? '';

export const rounded = (value: unknown, digits = 3): number | null =>
  typeof value === 'number' ? Number(value.toFixed(digits)) : null;

/** One line that replaces itself on a terminal; elsewhere each text once. */
export function statusLine(out: NodeJS.WriteStream = process.stderr): {
  show(text: string): void;
  end(): void;
} {
  let last = '';
  return {
    show: (text) => {
      if (text === last) return;
      last = text;
      out.write(out.isTTY ? `\r\x1b[K${text.slice(0, out.columns - 1)}` : `${text}\n`);
    },
    end: () => {
      if (out.isTTY && last !== '') out.write('\n');
    },
  };
}
