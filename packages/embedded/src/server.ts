import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '@ml-training/native';
import { freePort } from './free-port.ts';
import { childrenOf, endWithParent, signal } from './processes.ts';

/** A running server. It ends with this process, however that ends. */
export interface EmbeddedServer {
  /** With user and password. */
  readonly url: string;
  readonly port: number;
  /** Shuts down cleanly; data are kept. */
  stop(): Promise<void>;
  /** SIGKILL, at once, to the server and its children; resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts again on the same port and data, after stop() or kill(), or stops first. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and get no answer until resume(). */
  pause(): void;
  resume(): void;
  /**
   * Calls `listener` whenever the server ends although
   * nobody here asked it to; with how, and where its log is.
   */
  onDeath(listener: (how: string) => void): void;
}

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly input?: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

export interface ServerPlan {
  readonly name: string;
  /** Holds the data, the log and the note of who runs it; its path is in the server's command line. */
  readonly folder: string;
  /** 0 for any free one; when taken, another. */
  readonly port: number;
  command(port: number): Command;
  /** Whether the process that was started accepts connections; asked every 10 ms. */
  isReady(port: number, pid: number): Promise<boolean>;
  url(port: number): string;
  readonly log: (message: string) => void;
}

// Both servers take it as "finish cleanly, don't wait for clients"; PostgreSQL's SIGTERM would wait.
const stopSignal = 'SIGINT';
const readyWithinMs = 60_000;
const stopWithinMs = 30_000;

/** Starts what `plan` says; the caller has made sure that nothing runs on its folder (stopOrphan). */
export async function runServer(plan: ServerPlan): Promise<EmbeddedServer> {
  const logFile = join(plan.folder, 'server.log');
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);

  let child: ChildProcess;
  let port = await freePort(plan.port);
  for (let attempt = 1; ; attempt++) {
    try {
      child = await launch(plan, port, logFile);
      break;
    } catch (error) {
      // Somebody else took the port between the look and the start.
      const taken = error instanceof Error && /address already in use|could not bind/i.test(error.message);
      if (!taken || attempt === 5) throw error;
      port = await freePort();
    }
  }
  if (plan.port !== 0 && plan.port !== port)
    plan.log(`${plan.name}: port ${plan.port} is taken, using ${port}`);

  /** False from when an end is asked for until the next start. */
  let wanted = true;
  const listeners: ((how: string) => void)[] = [];
  const watch = (): void => {
    const watched = child;
    const onExit = (): void => {
      if (!wanted || watched !== child) return;
      const how = watched.signalCode ?? `exit code ${watched.exitCode ?? 'unknown'}`;
      for (const listener of listeners) listener(`${plan.name} ended (${how}); its log is ${logFile}`);
    };
    wanted = true;
    if (ended(watched)) onExit();
    else watched.once('exit', onExit);
  };
  watch();

  const family = (): number[] =>
    child.pid === undefined || ended(child) ? [] : [child.pid, ...childrenOf(child.pid)];
  const each = (name: NodeJS.Signals): void => {
    for (const pid of family()) signal(pid, name);
  };
  /** Stops the server before its children are listed, so that it can't have another one meanwhile. */
  const freeze = (): number[] => {
    if (child.pid !== undefined && !ended(child)) signal(child.pid, 'SIGSTOP');
    return family();
  };

  const stop = async (): Promise<void> => {
    wanted = false;
    if (ended(child)) return;
    each('SIGCONT');
    child.kill(stopSignal);
    const patience = new AbortController();
    const late = delay(stopWithinMs, undefined, { signal: patience.signal, ref: false }).then(
      () => each('SIGKILL'),
      () => undefined,
    );
    await exitOf(child);
    patience.abort();
    await late;
  };

  return {
    url: plan.url(port),
    port,
    stop,
    kill: async () => {
      wanted = false;
      const pids = freeze();
      for (const pid of pids) signal(pid, 'SIGKILL');
      if (!ended(child)) await exitOf(child);
      // A backend that outlives its postmaster would hold the shared memory, and the next start would refuse.
      while (pids.some(isAlive)) await delay(5);
    },
    restart: async () => {
      await stop();
      child = await launch(plan, port, logFile);
      watch();
    },
    pause: () => {
      for (const pid of freeze()) signal(pid, 'SIGSTOP');
    },
    resume: () => each('SIGCONT'),
    onDeath: (listener) => void listeners.push(listener),
  };
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** The child doesn't keep this process alive, but who waits for its end must see it. */
async function exitOf(child: ChildProcess): Promise<void> {
  child.ref();
  await once(child, 'exit');
}

/**
 * Starts the process and waits until it is ready.
 * @throws Error with the end of its log when it ends before.
 */
async function launch(plan: ServerPlan, port: number, logFile: string): Promise<ChildProcess> {
  const { file, args, input, uid, gid } = plan.command(port);
  mkdirSync(plan.folder, { recursive: true });
  // A file, not a pipe: a server must never wait for us to read, nor fail because we are gone.
  const log = openSync(logFile, 'a', 0o600);
  const logStart = statSync(logFile).size;
  const child = spawn(file, args, {
    stdio: [input === undefined ? 'ignore' : 'pipe', log, log],
    // A session of its own, or Ctrl-C would stop it before the services that still write to it.
    detached: true,
    cwd: plan.folder,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  closeSync(log);
  const failed = once(child, 'error').then(([error]: unknown[]) => error);
  if (child.pid === undefined)
    throw new Error(`${plan.name}: ${file} can't be started`, { cause: await failed });
  writeFileSync(join(plan.folder, 'server.json'), JSON.stringify({ pid: child.pid, owner: process.pid }));
  endWithParent(child, 'INT');
  child.unref();
  child.stdin?.on('error', () => undefined); // It ended before it read; its log says why.
  child.stdin?.end(input);

  const end = performance.now() + readyWithinMs;
  while (!(await plan.isReady(port, child.pid))) {
    const tail = readFileSync(logFile).subarray(logStart).toString().slice(-2000).trim();
    if (ended(child)) throw new Error(`${plan.name} ended while it started. The end of ${logFile}:\n${tail}`);
    if (performance.now() > end) {
      child.kill('SIGKILL');
      throw new Error(
        `${plan.name} wasn't ready within ${readyWithinMs} ms. The end of ${logFile}:\n${tail}`,
      );
    }
    await delay(10);
  }
  return child;
}
