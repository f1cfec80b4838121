import { cutTo, padEnd, padStart, widthOf } from './width.ts';

type Cell = string | number | null;

/**
 * Columns padded to their widest cell, those of numbers only
 * to the right; a cell shows the first line of its text.
 */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => firstLine(String(cell ?? ''))));
  const columns = head.map((title, i) => {
    const cells = texts.map((row) => row[i] ?? '');
    const width = Math.max(title.length, ...cells.map(widthOf));
    return { width, right: cells.every((cell) => /^-?[\d.]*$/.test(cell)) };
  });
  return [head, ...texts]
    .map((row) =>
      columns
        .map(({ width, right }, i) => (right ? padStart : padEnd)(row[i] ?? '', width))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const firstLine = (text: string): string => {
  const [first = '', ...more] = text.trim().split(/\r?\n/);
  return more.length > 0 ? `${first.trimEnd()} …` : first;
};

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** UTC to the second, as the guide's queries show times. */
export const when = (time: Date | null): string => time?.toISOString().slice(0, 19).replace('T', ' ') ?? '';

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/**
 * How long ago, as `3 d ago`, in the largest unit of which
 * there are two or more; empty where there is no time.
 */
export function age(time: Date | undefined, now: Date): string {
  if (time === undefined) return '';
  const seconds = Math.max(0, (now.getTime() - time.getTime()) / 1000);
  const [unit, length] = units.find(([, of]) => seconds >= 2 * of) ?? ['s', 1];
  return `${Math.floor(seconds / length)} ${unit} ago`;
}

/** A number with so many decimals; null for anything else. */
export const fixed = (value: unknown, digits = 3): string | null =>
  typeof value === 'number' ? value.toFixed(digits) : null;

/** Elsewhere than on a terminal, milliseconds between two lines: a log is no place for an animation. */
const quietMs = 2000;

/** A terminal that nobody told its size, as of `docker exec -t` at times and of `script`, says 0. */
export const sizeOf = (out: NodeJS.WriteStream): { readonly rows: number; readonly columns: number } => ({
  rows: out.rows || 24,
  columns: out.columns || 80,
});

/**
 * A text that replaces itself on a terminal; elsewhere its
 * first line, one every two seconds, when that has changed.
 */
export function statusLine(out: NodeJS.WriteStream = process.stderr): {
  /** @param more further lines, for a terminal alone */
  show(text: string, more?: readonly string[]): void;
  /** Leaves the last text standing, without the further lines. */
  end(): void;
} {
  let wanted = '';
  let shown = '';
  let shownAt = -Infinity;
  /** Lines of it on the terminal, from the cursor up. */
  let height = 0;
  const write = (text: string): void => {
    if (text === shown) return;
    if (out.isTTY) {
      // The last line that fits is left free: a terminal that scrolled would keep what was to be replaced.
      const { rows, columns } = sizeOf(out);
      const lines = text.split('\n').slice(0, Math.max(1, rows - 1));
      const up = height > 1 ? `\x1b[${height - 1}A` : '';
      out.write(`${up}\r\x1b[J${lines.map((line) => cutTo(line, columns - 1)).join('\n')}`);
      height = lines.length;
    } else out.write(`${text}\n`);
    shown = text;
    shownAt = performance.now();
  };
  return {
    show: (text, more = []) => {
      wanted = text;
      if (out.isTTY) write([text, ...more].join('\n'));
      else if (performance.now() - shownAt >= quietMs) write(text);
    },
    end: () => {
      write(wanted);
      if (out.isTTY && shown !== '') out.write('\n');
    },
  };
}

/** How far something is, as a bar of 20 characters and a number. */
export function bar(fraction: number): string {
  const full = Math.round(fraction * 20);
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)} ${Math.round(100 * fraction)} %`;
}
