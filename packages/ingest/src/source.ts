import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { FleetError, unreadableFile } from '@ml-training/core';
import { contentKind, packing, type ContentKind } from './kinds.ts';
import { openZipEntry } from './zip.ts';

/** So much of a file is looked at before anything is said of it. */
const headBytes = 256 * 1024;

/** A file's content, unpacked. */
export interface Source {
  /** As it was given, for messages. */
  readonly file: string;
  /** The name of the content, without a folder and .gz or .zst; of a zip its entry's. */
  readonly name: string;
  readonly kind: ContentKind;
  /** The first bytes: `headBytes`, or all when they are fewer. */
  readonly head: Buffer;
  /** Whether the head is all of it. */
  readonly whole: boolean;
  /** The content from its first byte on. Can be read once. */
  readonly stream: Readable;
  /** Bytes of the file, packed as it is, read so far. */
  readonly bytesRead: () => number;
  /** 0 where it is not known. */
  readonly totalBytes: number;
  /** Whether any place of the content can be read at any time: a file that is not packed. */
  readonly seekable: boolean;
  /** Opens it again at its beginning; null where that can't be, as of a pipe. */
  readonly again: (() => Promise<Source>) | null;
}

/** @throws FleetError BARS_INVALID for a file that can't be read or unpacked */
export async function openSource(file: string): Promise<Source> {
  try {
    const facts = await stat(file).catch(async (): Promise<never> => {
      // What opening says is what people know.
      await (await open(file)).close();
      throw new Error(`${file} came a moment ago`);
    });
    const first = facts.isFile() ? await firstBytes(file) : null;
    if (first !== null && packing(first) === 'zip') {
      const entry = await openZipEntry(file);
      return await finish(entry.stream, entry.name, entry.bytesRead, false);
    }
    const raw = createReadStream(file);
    const bytesRead = (): number => raw.bytesRead;
    const begun = await peek(raw, 1);
    const packed = packing(begun.head);
    if (packed === 'zip')
      throw invalid(
        `${file} is a zip that comes through a pipe: give it as a file, since its list is at its end`,
      );
    const bare = path.basename(file).replace(packed === null ? /$^/ : /\.(gz|gzip|zst|zstd)$/i, '');
    const content = packed === null ? begun.stream : unpack(begun.stream, packed);
    return await finish(content, bare, bytesRead, facts.isFile() && packed === null);

    async function finish(
      stream: Readable,
      name: string,
      read: () => number,
      seekable: boolean,
    ): Promise<Source> {
      const { head, whole, stream: content } = await peek(stream, headBytes);
      return {
        file,
        name,
        kind: contentKind(head),
        head,
        whole,
        stream: content,
        bytesRead: read,
        totalBytes: facts.isFile() ? facts.size : 0,
        seekable,
        again: facts.isFile() ? () => openSource(file) : null,
      };
    }
  } catch (error) {
    throw inWords(file, error);
  }
}

/** What went wrong while a file was read or unpacked, in words; any other error as it is. */
export function inWords(file: string, error: unknown): unknown {
  if (error instanceof FleetError || typeof error !== 'object' || error === null) return error;
  const code = 'code' in error ? String(error.code) : '';
  const message = 'message' in error ? String(error.message) : '';
  if (code === 'Z_BUF_ERROR' || /unexpected end of file|Src size is incorrect|premature/i.test(message))
    return invalid(`${file} is cut short: its end is missing, so get it again`, error);
  if (code.startsWith('Z_') || code.startsWith('ZSTD_'))
    return invalid(
      `${file} can't be unpacked, as its packed bytes are damaged (${message}): get it again`,
      error,
    );
  if (/central directory|zip file|local file header|uncompressed/i.test(message))
    return invalid(`${file} is a zip that is cut short or damaged (${message}): get it again`, error);
  return unreadableFile(file, error);
}

const invalid = (message: string, cause?: unknown): FleetError =>
  new FleetError('BARS_INVALID', message, cause === undefined ? {} : { cause });

function unpack(stream: Readable, packed: 'gzip' | 'zstd'): Readable {
  // An error of either arrives at whoever reads the result.
  return pipeline(stream, packed === 'gzip' ? createGunzip() : createZstdDecompress(), () => undefined);
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Reads so many bytes, or all, and gives a stream that begins with them. */
async function peek(
  stream: Readable,
  bytes: number,
): Promise<{ head: Buffer; whole: boolean; stream: Readable }> {
  const chunks: Buffer[] = [];
  let length = 0;
  let whole = false;
  const iterator = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  while (length < bytes) {
    const next = await iterator.next();
    if (next.done === true) {
      whole = true;
      break;
    }
    chunks.push(next.value);
    length += next.value.length;
  }
  const rest = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* chunks.splice(0);
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    } finally {
      stream.destroy();
    }
  };
  const head = Buffer.concat(chunks);
  return { head, whole, stream: Readable.from(rest(), { objectMode: false }) };
}
