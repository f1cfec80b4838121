import { randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { ModelSettings } from '../store.ts';
import { inOurWords, isBusy, isMissing, isTaken } from './errors.ts';
import { locationOf } from './location.ts';
import { regionOf } from './region.ts';

export interface StoredObject {
  /** Below the prefix. */
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: Date;
}

/**
 * Objects below the prefix of a bucket. All throw FleetError MODEL_STORE_UNAVAILABLE where another try may
 * help, MODEL_STORE_REFUSED where somebody must do something, DISK_FULL.
 */
export interface Bucket {
  /** For messages. */
  readonly name: string;
  /** Writes an object, over the one before. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Writes an object where there is none. @param called in messages @returns false where there is one */
  putNew(key: string, bytes: Uint8Array, called?: string): Promise<boolean>;
  /** @returns null when there is none, its size where that is beyond `maxBytes` */
  get(key: string, maxBytes: number): Promise<Uint8Array | number | null>;
  has(key: string): Promise<boolean>;
  /** No error where there is none. */
  remove(key: string): Promise<void>;
  /** Whose key begins so, in order of key. */
  list(prefix: string): Promise<StoredObject[]>;
}

/** Another try where the connection was lost, or somebody else writes the same key. */
const tries = 5;
/** A server that says nothing for so long is taken to be gone. */
const silenceMs = 30_000;

export function openBucket(settings: ModelSettings): Bucket {
  const { MODEL_STORE: url = '', AWS_ENDPOINT_URL_S3: endpoint = '', AWS_REGION } = settings;
  const location = locationOf(url);
  if (location === null) throw new TypeError(`MODEL_STORE is ${JSON.stringify(url)}`);
  const { bucket: Bucket, prefix } = location;
  const client = new S3Client({
    region: regionOf(AWS_REGION),
    // Servers of one's own seldom have a name for each bucket.
    ...(endpoint === '' ? {} : { endpoint, forcePathStyle: true }),
    ...credentialsIn(settings),
    // Every load checks the model's own sum, and not every server knows these.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 5000,
      requestTimeout: silenceMs,
      throwOnRequestTimeout: true,
      socketTimeout: silenceMs,
    },
  });
  const at = (key: string) => ({ Bucket, Key: prefix + key });
  const told = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw inOurWords(error, what, url);
    }
  };
  const head = (key: string) =>
    client.send(new HeadObjectCommand(at(key))).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });

  /** Of a write whose answer was lost the next try finds the object itself in its way: it bears the write's id. */
  const putOnce = async (key: string, bytes: Uint8Array, write: string): Promise<boolean> => {
    for (let attempt = 1; ; attempt++)
      try {
        await client.send(
          new PutObjectCommand({ ...at(key), Body: bytes, IfNoneMatch: '*', Metadata: { write } }),
        );
        return true;
      } catch (error) {
        if (isTaken(error)) return (await head(key))?.Metadata?.['write'] === write;
        if (!isBusy(error) || attempt === tries) throw error;
      }
  };

  const getOnce = async (key: string, maxBytes: number): Promise<Uint8Array | number> => {
    const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand(at(key)));
    const body = Body!; // Of every answer to a GET.
    if (ContentLength > maxBytes) {
      if ('destroy' in body) body.destroy();
      return ContentLength;
    }
    const bytes = await body.transformToByteArray();
    if (bytes.length !== ContentLength) throw new Error(`${bytes.length} bytes of ${ContentLength} came`);
    return bytes;
  };

  return {
    name: url,
    put: (key, bytes) =>
      told(`writing ${key}`, async () => {
        await client.send(new PutObjectCommand({ ...at(key), Body: bytes }));
      }),
    putNew: (key, bytes, called = key) => told(`writing ${called}`, () => putOnce(key, bytes, randomUUID())),
    get: (key, maxBytes) =>
      told(`reading ${key}`, async () => {
        // The SDK tries a request again, but not a body that was cut off.
        for (let attempt = 1; ; attempt++)
          try {
            return await getOnce(key, maxBytes);
          } catch (error) {
            if (isMissing(error)) return null;
            if ('$metadata' in (error as object) || attempt === tries) throw error;
          }
      }),
    has: (key) => told(`looking for ${key}`, async () => (await head(key)) !== null),
    remove: (key) =>
      told(`deleting ${key}`, async () => {
        await client.send(new DeleteObjectCommand(at(key)));
      }),
    list: (start) =>
      told(`listing ${start}`, async () => {
        const found: StoredObject[] = [];
        let ContinuationToken: string | undefined;
        do {
          const page = await client.send(
            new ListObjectsV2Command({
              Bucket,
              Prefix: prefix + start,
              ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
            }),
          );
          for (const { Key = '', Size = 0, LastModified = new Date() } of page.Contents ?? [])
            found.push({ key: Key.slice(prefix.length), size: Size, modifiedAt: LastModified });
          ContinuationToken = page.NextContinuationToken;
        } while (ContinuationToken !== undefined);
        return found;
      }),
  };
}

/** The settings' own, which are the SDK's names for them; else the SDK looks where it always does. */
function credentialsIn({
  AWS_ACCESS_KEY_ID: accessKeyId = '',
  AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
  AWS_SESSION_TOKEN: sessionToken = '',
}: ModelSettings) {
  if (accessKeyId === '' || secretAccessKey === '') return {};
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) },
  };
}
