// Runs the steps of a set-up: one line each with its time, everything they print in a log, its end when one fails.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const quietMs = 2000;
const shownLines = 15;

/**
 * @param options.log the file for the steps' whole output, begun anew by the first step
 * @param options.out where people look
 * @returns `step(what, command, args, options)`: resolves when the command ended well; else its last lines are shown
 *   and it rejects with a message for people. `options.keep` tells which of its lines are shown for good; others are
 *   seen as progress only
 */
export function startSteps({ root, log, out = process.stderr }) {
  let file = null;
  return async function step(what, command, args, { env = process.env, keep = () => false } = {}) {
    if (file === null) {
      mkdirSync(path.dirname(log), { recursive: true });
      file = openSync(log, 'w');
    }
    const began = performance.now();
    const status = statusLine(out);
    let last = '';
    const seconds = () => Math.round((performance.now() - began) / 1000);
    let shown = false;
    const show = () => {
      shown = true;
      status.progress(`${what}: ${seconds()} s …${last === '' || !out.isTTY ? '' : ` ${last}`}`);
    };
    // Later on only where a line can replace itself.
    const first = setTimeout(show, quietMs);
    const again = out.isTTY ? setInterval(show, 1000) : undefined;
    writeSync(file, `$ ${command} ${args.join(' ')}\n`);
    const code = await ended(command, args, { cwd: root, env }, (line) => {
      writeSync(file, `${line}\n`);
      if (keep(line)) status.keep(line);
      else last = line;
    });
    clearTimeout(first);
    clearInterval(again);
    if (code === 0) {
      if (shown) status.keep(`${what}: ${seconds()} s`);
      return;
    }
    const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-shownLines);
    status.keep(`${what} failed (${code}). The end of ${path.relative(root, log)}, where all of it is:`);
    for (const line of tail) status.keep(`  ${line}`);
    throw new Error(`${what} failed`);
  };
}

/** @returns 0 or how it ended, in words */
function ended(command, args, options, onLine) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => onLine(line.trimEnd()));
    child.on('error', (error) => {
      onLine(`${command}: ${error.message}`);
      resolve('it could not be started');
    });
    child.on('close', (code, signal) => resolve(code === 0 ? 0 : (signal ?? `exit code ${code}`)));
  });
}

/** Progress is a line that replaces itself on a terminal; elsewhere it is said once. */
function statusLine(out) {
  let open = false;
  return {
    progress(text) {
      const line = out.isTTY
        ? `\r\x1b[K${text.slice(0, out.columns - 1)}`
        : `${text.replace(/: \d+ s …/, ' …')}\n`;
      out.write(line);
      open = out.isTTY === true;
    },
    keep(text) {
      out.write(`${open ? '\r\x1b[K' : ''}${text}\n`);
      open = false;
    },
  };
}
