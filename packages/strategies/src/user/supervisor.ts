// The thread between a session and the thread of the user's code: it hears of that one's end while the
// session itself is asleep waiting for an answer, and looks after the memory.
import { Worker, workerData } from 'node:worker_threads';
import { send, type SupervisorSetup } from './messages.ts';
import { placeOf, wordsOf } from './place.ts';

const { worker: setup, port, maxMemoryMb } = workerData as SupervisorSetup;
const { code, sent } = setup;

const worker = new Worker(new URL('./worker.ts', import.meta.url), {
  workerData: setup,
  transferList: [setup.port],
  env: {},
  argv: [],
  execArgv: [],
  // Piped to here, where nobody reads them: what the user's code writes is no output of the service's.
  stdout: true,
  stderr: true,
  // An allocation past V8's own limit can end the whole process, so that this is far above maxMemoryMb.
  resourceLimits: { maxOldGenerationSizeMb: 4 * maxMemoryMb },
});

let said = false;
function ended(message: string, at = `${code.shown}strategy.ts`): void {
  if (said) return;
  said = true;
  clearInterval(watch);
  send(port, sent, { kind: 'ended', failure: { message, at } });
}

worker.on('error', (error: Error & { readonly code?: string }) => {
  const outOfMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  if (outOfMemory) ended(tooMuchMemory);
  else ended(wordsOf(error), placeOf(error, code));
});
worker.on('exit', (exitCode) => ended(`its thread ended by itself with code ${exitCode}`));

const tooMuchMemory =
  `it took more than the ${maxMemoryMb} MB of memory that a strategy may; keep less ` + `at a time`;
const megabytes = (): number => process.memoryUsage.rss() / 2 ** 20;
/**
 * Of the whole process, of which nothing but this grows while the session waits; arrays of numbers lie
 * outside the heap that resourceLimits are about. The lowest since then is what the rest of the process has.
 */
let lowest = megabytes();
const watch = setInterval(() => {
  const now = megabytes();
  lowest = Math.min(lowest, now);
  if (Atomics.load(sent, 1) === 0) lowest = now;
  else if (now - lowest > maxMemoryMb) {
    ended(tooMuchMemory);
    void worker.terminate();
  }
}, 50);
