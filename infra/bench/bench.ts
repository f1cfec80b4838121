// `npm run bench [-- PART…]`: measures, prints, keeps the
// results in .runtime/bench and writes docs/benchmarks.md.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { benchmarksPage, terminalText } from './harness/document.ts';
import { commit, machine } from './harness/machine.ts';
import type { Part } from './harness/part.ts';
import { root, runtimeDir } from './harness/paths.ts';
import { isReached, type Outcome, type PartResult } from './harness/result.ts';
import { keepResult } from './harness/store.ts';
import { parts } from './parts/index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { turns: { type: 'string', default: '5' }, help: { type: 'boolean', short: 'h', default: false } },
});
const turns = Number(values.turns);
const unknown = positionals.find((name) => !parts.some((part) => part.name === name));
const list = parts.map(({ name, title }) => `  ${name.padEnd(10)} ${title}`).join('\n');
const print = (text: string): void => void process.stdout.write(`${text}\n`);

if (values.help) {
  print(`npm run bench [-- [--turns N] PART…]\n\nParts, all unless named:\n${list}`);
} else if (unknown !== undefined || !Number.isSafeInteger(turns) || turns < 1) {
  const wrong = unknown === undefined ? `--turns is ${values.turns}` : `there is no part ${unknown}`;
  process.stderr.write(`${wrong}; --turns takes a whole number from 1 on, and the parts are\n${list}\n`);
  process.exitCode = 2;
} else {
  const wanted = parts.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const results: PartResult[] = [];
  if (loadavg()[0]! > 0.5)
    print(
      `Other processes are busy (load ${loadavg()[0]!.toFixed(1)}): what is measured now is no use as a figure.`,
    );
  for (const part of wanted) {
    results.push(await measurePart(part));
    await writePage(results);
  }
  print(`\n${results.map(summary).join('\n')}\nWritten to docs/benchmarks.md`);
}

/** A part that fails, or whose peer can't be had, says so in its result; the others go on. */
async function measurePart(part: Part): Promise<PartResult> {
  const folder = path.join(runtimeDir, 'work', part.name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const circumstances = {
    part: part.name,
    date: new Date().toISOString(),
    commit: commit(),
    machine: machine(),
    loadBefore: loadavg()[0]!,
    turns,
  };
  print(`\n${part.name}: ${part.title}`);
  const say = (line: string): void => print(`${elapsed().toFixed(0).padStart(5)} s  ${line}`);
  const outcome: Outcome = await part
    .run({ turns, folder, say })
    .catch((error: unknown) => ({ sections: [], skipped: reasonOf(error), versions: {} }));
  const versions = { node: process.versions.node, ...outcome.versions };
  const result = { ...circumstances, ...outcome, versions, seconds: elapsed() };
  await keepResult(result);
  await rm(folder, { recursive: true, force: true });
  print(`\n${terminalText(part, result)}`);
  return result;
}

async function writePage(results: readonly PartResult[]): Promise<void> {
  const page = path.join(root, 'docs/benchmarks.md');
  const before = await readFile(page, 'utf8').catch(() => '');
  await writeFile(page, benchmarksPage(parts, results, before));
}

function summary({ part, skipped, sections }: PartResult): string {
  if (skipped !== undefined) return `${part}: skipped: ${skipped.split('\n')[0] ?? ''}`;
  const missed = sections.flatMap(({ title, rows }) =>
    rows.filter((row) => isReached(row) === false).map(({ what }) => `${what} (${title})`),
  );
  return `${part}: ${missed.length === 0 ? 'every target reached' : `not reached: ${missed.join('; ')}`}`;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim();
}
