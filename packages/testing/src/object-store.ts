import { rm } from 'node:fs/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { startObjectStore, type ObjectStore } from '@ml-training/embedded';
import { newServerFolder } from './folders.ts';
import { until } from './until.ts';

const Bucket = 'models';

/** An S3-compatible server of one test's own, with an empty bucket. */
export interface PrivateObjectStore extends ObjectStore {
  /** What makes the fleet keep its models there. */
  readonly settings: {
    readonly MODEL_STORE: string;
    readonly AWS_ENDPOINT_URL_S3: string;
    readonly AWS_REGION: string;
    readonly AWS_ACCESS_KEY_ID: string;
    readonly AWS_SECRET_ACCESS_KEY: string;
  };
  /** Below the prefix, in order. */
  keys(): Promise<string[]>;
  read(key: string): Promise<Uint8Array>;
  write(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
  /** Ends it for good and deletes its data. */
  remove(): Promise<void>;
}

/** @param options.args further arguments of SeaweedFS's command line, read at each start */
export async function startPrivateObjectStore(
  options: { readonly args?: readonly string[] } = {},
): Promise<PrivateObjectStore> {
  const folder = newServerFolder();
  const log = (message: string): void => void process.stderr.write(`${message}\n`);
  const server = await startObjectStore({ dataDir: folder, log, ...options });
  const { url: endpoint, accessKeyId, secretAccessKey } = server;
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const prefix = 'fleet/';
  const at = (key: string) => ({ Bucket, Key: prefix + key });
  const write = async (key: string, bytes: Uint8Array): Promise<void> => {
    await client.send(new PutObjectCommand({ ...at(key), Body: bytes }));
  };
  const remove = async (key: string): Promise<void> => {
    await client.send(new DeleteObjectCommand(at(key)));
  };
  const takesWrites = (): Promise<unknown> =>
    until(
      () =>
        write('.ready', Buffer.from('ready')).then(
          () => true,
          () => false,
        ),
      { what: 'a write to be taken' },
    );
  await until(
    () =>
      client.send(new CreateBucketCommand({ Bucket })).then(
        () => true,
        () => false,
      ),
    {
      what: 'a bucket to be made',
    },
  );
  await takesWrites();
  await remove('.ready');
  return {
    ...server,
    settings: {
      MODEL_STORE: `s3://${Bucket}/fleet`,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    restart: async () => {
      await server.restart();
      await takesWrites();
      await remove('.ready');
    },
    keys: async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }));
      return Contents.map(({ Key = '' }) => Key.slice(prefix.length));
    },
    read: async (key) => (await client.send(new GetObjectCommand(at(key)))).Body!.transformToByteArray(),
    write,
    delete: remove,
    remove: async () => {
      client.destroy();
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
