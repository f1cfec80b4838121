import { join } from 'node:path';
import { NativeError } from '../errors.ts';
import { RUNTIME_DIR, SETUP_COMMAND } from '../paths.ts';
import type { Log } from '../progress.ts';
import { fetchWheelMember } from '../wheel.ts';
import { type Library, openLibrary } from './library.ts';

export const LIGHTGBM_VERSION = '4.7.0';

const WHEELS = {
  'linux-x64': {
    tag: 'manylinux_2_28_x86_64',
    sha256: 'd23e922acd891e77212e4d0fbcee9ba973c96dee479491341d05ba595357ebb7',
    member: 'lightgbm/lib/lib_lightgbm.so',
  },
  'linux-arm64': {
    tag: 'manylinux_2_17_aarch64',
    sha256: 'd4529acec5c6fefe4768302a529707d0ead90f6a6f42df694b856212e09695b8',
    member: 'lightgbm/lib/lib_lightgbm.so',
  },
  'darwin-x64': {
    tag: 'macosx_10_15_x86_64',
    sha256: 'dfc1cfe8e760387be1e7ba7a214688be21fdff96e4ed9749188f83e1877c2477',
    member: 'lightgbm/lib/lib_lightgbm.dylib',
  },
  'darwin-arm64': {
    tag: 'macosx_12_0_arm64',
    sha256: '129535462686f274df179133643118c5c5c5667167fe6c3a28d955f0b3c8e868',
    member: 'lightgbm/lib/lib_lightgbm.dylib',
  },
};

/** Where LightGBM's shared library is, once it is installed. */
export function lightGbmPath(dir: string = RUNTIME_DIR): string {
  return join(dir, process.platform === 'darwin' ? 'lib_lightgbm.dylib' : 'lib_lightgbm.so');
}

/**
 * Brings LightGBM's shared library and checks that it loads; what is already there and whole is left alone.
 *
 * @param dir folder it is put in
 * @returns the library's path
 * @throws NativeError LIGHTGBM_MISSING, PLATFORM_UNSUPPORTED, WHEEL_UNAVAILABLE
 */
export async function installLightGbm(log: Log, dir?: string): Promise<string> {
  const target = lightGbmPath(dir);
  await fetchWheelMember({ project: 'lightgbm', version: LIGHTGBM_VERSION, wheels: WHEELS, target, log });
  // Whole, by its checksum, so that loading it here can't end this process.
  openLightGbm(target);
  return target;
}

/** @throws NativeError LIGHTGBM_MISSING saying what to do */
export function openLightGbm(path: string): Library {
  try {
    return openLibrary(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const advice = /lib[gi]?omp/.test(why)
      ? 'LightGBM needs the OpenMP runtime: apt-get install libgomp1 (macOS: brew install libomp)'
      : `run: ${SETUP_COMMAND} --only lightgbm`;
    throw new NativeError('LIGHTGBM_MISSING', `LightGBM doesn't load: ${why}; ${advice}`, { cause: error });
  }
}
