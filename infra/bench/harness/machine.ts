import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { root } from './paths.ts';

/** Processor, cores, memory and system in one line. */
export function machine(): string {
  const all = cpus();
  const model = all[0]?.model.trim() ?? 'unknown processor';
  return `${model}, ${all.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()} ${process.arch}`;
}

/** The checkout's commit, and whether something in it was changed that a result could depend on. */
export function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--', '.', ':!docs');
    return `${git('rev-parse', '--short=10', 'HEAD')}${changed === '' ? '' : ' with uncommitted changes'}`;
  } catch {
    return 'unknown (no git here)';
  }
}
