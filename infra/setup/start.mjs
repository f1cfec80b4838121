import { spawn } from 'node:child_process';
import { environment, node, prepare, root } from './prepare.mjs';

await prepare();
const up = spawn(node, ['packages/cli/src/main.ts', 'up', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: environment(),
});
// Ctrl-C reaches both of us; what becomes of the fleet is the child's business.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => up.kill('SIGTERM'));
up.on('exit', (code, signal) => {
  if (signal === null) process.exit(code);
  // It could not leave the terminal's other screen itself.
  if (process.stdout.isTTY) process.stdout.write('\x1b[?1049l');
  process.stderr.write(`The fleet was ended by ${signal}.\n`);
  process.exit(1);
});
