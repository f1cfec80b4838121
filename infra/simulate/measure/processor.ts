import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

const ticksASecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/**
 * Processor time that the processes below this one have used so far, in seconds, those that have ended
 * included: what other people's processes do on the machine is not in it. Linux only.
 */
export async function secondsOfChildren(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map(readStat));
  const children = Map.groupBy(
    all.filter((one) => one !== null),
    ({ parent }) => parent,
  );
  const below = (pid: number): number =>
    (children.get(pid) ?? []).reduce((sum, one) => sum + one.ticks + below(one.pid), 0);
  return below(process.pid) / ticksASecond;
}

/** Of a process that has ended meanwhile null; its parent counts it from then on. */
async function readStat(pid: string): Promise<{ pid: number; parent: number; ticks: number } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name stands in brackets and may hold anything: state, parent, …, utime, stime, cutime, cstime follow.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid: Number(pid), parent: Number(fields[1]), ticks };
}

/** Products of matrices that no core's own cache holds, as a training's: what cores share slows them down. */
const loop = `
  const n = 256;
  const [a, b, c] = [0, 0, 0].map(() => new Float64Array(n * n).map((_, i) => 1 / (i + 1)));
  const end = performance.now() + 3000;
  let rounds = 0;
  while (performance.now() < end) {
    const i = rounds++ % n;
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      for (let j = 0; j < n; j++) c[i * n + j] += factor * b[k * n + j];
    }
  }
  const { user, system } = process.cpuUsage();
  console.log(rounds / (user + system));`;

/**
 * How much of its speed alone each of k processes has that are busy at once, for each k up to the cores: by the
 * second of processor time, so that what else the machine does weighs less.
 */
export async function measureCoreSpeed(): Promise<number[]> {
  const rounds: number[] = [];
  for (let busy = 1; busy <= availableParallelism(); busy++) {
    const done = await Promise.all(Array.from({ length: busy }, roundsASecond));
    rounds.push(done.reduce((sum, one) => sum + one, 0) / busy);
  }
  return rounds.map((one) => one / rounds[0]!);
}

async function roundsASecond(): Promise<number> {
  const child = spawn(process.execPath, ['-e', loop], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  return Number(text);
}
