// What `npm start` and `npm test` do first: dependencies and native runtimes, each only when something changed.
// Runs on the machine's own Node (20 or later) with nothing installed yet, so: plain JavaScript, no packages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// Not import.meta.dirname: Node has it only from 20.11 on.
export const root = fileURLToPath(new URL('../..', import.meta.url));
/** The Node of the checkout, from the npm package `node`; the one in .bin is a shell script that would swallow signals. */
export const node = path.join(root, 'node_modules/node/bin/node');

const stamp = path.join(root, '.runtime/installed');

/** Ends the process with a message when a step fails; its own output says why. */
export function prepare() {
  installDependencies();
  step('native runtimes', node, ['packages/native/src/setup.ts']);
}

/** Runs a command in the checkout with its Node first on the PATH. @returns its exit code */
export function run(command, args, options = {}) {
  const bin = path.join(root, 'node_modules/.bin');
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
    ...options,
  });
  if (done.error) process.stderr.write(`${command}: ${done.error.message}\n`);
  return done.status ?? 1;
}

function installDependencies() {
  const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(node)) return;
  process.stderr.write(`Installing dependencies with ${packageManager}\n`);
  step('dependencies', 'npx', [
    '--yes',
    packageManager,
    'install',
    '--frozen-lockfile',
    '--reporter=append-only',
  ]);
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

function step(what, command, args) {
  const code = run(command, args);
  if (code === 0) return;
  process.stderr.write(`Setting up the ${what} failed (exit code ${code}); what was tried is above.\n`);
  process.exit(code);
}
