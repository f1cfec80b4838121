// A model over as many symbols as a fleet may have costs its bytes once, and the server no crowd of requests.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  someSharedModel,
  startPrivateObjectStore,
  whyNoObjectStore,
  type PrivateObjectStore,
} from '@ml-training/testing';
import { readModel, removeModel, saveSharedModel, storeAt } from '../index.ts';

const why = whyNoObjectStore();
const symbols = Array.from({ length: 500 }, (_, i) => `S${i}`);
const atOnce = 16;

(why === null ? describe : describe.skip)(`of 500 symbols${why === null ? '' : ` [${why}]`}`, () => {
  let server: PrivateObjectStore;
  const under = { now: 0, most: 0, all: 0 };
  const relay = createServer((asked, answer) => {
    under.all += 1;
    under.most = Math.max(under.most, (under.now += 1));
    answer.on('close', () => (under.now -= 1));
    const { method, url, headers } = asked;
    const passed = httpRequest(
      { port: server.port, host: '127.0.0.1', method, path: url, headers },
      (from) => {
        answer.writeHead(from.statusCode!, from.headers);
        from.pipe(answer);
      },
    );
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  beforeAll(async () => {
    server = await startPrivateObjectStore();
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
  });
  afterAll(async () => {
    relay.close();
    relay.closeAllConnections();
    await server.remove();
  });

  test('a model is one content and 500 pointers, written by few requests at once, and all of it goes', async () => {
    const MODEL_DIR = await mkdtemp(path.join(tmpdir(), 'cache-'));
    const AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
    const place = { MODEL_DIR, ...server.settings, AWS_ENDPOINT_URL_S3 };
    const store = await storeAt(place);
    const { files } = await saveSharedModel(place, someSharedModel(symbols, { bytes: 1e6 }));
    // A look for a free name, the content, its pointers, and a look whether it is still there.
    expect(under.all).toBeLessThan(1.1 * symbols.length);
    const keys = await server.keys();
    const pointers = [...files.values()].map(({ filePath }) => filePath.replace('models/', ''));
    expect(pointers).toHaveLength(500);
    expect(keys.filter((key) => !key.includes('@shared'))).toEqual([...pointers].sort());
    expect(keys).toHaveLength(501);
    for (const symbol of ['S0', 'S499'])
      expect((await readModel(place, files.get(symbol)!.filePath, files.get(symbol))).symbol).toBe(symbol);

    const later = new Date(Date.now() + 2 * 3_600_000);
    const paths = [...files.values()].map(({ filePath }) => filePath);
    for (const filePath of paths.slice(1)) await removeModel(place, filePath);
    expect(await store.leftovers(later)).toEqual([]);
    await removeModel(place, paths[0]!);
    const contents = await store.leftovers(later);
    expect(contents.map(({ name }) => name)).toEqual(keys.filter((key) => key.includes('@shared')));
    await store.removeLeftover(contents[0]!.name);
    expect(await server.keys()).toEqual([]);
    expect(under.most).toBeLessThanOrEqual(atOnce);
    expect(under.most).toBeGreaterThan(1);
    await rm(MODEL_DIR, { recursive: true });
  });
});
