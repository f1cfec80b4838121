import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LIGHTGBM_VERSION, lightGbmPath } from './lightgbm/install.ts';
import { SETUP_COMMAND, tfjsNodeDir } from './paths.ts';
import { run } from './run.ts';
import { librariesDir, stampPathOf } from './tensorflow/layout.ts';
import { probeTensorFlow } from './tensorflow/probe.ts';
import type { Runtime } from './setup.ts';
import { checkStamp } from './stamp.ts';

export interface RuntimeStatus {
  readonly runtime: Runtime;
  readonly installed: boolean;
  /** Version of TensorFlow or LightGBM, where it is known. */
  readonly version?: string;
  /** The library's folder or file, where there is one. */
  readonly path?: string;
  readonly loads: boolean;
  /** What to do, when it doesn't load. */
  readonly advice?: string;
}

/** State of the native runtimes, each tried out in a child process; takes about a second, changes nothing. */
export async function status(): Promise<readonly RuntimeStatus[]> {
  return Promise.all([tensorFlowStatus(), lightGbmStatus()]);
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

async function lightGbmStatus(): Promise<RuntimeStatus> {
  const path = lightGbmPath();
  if (!existsSync(path)) {
    const advice = adviceFor('lightgbm', `${path} is missing`);
    return { runtime: 'lightgbm', installed: false, loads: false, advice };
  }
  const known = { runtime: 'lightgbm', installed: true, version: LIGHTGBM_VERSION, path } as const;
  const module = fileURLToPath(new URL('./lightgbm/lightgbm.ts', import.meta.url));
  const script = `(await import(process.argv[1])).loadLightGbm()`;
  const probe = await run(process.execPath, ['--input-type=module', '-e', script, module], {
    timeoutMs: 60_000,
  });
  if (probe.ok) return { ...known, loads: true };
  return { ...known, loads: false, advice: adviceFor('lightgbm', probe.reason) };
}

function adviceFor(runtime: Runtime, why: string): string {
  return `${why}; run: ${SETUP_COMMAND} --only ${runtime}`;
}
