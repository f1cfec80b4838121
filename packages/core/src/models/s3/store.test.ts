// Models in an S3-compatible store keep the promises of models in a folder: whole or not at all, never written over,
// shared once, read by their sum. On a real server.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  someModel as model,
  someSharedModel as shared,
  startPrivateObjectStore,
  whyNoObjectStore,
  type PrivateObjectStore,
} from '@ml-training/testing';
import { expectNamesOfTheirOwn } from '../../../test/save-in-processes.ts';
import {
  listCheckpoints,
  listModelFiles,
  readCheckpoint,
  readModel,
  removeCheckpoint,
  removeModel,
  requireRoom,
  requireWritable,
  saveModel,
  saveSharedModel,
  storeAt,
  writeCheckpoint,
  type Checkpoint,
  type ModelSettings,
} from '../index.ts';

const noon = new Date('2024-01-01T12:00:00.900Z');
const later = (): Date => new Date(Date.now() + 2 * 3_600_000);
const why = whyNoObjectStore();
const name = `an S3-compatible store${why === null ? '' : ` [${why}]`}`;

(why === null ? describe : describe.skip)(name, () => {
  let server: PrivateObjectStore;
  let place: ModelSettings;
  beforeAll(async () => {
    server = await startPrivateObjectStore();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    place = { MODEL_DIR: await mkdtemp(path.join(tmpdir(), 'cache-')), ...server.settings };
  });
  afterEach(async () => {
    await rm(place.MODEL_DIR, { recursive: true });
    for (const key of await server.keys()) await server.delete(key);
  });
  const cached = async (): Promise<string[]> =>
    (await readdir(path.join(place.MODEL_DIR, '.cache')).catch(() => [])).sort();
  const theContent = async (): Promise<string> =>
    (await server.keys()).find((key) => key.includes('@shared'))!;
  const leftovers = async (now: Date): Promise<string[]> =>
    (await (await storeAt(place)).leftovers(now)).map(({ name }) => name);
  const registered = (file: { readonly sha256: string; readonly sizeBytes: number }) => ({
    sha256: file.sha256,
    size_bytes: file.sizeBytes,
  });

  test('has a model under the key that its path has in MODEL_DIR else, and gives it back', async () => {
    const saved = await saveModel(place, model('BTC/USD'), noon);
    expect(saved.filePath).toBe('models/lstm/BTC%2FUSD/model_20240101_120000.pkl');
    expect(await server.keys()).toEqual(['lstm/BTC%2FUSD/model_20240101_120000.pkl']);
    const bytes = await server.read('lstm/BTC%2FUSD/model_20240101_120000.pkl');
    expect(saved.sizeBytes).toBe(bytes.length);
    expect(saved.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(await readModel(place, saved.filePath, registered(saved))).toEqual({
      ...model('BTC/USD'),
      timestamp: '20240101_120000',
      format_version: 2,
    });
  });

  test('gives the second that is taken to nobody else, whoever saves at once', async () => {
    const saved = await Promise.all(Array.from({ length: 6 }, () => saveModel(place, model('AAPL'), noon)));
    const seconds = saved.map(({ timestamp }) => timestamp).sort();
    expect(seconds).toEqual([0, 1, 2, 3, 4, 5].map((second) => `20240101_12000${second}`));
    for (const one of saved)
      expect(await readModel(place, one.filePath, registered(one))).toMatchObject({
        timestamp: one.timestamp,
      });
  });

  test('gives it to no two of several processes either', async () => {
    await expectNamesOfTheirOwn(place, { processes: 2, each: 5 });
  });

  test('keeps what several symbols share once, and each reads it as its own', async () => {
    const symbols = Array.from({ length: 40 }, (_, i) => `S${i}`);
    const { files, refused } = await saveSharedModel(place, shared([...symbols, '..']), { now: noon });
    expect([...files.keys()]).toEqual(symbols);
    expect(refused).toEqual([['..', expect.objectContaining({ code: 'SYMBOL_INVALID' })]]);
    expect(new Set([...files.values()].map(({ sha256 }) => sha256)).size).toBe(1);
    const { sha256, sizeBytes } = files.get('S7')!;
    const content = await theContent();
    expect(content).toMatch(/^ensemble\/@shared\/model_20240101_120000_[0-9a-f]{32}\.pkl$/);
    expect(await server.keys()).toEqual(
      [content, ...symbols.map((one) => `ensemble/${one}/model_20240101_120000.pkl`)].sort(),
    );
    expect((await server.read(content)).length).toBe(sizeBytes);
    const pointer = await server.read('ensemble/S7/model_20240101_120000.pkl');
    expect(pointer.length).toBeLessThan(300);
    for (const symbol of ['S7', 'S12'])
      expect(
        await readModel(place, files.get(symbol)!.filePath, registered(files.get(symbol)!)),
      ).toMatchObject({
        symbol,
        metrics: { accuracy: symbol.length / 10 },
      });
    expect(await cached()).toEqual([`${sha256}.pkl`]);
  });

  test('saves for all symbols or none: where one’s second is taken, all take the next', async () => {
    await saveModel(place, model('B', { strategyType: 'ensemble' }), noon);
    const before = await server.keys();
    const { files } = await saveSharedModel(place, shared(['A', 'B', 'C']), { now: noon });
    expect([...files.values()].map(({ timestamp }) => timestamp)).toEqual(Array(3).fill('20240101_120001'));
    for (const { filePath } of files.values()) await removeModel(place, filePath);
    const left = (await server.keys()).filter((key) => !key.includes('_120001'));
    expect(left).toEqual(before);
  });

  test('never shares a name, however many save for the same symbols at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 3 }, () => saveSharedModel(place, shared(['A', 'B']), { now: noon })),
    );
    const paths = all.flatMap(({ files }) => [...files.values()].map(({ filePath }) => filePath));
    expect(new Set(paths).size).toBe(6);
    for (const { files } of all)
      for (const file of files.values()) await readModel(place, file.filePath, registered(file));
  });

  test('frees what is shared with the last of its names, and not before', async () => {
    const { files } = await saveSharedModel(place, shared(['A', 'B']), { now: noon });
    const [a, b] = [...files.values()].map(({ filePath }) => filePath);
    const content = await theContent();
    expect(await removeModel(place, a!)).toBe(true);
    expect(await leftovers(later())).toEqual([]);
    expect(await removeModel(place, b!)).toBe(true);
    // Somebody may be about to make its names.
    expect(await leftovers(new Date())).toEqual([]);
    expect(await leftovers(later())).toEqual([content]);
    const store = await storeAt(place);
    expect(await store.removeLeftover(content)).toBe(true);
    expect(await store.removeLeftover(content)).toBe(false);
    expect(await server.keys()).toEqual([]);
  });

  test('tells contents of the same second apart by what the names say', async () => {
    const one = await saveSharedModel(place, shared(['A']), { now: noon });
    const content = await theContent();
    const other = await saveSharedModel(place, shared(['B']), { now: noon });
    expect(other.files.get('B')!.timestamp).toBe('20240101_120000');
    await removeModel(place, one.files.get('A')!.filePath);
    expect(await leftovers(later())).toEqual([content]);
  });

  test('lists models alone, and removing what is gone is no error', async () => {
    const saved = await saveModel(place, model('AAPL'), noon);
    await saveSharedModel(place, shared(['A']), { now: noon });
    await server.write('lstm/AAPL/notes.txt', Buffer.from('mine'));
    expect((await listModelFiles(place)).map(({ filePath }) => filePath)).toEqual([
      'models/ensemble/A/model_20240101_120000.pkl',
      'models/lstm/AAPL/model_20240101_120000.pkl',
    ]);
    expect(await removeModel(place, saved.filePath)).toBe(true);
    expect(await removeModel(place, saved.filePath)).toBe(false);
    await expect(removeModel(place, 'models/../x')).rejects.toMatchObject({ code: 'MODEL_FILE_INVALID' });
  });

  test('refuses an object that was changed, cut short, or lies under another name, and one that is gone', async () => {
    const saved = await saveModel(place, model('AAPL'), noon);
    const key = 'lstm/AAPL/model_20240101_120000.pkl';
    const bytes = Buffer.from(await server.read(key));
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 500]! ^= 1;
    for (const wrong of [flipped, bytes.subarray(0, -10), Buffer.alloc(0)]) {
      await server.write(key, wrong);
      await expect(readModel(place, saved.filePath, registered(saved))).rejects.toMatchObject({
        code: 'MODEL_FILE_INVALID',
        message: expect.stringContaining('was changed or damaged since'),
      });
    }
    await server.write('lstm/MSFT/model_20240101_120000.pkl', bytes);
    await expect(
      readModel(place, 'models/lstm/MSFT/model_20240101_120000.pkl', registered(saved)),
    ).rejects.toThrow(/lies under a wrong name/);
    await expect(
      readModel(place, 'models/lstm/GONE/model_20240101_120000.pkl', registered({ ...saved, sha256: 'ab' })),
    ).rejects.toMatchObject({ code: 'MODEL_FILE_MISSING' });
    const { files } = await saveSharedModel(place, shared(['A']), { now: noon });
    const { filePath } = files.get('A')!;
    await server.delete(await theContent());
    await expect(readModel(place, filePath)).rejects.toMatchObject({ code: 'MODEL_FILE_MISSING' });
  });

  test('is asked once for what is kept on this machine, and again where that is damaged', async () => {
    const saved = await saveModel(place, model('AAPL'), noon);
    await readModel(place, saved.filePath, registered(saved));
    const key = 'lstm/AAPL/model_20240101_120000.pkl';
    const bytes = await server.read(key);
    await server.delete(key);
    expect((await readModel(place, saved.filePath, registered(saved))).symbol).toBe('AAPL');
    await writeFile(path.join(place.MODEL_DIR, '.cache', `${saved.sha256}.pkl`), 'damaged');
    await expect(readModel(place, saved.filePath, registered(saved))).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
    });
    await server.write(key, bytes);
    expect((await readModel(place, saved.filePath, registered(saved))).symbol).toBe('AAPL');
  });

  test('keeps a job’s newest checkpoint, and nothing of it once it is removed', async () => {
    const { job_id } = model('AAPL').lineage;
    const identity = { job_id, strategy_type: 'lstm', symbol: '@ALL' };
    const checkpoint: Checkpoint = {
      identity,
      bars: [],
      champion: { model_id: null, reason: 'none' },
      attempt: 1,
      resumed: 0,
      progress: 0.25,
      step: 3,
      state: { weights: new Uint8Array([1, 2, 3]) },
    };
    expect(await readCheckpoint(place, identity)).toBeNull();
    await writeCheckpoint(place, { ...checkpoint, step: 2 });
    await writeCheckpoint(place, checkpoint);
    expect(await readCheckpoint(place, identity)).toEqual(checkpoint);
    expect(await listModelFiles(place)).toEqual([]);
    expect((await listCheckpoints(place)).map(({ jobId }) => jobId)).toEqual([job_id]);
    expect(await removeCheckpoint(place, identity)).toBe(1);
    expect(await removeCheckpoint(place, identity)).toBe(0);
    expect(await server.keys()).toEqual([]);
  });

  test('is known to take models, and leaves nothing of the trial', async () => {
    await requireRoom(place);
    await requireWritable(place, 'lstm', 'AAPL');
    expect(await server.keys()).toEqual([]);
  });

  test('sweeps the trial objects of whoever was killed, and none that are being tried', async () => {
    const trials = ['.writable_0123456789ab.tmp', 'lstm/.writable_ba9876543210.tmp'];
    for (const key of trials) await server.write(key, Buffer.from('x'));
    expect(await leftovers(new Date())).toEqual([]);
    expect(await leftovers(later())).toEqual(trials);
    expect(await listModelFiles(place)).toEqual([]);
  });

  test.each([
    [
      'a bucket that is not there',
      { MODEL_STORE: 's3://no-such-bucket/x' },
      'MODEL_STORE_REFUSED',
      /make the bucket/,
    ],
    ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'guessed' }, 'MODEL_STORE_REFUSED', /AWS_SECRET_ACCESS_KEY/],
    [
      'a server that is not there',
      { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' },
      'MODEL_STORE_UNAVAILABLE',
      /REFUSED/,
    ],
  ])('says what is wrong with %s', async (_, settings, code, message) => {
    const wrong = { ...place, ...settings };
    const expected = { code, infrastructure: true, message: expect.stringMatching(message) };
    await expect(requireWritable(wrong, 'lstm', null)).rejects.toMatchObject(expected);
    await expect(saveModel(wrong, model('AAPL'))).rejects.toMatchObject(expected);
  });
});
