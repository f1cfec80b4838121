type Cell = string | number | null;

/** Columns padded to their widest cell, those of numbers only to the right; a cell shows the first line of its text. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => firstLine(String(cell ?? ''))));
  const columns = head.map((title, i) => {
    const cells = texts.map((row) => row[i] ?? '');
    const width = Math.max(title.length, ...cells.map((cell) => cell.length));
    return { width, right: cells.every((cell) => /^-?[\d.]*$/.test(cell)) };
  });
  return [head, ...texts]
    .map((row) =>
      columns
        .map(({ width, right }, i) => (right ? (row[i] ?? '').padStart(width) : (row[i] ?? '').padEnd(width)))
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

/** A number with so many decimals; null for anything else. */
export const fixed = (value: unknown, digits = 3): string | null =>
  typeof value === 'number' ? value.toFixed(digits) : null;

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
