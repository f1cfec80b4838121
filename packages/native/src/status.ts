import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LIGHTGBM_VERSION, lightGbmPath } from './lightgbm/install.ts';
import { SETUP_COMMAND, tfjsNodeDir } from './paths.ts';
import { OPENBLAS_VERSION, openBlasPath } from './openblas/install.ts';
import { run } from './run.ts';
import { librariesDir, stampPathOf } from './tensorflow/layout.ts';
import { probeTensorFlow } from './tensorflow/probe.ts';
import type { Runtime } from './setup.ts';
import { checkStamp } from './stamp.ts';

export interface RuntimeStatus {
  readonly runtime: Runtime;
  readonly installed: boolean;
  /** Its version, where it is known. */
  readonly version?: string;
  /** The library's folder or file, where there is one. */
  readonly path?: string;
  readonly loads: boolean;
  /** What to do, when it doesn't load. */
  readonly advice?: string;
}

/** State of the native runtimes, each tried out in a child process; takes about a second, changes nothing. */
export async function status(): Promise<readonly RuntimeStatus[]> {
  return Promise.all([tensorFlowStatus(), lightGbmStatus(), openBlasStatus()]);
}

async function tensorFlowStatus(): Promise<RuntimeStatus> {
  const packageDir = tfjsNodeDir();
  const path = librariesDir(packageDir);
  const stamp = await checkStamp(stampPathOf(packageDir));
  const installed = existsSync(path);
  const probe = await probeTensorFlow(packageDir);
  const where = installed ? { path } : {};
  if (probe.loads) return { runtime: 'tensorflow', installed, version: probe.version, ...where, loads: true };
  const why = stamp.state === 'broken' ? stamp.why : probe.why;
  return { runtime: 'tensorflow', installed, ...where, loads: false, advice: adviceFor('tensorflow', why) };
}

const lightGbmStatus = (): Promise<RuntimeStatus> =>
  fileStatus('lightgbm', LIGHTGBM_VERSION, lightGbmPath(), './lightgbm/lightgbm.ts', 'loadLightGbm');

const openBlasStatus = (): Promise<RuntimeStatus> =>
  fileStatus('openblas', OPENBLAS_VERSION, openBlasPath(), './openblas/openblas.ts', 'loadOpenBlas');

/** Of a runtime that is one file; `load` of `module` is tried. */
async function fileStatus(
  runtime: Runtime,
  version: string,
  path: string,
  module: string,
  load: string,
): Promise<RuntimeStatus> {
  if (!existsSync(path))
    return { runtime, installed: false, loads: false, advice: adviceFor(runtime, `${path} is missing`) };
  const known = { runtime, installed: true, version, path } as const;
  const script = `(await import(process.argv[1])).${load}()`;
  const file = fileURLToPath(new URL(module, import.meta.url));
  const probe = await run(process.execPath, ['--input-type=module', '-e', script, file], {
    timeoutMs: 60_000,
  });
  if (probe.ok) return { ...known, loads: true };
  return { ...known, loads: false, advice: adviceFor(runtime, probe.reason) };
}

function adviceFor(runtime: Runtime, why: string): string {
  return `${why}; run: ${SETUP_COMMAND} --only ${runtime}`;
}
