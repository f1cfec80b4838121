import { readFileSync, writeFileSync } from 'node:fs';

let measured = false;

/**
 * Begins to measure the largest resident memory of a job, in MB of 2^20 bytes; what the process had when the job
 * began counts. Where the kernel can't be made to forget what an earlier job of the process took (Linux can),
 * only the first job's is known.
 * @returns a function that gives it, or null where it is not known
 */
export function measurePeakMemory(): () => number | null {
  const first = !measured;
  measured = true;
  const known = forgetPeak() || first;
  return () => (known ? peakMb() : null);
}

/** Linux, see proc_pid_clear_refs(5): the peak is then what the process has now. @returns whether it could */
function forgetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

/** Of Linux's two numbers, maxRSS begins with what the process had that started this one; VmHWM doesn't. */
function peakMb(): number {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Math.round(Number(kilobytes) / 1024);
}
