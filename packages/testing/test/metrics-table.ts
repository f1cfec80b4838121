// The tables of metrics in docs/monitoring.md, out of what processes answer.

export interface Row {
  readonly name: string;
  readonly type: string;
  /** Null where there is no sample to see them of. */
  readonly labels: readonly string[] | null;
  readonly help: string;
}

/** The fleet's own metrics in a text for Prometheus. */
export function rowsOf(text: string): Row[] {
  const help = new Map([...text.matchAll(/^# HELP (ml_training_\w+) (.+)$/gm)].map((m) => [m[1]!, m[2]!]));
  return [...text.matchAll(/^# TYPE (ml_training_\w+) (\w+)$/gm)].map(([, name = '', type = '']) => {
    const sample = new RegExp(`^${name}(?:_bucket)?(?:\\{(.*)\\})? \\S+$`, 'm').exec(text);
    const labels = [...(sample?.[1] ?? '').matchAll(/(\w+)="/g)].map((m) => m[1]!);
    return {
      name,
      type,
      labels: sample === null ? null : labels.filter((label) => label !== 'le'),
      help: help.get(name) ?? '',
    };
  });
}

/** The rows of the table under a heading. */
export function documented(page: string, heading: string): Row[] {
  const [, section = ''] = page.split(`\n### ${heading}\n`);
  const table = /(?:^\|.*\n)+/m.exec(section)?.[0] ?? '';
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .map(([name = '', type = '', labels = '', help = '']) => ({
      name: name.replaceAll('`', ''),
      type,
      labels: labels === '' ? [] : labels.split(', '),
      help,
    }));
}

/** A table of rows; where no sample tells the labels, those of before. */
export function tableOf(rows: readonly Row[], before: readonly Row[]): string {
  const lines = rows.map(({ name, type, labels, help }) => {
    const shown = labels ?? before.find((row) => row.name === name)?.labels ?? [];
    return `| \`${name}\` | ${type} | ${shown.join(', ')} | ${help} |`;
  });
  return `| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}
