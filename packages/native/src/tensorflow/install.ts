import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NativeError } from '../errors.ts';
import { tfjsNodeDir } from '../paths.ts';
import type { Log } from '../progress.ts';
import { checkStamp, type Stamp, writeStamp } from '../stamp.ts';
import { withWorkspace } from '../workspace.ts';
import { installFromBucket } from './official.ts';
import { probeTensorFlow } from './probe.ts';
import { installFromWheel } from './wheel.ts';

/** Where a source puts TensorFlow. */
export interface Installation {
  /** Folder of tfjs-node; a source may use deps/partial in it for what isn't finished. */
  readonly packageDir: string;
  readonly libraryDir: string;
  readonly addon: string;
  /** Makes a temporary folder for downloads. */
  readonly temporary: () => Promise<string>;
}

const BUCKET = 'https://storage.googleapis.com';

/**
 * In order. The wheel comes first because its checksum is known and because it gives every machine the TensorFlow
 * that the tests run with; the makers' own archives need no compiler, but are older, and not pinned.
 */
const SOURCES = [
  { name: 'the Python wheel', install: installFromWheel },
  {
    name: "the makers' bucket",
    install: (target: Installation, log: Log) => installFromBucket(target, log, BUCKET),
  },
];

export function tensorFlowStampPath(packageDir: string): string {
  return join(packageDir, 'deps', 'installed.json');
}

/**
 * Makes TensorFlow loadable; what is already there and whole is left alone.
 *
 * @returns what is installed
 * @throws NativeError TENSORFLOW_MISSING with what was tried and why each failed
 */
export async function installTensorFlow(log: Log): Promise<Stamp> {
  const packageDir = tfjsNodeDir();
  const stampPath = tensorFlowStampPath(packageDir);
  const quick = await checkStamp(stampPath);
  if (quick.state === 'fits') return quick.stamp;

  return withWorkspace(log, async (temporary) => {
    const now = await checkStamp(stampPath);
    if (now.state === 'fits') return now.stamp;
    const target: Installation = {
      packageDir,
      libraryDir: join(packageDir, 'deps', 'lib'),
      addon: join(packageDir, 'lib', 'napi-v8', 'tfjs_binding.node'),
      temporary,
    };
    if (now.state === 'broken') log(`Installing TensorFlow again: ${now.why}.`);
    else {
      const found = await probeTensorFlow(packageDir);
      if (found.loads) return stampInstallation(target, stampPath, 'found', found.version);
    }
    return installFromSources(target, stampPath, log);
  });
}

async function installFromSources(target: Installation, stampPath: string, log: Log): Promise<Stamp> {
  const failures: string[] = [];
  for (const source of SOURCES) {
    try {
      await clear(target, stampPath);
      const origin = await source.install(target, log);
      const probe = await probeTensorFlow(target.packageDir);
      if (!probe.loads) throw new NativeError('TENSORFLOW_MISSING', `it doesn't load: ${probe.why}`);
      return await stampInstallation(target, stampPath, origin, probe.version);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log(`TensorFlow from ${source.name}: ${why}`);
      failures.push(`- ${source.name}: ${why}`);
    } finally {
      await rm(join(target.packageDir, 'deps', 'partial'), { recursive: true, force: true });
    }
  }
  throw new NativeError(
    'TENSORFLOW_MISSING',
    `TensorFlow can't be installed. Tried:\n${failures.join('\n')}\n` +
      'Needed are python3 with pip and a C++ compiler (Debian: apt-get install python3-pip g++; ' +
      'macOS: xcode-select --install) and a way to a Python package index.',
  );
}

/** Leaves nothing of another source's libraries beside the new ones. */
async function clear(target: Installation, stampPath: string): Promise<void> {
  await rm(stampPath, { force: true });
  await rm(target.libraryDir, { recursive: true, force: true });
  await mkdir(target.libraryDir, { recursive: true });
  await mkdir(dirname(target.addon), { recursive: true });
}

async function stampInstallation(
  target: Installation,
  stampPath: string,
  source: string,
  version: string,
): Promise<Stamp> {
  const libraries = await readdir(target.libraryDir);
  const paths = [target.addon, ...libraries.map((name) => join(target.libraryDir, name))];
  return writeStamp(stampPath, { source, version }, paths);
}
