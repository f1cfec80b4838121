// Runs Jest and ends the process itself. Jest's own --forceExit does the same with a line that frightens; without
// either, a whole run once never ended: Node's clean-up at exit went round and round (Environment::CleanupHandles, seen
// with a debugger), waiting for a request that no event could end any more. Results are written by then.
import { fileURLToPath } from 'node:url';
import { buildArgv, runCLI } from 'jest';

const root = fileURLToPath(new URL('../..', import.meta.url));

// Its workers are given half a second to end, and a busy machine or a native library takes longer; they are ended then.
const complain = console.error.bind(console);
console.error = (...said) => {
  if (!String(said[0]).includes('A worker process has failed to exit gracefully')) complain(...said);
};

const { results } = await runCLI(await buildArgv(process.argv.slice(2)), [root]);
process.exit(results.success ? 0 : 1);
