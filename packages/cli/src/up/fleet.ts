import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { inRoot, root, runtimeDir } from '../paths.ts';

export interface Fleet {
  /** Rejects when a service ends that nobody asked to. */
  readonly broken: Promise<never>;
  /** SIGTERM to all, and waits for their ends. */
  stop(): Promise<void>;
}

const logDir = path.join(runtimeDir, 'logs');
/** Longer than the services allow themselves. */
const patienceMs = 12_000;

/** Starts each role as a process of its own, as containers would be; logs go to .runtime/logs. */
export function startFleet(environment: Readonly<Record<string, string>>, trainers: number): Fleet {
  mkdirSync(logDir, { recursive: true });
  const names = [
    'scheduler',
    'heartbeat',
    'metrics',
    ...Array.from({ length: trainers }, (_, i) => `trainer-${i + 1}`),
  ];
  let stopping = false;
  const { promise: broken, reject } = Promise.withResolvers<never>();
  // Somebody may stop the fleet before looking.
  broken.catch(() => undefined);
  const running = new Map<string, ChildProcess>();
  for (const name of names) {
    const log = path.join(logDir, `${name}.log`);
    const output = openSync(log, 'a');
    const role = name.replace(/-\d+$/, '');
    const child = spawn(process.execPath, [inRoot('services', role, 'src/main.ts')], {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', output, output],
      // Ctrl-C in the terminal is ours to pass on, in order.
      detached: true,
    });
    running.set(name, child);
    child.once('exit', (code, signal) => {
      running.delete(name);
      if (!stopping)
        reject(
          new Error(
            `${name} ended (${signal ?? `exit code ${code ?? 'unknown'}`}); its log is ${path.relative(root, log)}`,
          ),
        );
    });
  }
  return {
    broken,
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
