// What may go wrong between the fleet and the server of MODEL_STORE: a model is there whole or not at all, and whoever
// reads one gets it whole or an error that says what to do.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  someModel,
  someSharedModel,
  startPrivateObjectStore,
  startProxy,
  until,
  whyNoObjectStore,
  type PrivateObjectStore,
} from '@ml-training/testing';
import {
  checkModelStore,
  listModelFiles,
  readModel,
  saveModel,
  saveSharedModel,
  storeAt,
  type ModelSettings,
} from '../index.ts';

const noon = new Date('2024-01-01T12:00:00Z');
const why = whyNoObjectStore();
const megabyte = 2 ** 20;

const model = (bytes: number) => someModel('AAPL', { bytes });
const unavailable = { code: 'MODEL_STORE_UNAVAILABLE', infrastructure: true };

const listening = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

(why === null ? describe : describe.skip)(`a store in trouble${why === null ? '' : ` [${why}]`}`, () => {
  let server: PrivateObjectStore;
  let place: ModelSettings;
  beforeAll(async () => {
    server = await startPrivateObjectStore();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    const MODEL_DIR = await mkdtemp(path.join(tmpdir(), 'cache-'));
    place = { MODEL_DIR, MODEL_CACHE_MB: 0, ...server.settings };
  });
  afterEach(async () => {
    await rm(place.MODEL_DIR, { recursive: true });
    for (const key of await server.keys()) await server.delete(key);
  });
  const saved = async (bytes: number) => {
    const { filePath, sha256, sizeBytes } = await saveModel(place, model(bytes), noon);
    return { filePath, registered: { sha256, size_bytes: sizeBytes } };
  };

  test('killed in the middle of a write: the writer is told, and there is a whole model or none', async () => {
    const proxy = await startProxy(server.port);
    const through = { ...place, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${proxy.port}` };
    server.pause();
    const writing = saveModel(through, model(30 * megabyte), noon).then(
      () => null,
      (error: unknown) => error,
    );
    await until(() => proxy.connections() > 0, { what: 'the write to begin' });
    await server.kill();
    expect(await writing).toMatchObject(unavailable);
    await server.restart();
    await proxy.stop();
    for (const { filePath } of await listModelFiles(place))
      expect((await readModel(place, filePath)).symbol).toBe('AAPL');
    const again = await saved(megabyte);
    expect((await readModel(place, again.filePath, again.registered)).symbol).toBe('AAPL');
  });

  test('whose answer to a write is lost: the model is there once, under the name that the writer is told', async () => {
    const proxy = await startProxy(server.port);
    const through = { ...place, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${proxy.port}` };
    proxy.dropReplies();
    const writing = saveModel(through, model(megabyte), noon);
    await until(() => proxy.lostBytes() > 0, { what: 'the answer to be lost' });
    await proxy.restore();
    const { filePath, sha256 } = await writing;
    expect(filePath).toBe('models/lstm/AAPL/model_20240101_120000.pkl');
    expect((await listModelFiles(place)).map((one) => one.filePath)).toEqual([filePath]);
    expect((await readModel(place, filePath, { sha256 })).symbol).toBe('AAPL');
    await proxy.stop();
  });

  test.each([
    ['once: it is read whole', 1],
    ['every time: the reader is told', Infinity],
  ])('that cuts a model off in the middle, %s', async (_, times) => {
    const { filePath, registered } = await saved(4 * megabyte);
    let cuts = 0;
    const relay = createServer((client) => {
      const behind = connect(server.port, '127.0.0.1');
      let passed = 0;
      client.pipe(behind).on('data', (chunk: Buffer) => {
        passed += chunk.length;
        if (passed < megabyte || cuts >= times) client.write(chunk);
        else {
          cuts += 1;
          client.resetAndDestroy();
          behind.destroy();
        }
      });
      for (const socket of [client, behind]) socket.on('error', () => undefined);
      behind.on('close', () => client.destroy());
      client.on('close', () => behind.destroy());
    });
    const through = { ...place, AWS_ENDPOINT_URL_S3: await listening(relay) };
    const reading = readModel(through, filePath, registered);
    if (times === 1) expect((await reading).symbol).toBe('AAPL');
    else await expect(reading).rejects.toMatchObject(unavailable);
    expect(cuts).toBeGreaterThan(0);
    relay.close();
  });

  test('that is killed is of no matter to whom has the model on this machine', async () => {
    const kept = { ...place, MODEL_CACHE_MB: 10 };
    const { filePath, registered } = await saved(megabyte);
    await readModel(kept, filePath, registered);
    await server.kill();
    expect((await readModel(kept, filePath, registered)).symbol).toBe('AAPL');
    await expect(readModel(place, filePath, registered)).rejects.toMatchObject(unavailable);
    await server.restart();
  });

  // As MinIO, Ceph and AWS say it; SeaweedFS says less, see below.
  test.each([
    ['is full', 507, 'XMinioStorageFull', { code: 'DISK_FULL' }],
    ['is at its quota', 403, 'QuotaExceeded', { code: 'DISK_FULL' }],
    ['has an error of its own', 500, 'InternalError', unavailable],
    ['wants less of us', 503, 'SlowDown', unavailable],
    ['wants other credentials', 403, 'AccessDenied', { code: 'MODEL_STORE_REFUSED' }],
    ['knows no conditional writes', 501, 'NotImplemented', { code: 'MODEL_STORE_REFUSED' }],
  ])('that %s says so by a code, and what to do', async (_, status, code, expected) => {
    const says = createHttpServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(status, { 'content-type': 'application/xml' });
        response.end(`<Error><Code>${code}</Code><Message>told so</Message></Error>`);
      });
    });
    const through = { ...place, AWS_ENDPOINT_URL_S3: await listening(says) };
    const writing = saveModel(through, model(1000), noon);
    await expect(writing).rejects.toMatchObject({
      ...expected,
      infrastructure: true,
      message: expect.stringMatching(/^writing lstm\/AAPL\/model_.*\(MODEL_STORE\) failed: told so; \w+/),
    });
    says.close();
    says.closeAllConnections();
  });
});

