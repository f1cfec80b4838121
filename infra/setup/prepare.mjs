// What `npm start` and `npm test` do first: dependencies, native runtimes and the page, each only when something changed.
// Runs on the machine's own Node (20 or later) with nothing installed yet, so: plain JavaScript, no packages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { missing, thisMachine } from './requirements.mjs';
import { startSteps } from './steps.mjs';

// Not import.meta.dirname: Node has it only from 20.11 on.
export const root = fileURLToPath(new URL('../..', import.meta.url));
/** The Node of the checkout, from the npm package `node`; the one in .bin is a shell script that would swallow signals. */
export const node = path.join(root, 'node_modules/node/bin/node');

const stamp = path.join(root, '.runtime/installed');

/** Ends the process with a message when the machine lacks something or a step fails. */
export async function prepare() {
  const problems = await missing(thisMachine(root));
  if (problems.length > 0) end(`${problems.join('\n')}\n`);
  const step = startSteps({ root, log: path.join(root, '.runtime/logs/setup.log') });
  try {
    await installDependencies(step);
    await step('Setting up TensorFlow, LightGBM and OpenBLAS', node, ['packages/native/src/setup.ts'], {
      // Its progress ends in an ellipsis.
      keep: (line) => !line.endsWith('…'),
    });
    await step('Building the page', node, ['services/dashboard/build.ts']);
  } catch {
    end('');
  }
}

/** Runs a command in the checkout with its Node first on the PATH. @returns its exit code */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: environment(), ...options });
  if (done.error) process.stderr.write(`${command}: ${done.error.message}\n`);
  return done.status ?? 1;
}

/** This process's, with the checkout's programs first and a place for compiled code, which halves every start. */
export function environment() {
  const bin = path.join(root, 'node_modules/.bin');
  return {
    NODE_COMPILE_CACHE: path.join(root, '.runtime/compile-cache'),
    ...process.env,
    PATH: `${bin}${path.delimiter}${process.env.PATH}`,
  };
}

async function installDependencies(step) {
  const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(node)) return;
  const install = ['--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only'];
  await step(`Installing dependencies with ${packageManager}`, 'npx', install, {
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** Changes whenever an install could have something to do. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml'])
    hash.update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

function end(message) {
  process.stderr.write(message);
  process.exit(1);
}
