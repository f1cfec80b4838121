import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { benchDir, runtimeDir } from './paths.ts';

/** Requirements of one peer in peers/requirements.json. */
interface Requirements {
  /** Folder of the Python environment, where its packages don't go with those of the others. */
  readonly environment?: string;
  /** Arguments of `pip install`, one list a call. */
  readonly install: readonly (readonly string[])[];
  /** A script of peers/ to run after it. */
  readonly mend?: string;
  /** Modules that must load; their versions are reported. */
  readonly imports: readonly string[];
}

export type PeerName =
  | 'tensorflow'
  | 'pytorch'
  | 'scikit-learn'
  | 'lightgbm'
  | 'baselines'
  | 'pandas'
  | 'stable-baselines3'
  | 'sbx';

export interface Peer {
  readonly python: string;
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * A Python of the bench's own in which the peer can be imported;
 * installed by pip from its usual index where it isn't yet.
 * @throws Error saying what could not be installed or loaded, and why
 */
export async function preparePeer(name: PeerName, say: (line: string) => void): Promise<Peer> {
  const all = JSON.parse(await readFile(path.join(benchDir, 'peers/requirements.json'), 'utf8')) as Record<
    PeerName,
    Requirements
  >;
  const requirements = all[name];
  const venv = path.join(runtimeDir, requirements.environment ?? 'python');
  const python = path.join(venv, 'bin/python');
  if (!existsSync(python)) await step('making a Python environment', 'python3', ['-m', 'venv', venv], say);
  const stamp = path.join(venv, `${name}.json`);
  const wanted = JSON.stringify(requirements);
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== wanted) {
    for (const packages of requirements.install)
      await step(`installing ${named(packages)}`, python, pip(packages), say);
    if (requirements.mend !== undefined)
      await step(requirements.mend, python, [path.join(benchDir, 'peers', requirements.mend)], say);
  }
  const versions = await importedVersions(python, requirements.imports);
  await mkdir(venv, { recursive: true });
  await writeFile(stamp, wanted);
  return { python, versions };
}

/** The first two, and how many more. */
function named(packages: readonly string[]): string {
  const names = packages.filter((name) => !name.startsWith('-'));
  return `${names.slice(0, 2).join(' ')}${names.length > 2 ? ` and ${names.length - 2} more` : ''}`;
}

const pip = (packages: readonly string[]): string[] => [
  ...[
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-input',
    '--only-binary',
    ':all:',
  ],
  ...packages,
];

const SHOW_VERSIONS = `
import importlib, json, platform, sys
versions = {name: importlib.import_module(name).__version__ for name in sys.argv[1:]}
print(json.dumps({"python": platform.python_version(), **versions}))
`;

async function importedVersions(python: string, modules: readonly string[]): Promise<Record<string, string>> {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '' };
  const { stdout } = await promisify(execFile)(python, ['-c', SHOW_VERSIONS, ...modules], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, string>;
}

const REPEAT_MS = 5_000;

/** Runs a command to its end, and says every five seconds that it still does. */
async function step(what: string, command: string, args: readonly string[], say: (line: string) => void) {
  const began = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - began) / 1000)} s`;
  const timer = setInterval(() => say(`${what}: ${elapsed()} …`), REPEAT_MS);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.once('error', reject);
  child.once('close', (code) =>
    code === 0 ? resolve() : reject(new Error(`${what} failed: ${lastError(stderr)}`)),
  );
  try {
    await promise;
    say(`${what}: ${elapsed()}, done`);
  } finally {
    clearInterval(timer);
  }
}

/** The line that says what went wrong: the last one that calls itself an error, else the last one. */
function lastError(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'it said nothing').trim();
}
