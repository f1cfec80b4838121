import { join } from 'node:path';

/** Where a source of TensorFlow finds and leaves what it makes. */
export interface Installation {
  /** Folder of tfjs-node. */
  readonly packageDir: string;
  /** Empty folder in the package, where a source leaves the libraries in `lib/` and the addon beside it. */
  readonly stage: string;
  /** Makes a temporary folder for downloads. */
  readonly temporary: () => Promise<string>;
}

/** File name of the addon. */
export const ADDON = 'tfjs_binding.node';

/** Where tfjs-node looks for its addon under every Node this project runs on. */
export function addonPath(packageDir: string): string {
  return join(packageDir, 'lib', 'napi-v8', ADDON);
}

/** Where the addon looks for TensorFlow's libraries. */
export function librariesDir(packageDir: string): string {
  return join(packageDir, 'deps', 'lib');
}

/** Inside the package, as whoever replaces the package takes the libraries away too. */
export function stampPathOf(packageDir: string): string {
  return join(packageDir, 'deps', 'installed.json');
}
