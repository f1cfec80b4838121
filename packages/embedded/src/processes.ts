import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

const linux = process.platform === 'linux';

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Arguments of a running process separated by spaces, or '' when there is none. */
export function commandLine(pid: number): string {
  return linux ? readProc(pid, 'cmdline').replaceAll('\0', ' ') : run('ps', '-o', 'command=', '-p', `${pid}`);
}

export function childrenOf(pid: number): number[] {
  const list = linux ? readProc(pid, `task/${pid}/children`) : run('pgrep', '-P', `${pid}`);
  return list.split(/\s+/).filter(Boolean).map(Number);
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function run(command: string, ...args: string[]): string {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout;
}

/**
 * Has a shell command run when this process ends in whatever way, kill -9 included: a shell of its own
 * session waits for the end of a pipe that only this process holds. (Linux's parent-death signal would do it
 * without a process, but is bound to the thread that spawned, and macOS has none.)
 *
 * @param args the command's "$1", "$2" …
 * @returns takes it back.
 */
export function whenParentEnds(command: string, ...args: string[]): () => void {
  const guard = spawn('/bin/sh', ['-c', `read -r _; ${command}`, 'sh', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  guard.unref();
  // A Socket at run time, whose unref() the type Writable
  // hides; without it the pipe would keep this process alive.
  (guard.stdin as unknown as { unref(): void }).unref();
  return () => guard.kill('SIGKILL');
}

/** Signals `child` when this process ends, as long as the child runs. */
export function endWithParent(child: ChildProcess, name: 'INT' | 'KILL'): void {
  // A stopped process takes no signal but SIGKILL before it
  // goes on, and a server waits for its stopped children.
  const command = `family="$2 $(cat "/proc/$2/task/$2/children" 2>/dev/null || pgrep -P "$2")"
    kill -s "$1" "$2"; for pid in $family; do kill -s CONT "$pid"; done`;
  const takeBack = whenParentEnds(command, name, `${child.pid}`);
  // Else somebody else's process with the same id might be signalled later.
  child.once('exit', takeBack);
}
