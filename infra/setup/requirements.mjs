// What a machine must have before anything is fetched: said at once, not after a minute of installing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const leastNode = 20;
const leastPython = [3, 8];
/** What packages/native tries first, by platform; where it can be had, nothing is compiled. */
const built = { 'linux-x64': 'linux', 'darwin-x64': 'darwin' }[`${process.platform}-${process.arch}`];
const archive = `https://storage.googleapis.com/tf-builds/pre-built-binary/napi-v8/4.22.0/CPU-${built}-4.22.0.tar.gz`;
const archiveMs = 3000;

/**
 * @param machine what it is: `node` (version), `answers(command, args)` (its output, or null when it can't be run),
 *   `mac`, `reachesArchive()`, `hasRuntimes`
 * @returns a line for each thing that is missing, with what to do about it
 */
export async function missing({ node, answers, mac, reachesArchive, hasRuntimes }) {
  const problems = [];
  if (Number.parseInt(node, 10) < leastNode)
    problems.push(`Node ${leastNode} or later is needed; this is ${node}. Get it from https://nodejs.org`);
  // TensorFlow, LightGBM and OpenBLAS come by pip, once.
  if (hasRuntimes) return problems;
  const toInstall = (packages) => (mac ? 'xcode-select --install' : `on Debian: apt-get install ${packages}`);
  const version = answers('python3', ['-c', 'import sys; print(*sys.version_info[:2])']);
  if (version === null)
    problems.push(
      `Python 3 with pip is needed, and there is no python3; ${toInstall('python3 python3-pip')}`,
    );
  else if (isOlder(version.split(' ').map(Number), leastPython))
    problems.push(
      `Python ${leastPython.join('.')} or later is needed; python3 is ${version.trim().replace(' ', '.')}`,
    );
  else if (answers('python3', ['-m', 'pip', '--version']) === null)
    problems.push(`pip is needed, and python3 has none; ${toInstall('python3-pip')}`);
  const compiles = ['g++', 'c++', 'clang++'].some((name) => answers(name, ['--version']) !== null);
  if (!compiles && !(await reachesArchive()))
    problems.push(`A C++ compiler is needed, and there is no g++; ${toInstall('g++')}`);
  return problems;
}

const isOlder = ([major, minor], [leastMajor, leastMinor]) =>
  major < leastMajor || (major === leastMajor && minor < leastMinor);

/** The machine that this runs on. */
export function thisMachine(root) {
  const ending = process.platform === 'darwin' ? 'dylib' : 'so';
  const runtimes = [
    path.join(root, 'packages/native/node_modules/@tensorflow/tfjs-node/deps/installed.json'),
    path.join(root, '.runtime/native', `lib_lightgbm.${ending}`),
    path.join(root, '.runtime/native', `libopenblas.${ending}`),
  ];
  return {
    node: process.versions.node,
    answers: (command, args) => {
      const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
      return status === 0 ? stdout : null;
    },
    mac: process.platform === 'darwin',
    reachesArchive: () =>
      built !== undefined &&
      fetch(archive, { method: 'HEAD', signal: AbortSignal.timeout(archiveMs) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    hasRuntimes: runtimes.every((file) => existsSync(file)),
  };
}
