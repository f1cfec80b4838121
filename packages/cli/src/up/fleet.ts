import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { roles } from '@ml-training/core';
import { endWithParent } from '@ml-training/embedded';
import { inRoot, root } from '../paths.ts';

export interface Fleet {
  /** Aborted when a service ends that nobody asked to; the reason names it. */
  readonly broken: AbortSignal;
  /** SIGTERM to all, and waits for their ends. */
  stop(): Promise<void>;
}

/** Longer than the services allow themselves. */
const patienceMs = 12_000;

/** Starts each role as a process of its own, as containers would be; each has a log in `logDir`. */
export function startFleet(options: {
  environment: Readonly<Record<string, string>>;
  trainers: number;
  /** Under `tsx watch`, which starts a service anew whenever a source of it changes. Default false. */
  watch?: boolean;
  logDir: string;
}): Fleet {
  const { environment, trainers, watch = false, logDir } = options;
  const watcher = watch ? [inRoot('node_modules/tsx/dist/cli.mjs'), 'watch'] : [];
  mkdirSync(logDir, { recursive: true });
  const names = [
    ...roles.filter((role) => role !== 'trainer'),
    ...Array.from({ length: trainers }, (_, i) => `trainer-${i + 1}`),
  ];
  let stopping = false;
  const broken = new AbortController();
  const running = new Map<string, ChildProcess>();
  for (const name of names) {
    const log = path.join(logDir, `${name}.log`);
    const output = openSync(log, 'a');
    const role = name.replace(/-\d+$/, '');
    const child = spawn(process.execPath, [...watcher, inRoot('services', role, 'src/main.ts')], {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', output, output],
      // Ctrl-C in the terminal is ours to pass on, in order.
      detached: true,
    });
    running.set(name, child);
    // Else the services of an `up` that was killed would live
    // on, without servers, beside those of the next one.
    endWithParent(child, 'INT');
    child.once('exit', (code, signal) => {
      running.delete(name);
      if (!stopping)
        broken.abort(
          new Error(
            `${name} ended (${signal ?? `exit code ${code ?? 'unknown'}`}); its log is ${path.relative(root, log)}`,
          ),
        );
    });
  }
  return {
    broken: broken.signal,
    stop: async () => {
      stopping = true;
      const ends = [...running.values()].map((child) => once(child, 'exit'));
      for (const child of running.values()) child.kill('SIGTERM');
      const late = setTimeout(() => {
        for (const child of running.values()) child.kill('SIGKILL');
      }, patienceMs);
      await Promise.all(ends);
      clearTimeout(late);
    },
  };
}
