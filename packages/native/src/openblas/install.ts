import { join } from 'node:path';
import { RUNTIME_DIR } from '../paths.ts';
import type { Log } from '../progress.ts';
import { fetchWheelMember } from '../wheel.ts';
import { openOpenBlas } from './library.ts';

export const OPENBLAS_VERSION = '0.3.34.481.3';

const LINUX = 'scipy_openblas32/lib/libscipy_openblas.so';
const DARWIN = 'scipy_openblas32/lib/libscipy_openblas.dylib';

const WHEELS = {
  'linux-x64': {
    tag: 'manylinux_2_28_x86_64',
    sha256: '0595f94cd58c1f8a0d90c975621f4587337a003916b1979e834ebdf2cb5d9504',
    member: LINUX,
  },
  'linux-arm64': {
    tag: 'manylinux_2_28_aarch64',
    sha256: 'e085dddbc5b9aa130f83def515d31c440e69f387a90c7e63b154a5575b4466bc',
    member: LINUX,
  },
  'darwin-x64': {
    tag: 'macosx_10_13_x86_64',
    sha256: '85d42ee10fd207ed6014273dcb9236ab1a65d21357f278b3aa0a78e8189665a8',
    member: DARWIN,
  },
  'darwin-arm64': {
    tag: 'macosx_11_0_arm64',
    sha256: '813bb8101da2f64555c4a5e71c3714539d92b0b4f1841ec12b80d50e56cde46c',
    member: DARWIN,
  },
};

/** Where OpenBLAS's shared library is, once it is installed. */
export function openBlasPath(dir: string = RUNTIME_DIR): string {
  return join(dir, process.platform === 'darwin' ? 'libopenblas.dylib' : 'libopenblas.so');
}

/**
 * Brings OpenBLAS's shared library, as numpy and SciPy are built with it, and checks that it loads; what is
 * already there and whole is left alone.
 *
 * @param dir folder it is put in
 * @returns the library's path
 * @throws NativeError OPENBLAS_MISSING, PLATFORM_UNSUPPORTED, WHEEL_UNAVAILABLE
 */
export async function installOpenBlas(log: Log, dir?: string): Promise<string> {
  const target = openBlasPath(dir);
  const project = 'scipy-openblas32';
  await fetchWheelMember({ project, version: OPENBLAS_VERSION, wheels: WHEELS, target, log });
  openOpenBlas(target);
  return target;
}
