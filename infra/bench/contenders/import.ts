// `ml import FILE`, as the command that people call: its own module, run in this process with its arguments.
import path from 'node:path';
import { root } from '../harness/paths.ts';
import { answer, moment, readJob } from './job.ts';

const { args } = readJob() as { readonly args: readonly string[] };
const start = moment();
// What the command prints of 300 symbols can fill the pipe, and what is written at the exit would then be lost.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
process.on('exit', (code) => {
  process.stdout.write = write;
  if (code === 0) answer(start, moment(), {});
});
process.argv = [process.argv[0]!, 'ml', 'import', ...args];
await import(path.join(root, 'packages/cli/src/main.ts'));
