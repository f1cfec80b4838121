import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { NativeError } from '../errors.ts';
import { forThisPlatform } from '../platform.ts';
import { type Log, withProgress } from '../progress.ts';
import { run } from '../run.ts';
import type { Installation } from './layout.ts';

const VERSION = '2.9.1';
const TFJS_VERSION = '4.22.0';

/** The platforms that the package's makers build both archives for. */
const ARCHIVES = {
  'linux-x64': { library: 'linux-x86_64', addon: 'linux' },
  'darwin-x64': { library: 'darwin-x86_64', addon: 'darwin' },
};

const CONNECT_MS = 8_000;
const DOWNLOAD_MS = 15 * 60_000;

/**
 * Fetches what tfjs-node's own install script would: libtensorflow and a
 * compiled addon, from the bucket of TensorFlow's makers. That script itself
 * has no time-out and edits package.json, which pnpm shares with its store.
 *
 * @param bucket URL both archives are below
 * @throws NativeError saying what can't be had
 */
export async function installFromBucket(target: Installation, log: Log, bucket: string): Promise<string> {
  const names = forThisPlatform(`libtensorflow ${VERSION}`, ARCHIVES);
  const library = `tensorflow/libtensorflow/libtensorflow-cpu-${names.library}-${VERSION}.tar.gz`;
  const builds = `tf-builds/pre-built-binary/napi-v8/${TFJS_VERSION}`;
  const addon = `${builds}/CPU-${names.addon}-${TFJS_VERSION}.tar.gz`;
  const folder = await target.temporary();

  const fetched = async (): Promise<void> => {
    // The small one first, as it shows at once whether there is a way to the bucket.
    await download(`${bucket}/${addon}`, join(folder, 'addon.tar.gz'));
    await download(`${bucket}/${library}`, join(folder, 'library.tar.gz'));
  };
  await withProgress(log, `Downloading libtensorflow ${VERSION}`, fetched(), folder);
  const unpacked = async (): Promise<void> => {
    await unpack(join(folder, 'library.tar.gz'), target.stage);
    await unpack(join(folder, 'addon.tar.gz'), target.stage, '--strip-components=1');
  };
  await withProgress(log, 'Unpacking TensorFlow', unpacked(), target.stage);
  return `libtensorflow ${VERSION} from ${bucket}`;
}

async function download(url: string, path: string): Promise<void> {
  // Its own time-out for the connection: a closed network may swallow packets instead of refusing them.
  const connecting = new AbortController();
  const timer = setTimeout(
    () => connecting.abort(new Error(`no answer in ${CONNECT_MS / 1000} s`)),
    CONNECT_MS,
  );
  try {
    const signal = AbortSignal.any([connecting.signal, AbortSignal.timeout(DOWNLOAD_MS)]);
    const response = await fetch(url, { signal });
    clearTimeout(timer);
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path));
  } catch (error) {
    throw new NativeError('TENSORFLOW_MISSING', `${url}: ${causeOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function unpack(archive: string, folder: string, ...options: string[]): Promise<void> {
  const outcome = await run('tar', ['-xzf', archive, '-C', folder, ...options], { timeoutMs: 5 * 60_000 });
  if (!outcome.ok) throw new NativeError('TENSORFLOW_MISSING', `unpacking: ${outcome.reason}`);
}

/** fetch says no more than "fetch failed"; why is in its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
