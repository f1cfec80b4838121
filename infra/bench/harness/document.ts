import type { Part } from './part.ts';
import type { PartResult, Section } from './result.ts';
import { cellsOf } from './table.ts';

const intro = `# Benchmarks

Written by \`npm run bench\`; nothing here was typed by hand. \`npm run bench -- lstm ppo\` measures these parts anew
and leaves the others as they were; \`npm run bench -- --help\` lists the parts.

Ours and the peer take turns (A B, B A, A B…), each as a process of its own on the very same arrays. A cell shows the
median of the turns, and in brackets the lowest and highest; "ratio" is the median of ours over the peer's, "by
turn" the same within each turn. The training's time leaves out loading, data and a warm-up; "processor time" is what all
threads of the process used meanwhile; "whole process" is from its start to its end. Peak memory is the process's largest
resident set. A target is an aim of the project; what misses it says so.
`;

/**
 * docs/benchmarks.md with these results; of the other parts
 * it says what it said before, wherever that was measured.
 */
export function benchmarksPage(
  parts: readonly Part[],
  results: readonly PartResult[],
  before: string,
): string {
  const known = new Map(
    before.split(/^(?=## )/m).map((section) => [section.split('\n')[0]?.slice(3), section.trimEnd()]),
  );
  const texts = parts.map((part) => {
    const result = results.find((one) => one.part === part.name);
    return result === undefined ? (known.get(part.title) ?? notMeasured(part)) : partText(part, result);
  });
  return [intro.trimEnd(), ...texts.map((text) => text.trimEnd()), ''].join('\n\n').trimEnd() + '\n';
}

const notMeasured = ({ name, title, about }: Part): string =>
  `## ${title}\n\n${about}\n\nNot measured yet: \`npm run bench -- ${name}\`.\n`;

function partText({ title, about }: Part, result: PartResult): string {
  const head = `## ${title}\n\n${about}\n`;
  const skipped = result.skipped === undefined ? '' : `\nSkipped: ${result.skipped}\n`;
  return `${head}${skipped}${result.sections.map(sectionText).join('')}\n${circumstances(result)}\n`;
}

function sectionText(section: Section): string {
  const { title, notes = [] } = section;
  const tables = tablesOf(section).map((cells) => `\n${markdownTable(cells)}\n`);
  return `\n### ${title}\n${tables.join('')}${notes.map((note) => `\n${note}\n`).join('')}`;
}

const tablesOf = (section: Section): (readonly (readonly string[])[])[] => [
  ...(section.grid === undefined ? [] : [section.grid]),
  ...(section.rows.length === 0 ? [] : [cellsOf(section)]),
];

function circumstances({ date, commit, machine, versions, loadBefore, turns, seconds }: PartResult): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return (
    `${date.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}; ${machine}; load before it ${loadBefore.toFixed(1)}; ` +
    `${named.join(', ')}; ${turns === 1 ? '1 turn' : `${turns} turns`} in ${Math.round(seconds)} s.`
  );
}

/** Columns padded to their widest cell, as Prettier would have them. */
function markdownTable(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, c) => Math.max(3, ...cells.map((row) => row[c]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, c) => cell.padEnd(widths[c]!)).join(' | ')} |`;
  const [head, ...rows] = cells;
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** The same for a terminal. */
export function terminalText({ title }: Part, { sections, skipped }: PartResult): string {
  if (skipped !== undefined) return `${title}\nskipped: ${skipped}\n`;
  return [title, ...sections.map((section) => plainSection(section))].join('\n\n');
}

function plainSection(section: Section): string {
  const { title, notes = [] } = section;
  const lines = tablesOf(section).flatMap((cells) => {
    const widths = cells[0]!.map((_, c) => Math.max(...cells.map((row) => row[c]!.length)));
    return cells.map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c]!))
        .join('  ')
        .trimEnd(),
    );
  });
  return [title, ...lines, ...notes].join('\n');
}