(why === null ? describe : describe.skip)(`a store that is full${why === null ? '' : ` [${why}]`}`, () => {
  test('keeps what it has, takes nothing by halves, and takes models again once there is room', async () => {
    // Room for some 8 MB; the last of two arguments of a name holds.
    const args = ['-volume.max=1', '-master.volumeSizeLimitMB=8'];
    const server = await startPrivateObjectStore({ args });
    const place = {
      MODEL_DIR: await mkdtemp(path.join(tmpdir(), 'cache-')),
      MODEL_CACHE_MB: 0,
      ...server.settings,
    };
    const store = await storeAt(place);
    const kept: { filePath: string; sha256: string; symbol: string }[] = [];
    const large = (symbol: string) => {
      const given = someModel(symbol);
      return { ...given, model_state: { ...given.model_state, lstm: randomBytes(2 * megabyte) } };
    };
    const fill = async (): Promise<unknown> => {
      for (let i = 0; i < 50; i++) {
        const symbol = `S${i}`;
        try {
          kept.push({ symbol, ...(await saveModel(place, large(symbol), noon)) });
        } catch (error) {
          return error;
        }
      }
      return null;
    };
    const full = {
      code: 'MODEL_STORE_UNAVAILABLE',
      infrastructure: true,
      message: expect.stringMatching(/it may be full/),
    };
    expect(await fill()).toMatchObject(full);
    expect(kept.length).toBeGreaterThan(0);
    await expect(
      saveSharedModel(place, someSharedModel(['A', 'B', 'C']), { now: noon }),
    ).rejects.toMatchObject(full);
    await expect(store.requireUsable()).rejects.toMatchObject(full);
    await expect(checkModelStore(place)).rejects.toMatchObject(full);
    const allWhole = async (): Promise<void> => {
      expect((await listModelFiles(place)).map(({ filePath }) => filePath)).toEqual(
        kept.map(({ filePath }) => filePath).sort(),
      );
      for (const { filePath, sha256, symbol } of kept)
        expect((await readModel(place, filePath, { sha256 })).symbol).toBe(symbol);
    };
    await allWhole();
    expect((await server.keys()).filter((key) => !key.startsWith('lstm/S'))).toEqual([]);
    args.push('-volume.max=20');
    await server.restart();
    await store.requireUsable();
    kept.push({ symbol: 'NEW', ...(await saveModel(place, large('NEW'), noon)) });
    await allWhole();
    await server.remove();
    await rm(place.MODEL_DIR, { recursive: true });
  });
});
