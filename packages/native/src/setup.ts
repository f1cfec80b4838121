import { parseArgs } from 'node:util';
import { NativeError } from './errors.ts';
import { installLightGbm, LIGHTGBM_VERSION } from './lightgbm/install.ts';
import { installOpenBlas, OPENBLAS_VERSION } from './openblas/install.ts';
import type { Log } from './progress.ts';
import { installTensorFlow } from './tensorflow/install.ts';

export type Runtime = 'tensorflow' | 'lightgbm' | 'openblas';

const RUNTIMES: readonly Runtime[] = ['tensorflow', 'lightgbm', 'openblas'];

/**
 * Makes the native runtimes loadable: fetches, checks, compiles what isn't there yet, under this checkout
 * only. What is whole already costs milliseconds; set-ups at once wait for each other.
 *
 * @param options.only one of them instead of all
 * @param options.log gets progress, one line at a time, about
 *   what takes over 2 s or goes wrong; stderr unless given
 * @returns versions of what is there now
 * @throws NativeError with what was tried, why it failed and
 *   what to do; the other runtimes are set up all the same
 */
export async function setupNative(
  options: { readonly only?: Runtime; readonly log?: Log } = {},
): Promise<Partial<Record<Runtime, string>>> {
  const log = options.log ?? ((line) => process.stderr.write(`${line}\n`));
  const runtimes = options.only === undefined ? RUNTIMES : [options.only];
  const versions: Partial<Record<Runtime, string>> = {};
  const failures: unknown[] = [];
  for (const runtime of runtimes) {
    try {
      versions[runtime] = await install(runtime, log);
    } catch (error) {
      failures.push(error);
    }
  }
  const [first] = failures;
  if (failures.length > 1 && failures.every((failure) => failure instanceof NativeError))
    throw new NativeError(failures[0]!.code, failures.map(({ message }) => message).join('\n'), {
      cause: failures,
    });
  if (failures.length > 0) throw first;
  return versions;
}

async function install(runtime: Runtime, log: Log): Promise<string> {
  switch (runtime) {
    case 'tensorflow':
      return (await installTensorFlow(log)).version;
    case 'lightgbm':
      await installLightGbm(log);
      return LIGHTGBM_VERSION;
    case 'openblas':
      await installOpenBlas(log);
      return OPENBLAS_VERSION;
  }
}

async function main(): Promise<void> {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' } } });
    const only = RUNTIMES.find((runtime) => runtime === values.only);
    if (values.only !== undefined && only === undefined)
      throw new TypeError(`--only is ${RUNTIMES.join(' or ')}, not ${values.only}`);
    const versions = await setupNative(only === undefined ? {} : { only });
    for (const [runtime, version] of Object.entries(versions))
      process.stdout.write(`${runtime} ${version}\n`);
  } catch (error) {
    // What parseArgs throws, too.
    const usage = error instanceof TypeError;
    if (!usage && !(error instanceof NativeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = usage ? 2 : 1;
  }
}

if (import.meta.main) await main();
