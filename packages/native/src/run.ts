import { spawn } from 'node:child_process';

export interface Outcome {
  /** True when the program ran and exited with 0. */
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it isn't ok, in one line: not found, the signal or time-out that ended it, or its last words. */
  readonly reason: string;
}

/**
 * Runs a program to its end and never rejects: whether it worked is the caller's decision.
 *
 * @param options.env variables over this process's own
 * @param options.timeoutMs the program is killed after it
 */
export function run(
  command: string,
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; timeoutMs: number },
): Promise<Outcome> {
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Not configuration: a child gets what its parent has
      // (proxies, pip's settings), plus what is asked for.
      env: { ...process.env, ...options.env },
    });
    // Not spawn's own time-out: where the program doesn't
    // exist, that keeps the process alive till it is over.
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const reason = error.code === 'ENOENT' ? `${command} not found` : error.message;
      resolve({ ok: false, stdout, stderr, reason });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const ended = signal === null ? lastWords(stderr) || `exit code ${code ?? '?'}` : `ended by ${signal}`;
      resolve({ ok: code === 0, stdout, stderr, reason: code === 0 ? '' : ended });
    });
  });
}

/** The line that says what went wrong: the last one that calls itself an error, else the last one. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? '').trim();
}
