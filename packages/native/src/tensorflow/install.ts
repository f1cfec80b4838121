import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NativeError } from '../errors.ts';
import { tfjsNodeDir } from '../paths.ts';
import type { Log } from '../progress.ts';
import { checkStamp, type Stamp, writeStamp } from '../stamp.ts';
import { withWorkspace } from '../workspace.ts';
import { ADDON, addonPath, type Installation, librariesDir, stampPathOf } from './layout.ts';
import { installFromBucket } from './official.ts';
import { probeTensorFlow } from './probe.ts';
import { installFromWheel } from './wheel.ts';

const BUCKET = 'https://storage.googleapis.com';

/**
 * In order. The makers' archives need no compiler and are what tfjs-node is released with; where their bucket
 * can't be reached, which shows within seconds, the pinned wheel and a compiler do.
 */
const SOURCES = [
  {
    name: "the makers' bucket",
    install: (target: Installation, log: Log) => installFromBucket(target, log, BUCKET),
  },
  { name: 'the Python wheel', install: installFromWheel },
];

/**
 * Makes TensorFlow loadable; what is already there and whole is left alone.
 *
 * @returns what is installed
 * @throws NativeError TENSORFLOW_MISSING with what was tried and why each failed
 */
export async function installTensorFlow(log: Log): Promise<Stamp> {
  const packageDir = tfjsNodeDir();
  const stampPath = stampPathOf(packageDir);
  const quick = await checkStamp(stampPath);
  if (quick.state === 'fits') return quick.stamp;

  return withWorkspace(log, async (temporary) => {
    const now = await checkStamp(stampPath);
    if (now.state === 'fits') return now.stamp;
    if (now.state === 'broken') log(`Installing TensorFlow again: ${now.why}.`);
    else {
      const found = await probeTensorFlow(packageDir);
      if (found.loads) return stampInstallation(packageDir, 'found', found.version);
    }
    return installFromSources(packageDir, temporary, log);
  });
}

async function installFromSources(
  packageDir: string,
  temporary: () => Promise<string>,
  log: Log,
): Promise<Stamp> {
  const stage = join(packageDir, 'deps', 'partial');
  const failures: string[] = [];
  for (const source of SOURCES) {
    try {
      // A killed set-up may have left its own.
      await rm(stage, { recursive: true, force: true });
      await mkdir(join(stage, 'lib'), { recursive: true });
      const origin = await source.install({ packageDir, stage, temporary }, log);
      await place(packageDir, stage);
      const probe = await probeTensorFlow(packageDir);
      if (!probe.loads) throw new NativeError('TENSORFLOW_MISSING', `it doesn't load: ${probe.why}`);
      return await stampInstallation(packageDir, origin, probe.version);
    } catch (error) {
      failures.push(`- ${source.name}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  }
  throw new NativeError(
    'TENSORFLOW_MISSING',
    `TensorFlow can't be installed. Tried:\n${failures.join('\n')}\n` +
      'Needed are python3 with pip and a C++ compiler (Debian: apt-get install python3-pip g++; ' +
      'macOS: xcode-select --install) and a way to a Python package index.',
  );
}

/** Puts finished libraries and the addon where tfjs-node looks for them, instead of what is there. */
async function place(packageDir: string, stage: string): Promise<void> {
  const libraries = librariesDir(packageDir);
  const addons = dirname(addonPath(packageDir));
  await rm(stampPathOf(packageDir), { force: true });
  await rm(libraries, { recursive: true, force: true });
  await rename(join(stage, 'lib'), libraries);
  await mkdir(addons, { recursive: true });
  await rename(join(stage, ADDON), addonPath(packageDir));
}

async function stampInstallation(packageDir: string, source: string, version: string): Promise<Stamp> {
  const libraries = librariesDir(packageDir);
  const paths = (await readdir(libraries)).map((name) => join(libraries, name));
  return writeStamp(stampPathOf(packageDir), { source, version }, [addonPath(packageDir), ...paths]);
}
