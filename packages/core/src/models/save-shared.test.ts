// A model over several symbols lies on the disk once, under the name of each, and is read as each one's own.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { someModel, someSharedModel as model } from '@ml-training/testing';
import { refuseOtherCase } from './folder.ts';
import {
  listModelFiles,
  readModel,
  readModelFile,
  removeModel,
  saveModel,
  saveSharedModel,
} from './index.ts';
import { writePickle } from './pickle/write.ts';

const now = new Date('2024-01-01T12:00:00.900Z');
let modelDir: string;
beforeEach(async () => {
  modelDir = path.join(await mkdtemp(path.join(tmpdir(), 'models-')), 'models');
});
afterEach(async () => {
  await rm(path.dirname(modelDir), { recursive: true });
});

const onDisk = (filePath: string): string => path.join(path.dirname(modelDir), filePath);
const paths = async (): Promise<string[]> => (await listModelFiles(modelDir)).map(({ filePath }) => filePath);
/** Bytes on the disk, a file counting once whatever its names. */
async function bytesOnDisk(): Promise<number> {
  const facts = await Promise.all((await paths()).map((one) => stat(onDisk(one))));
  return [...new Map(facts.map((one) => [one.ino, one.size])).values()].reduce((sum, size) => sum + size, 0);
}
const fails = (code: string) => () => Promise.reject(Object.assign(new Error(`${code}: no`), { code }));
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `S${i}`);

describe('a model over several symbols', () => {
  test('is one file under the name of each, as the guide has it, and read as that one’s own', async () => {
    const { files, refused, unlinked } = await saveSharedModel(modelDir, model(['GOOG', 'BTC/USD']), { now });
    expect([refused, unlinked]).toEqual([[], null]);
    expect([...files].map(([symbol, { filePath }]) => [symbol, filePath])).toEqual([
      ['GOOG', 'models/ensemble/GOOG/model_20240101_120000.pkl'],
      ['BTC/USD', 'models/ensemble/BTC%2FUSD/model_20240101_120000.pkl'],
    ]);
    const facts = await Promise.all([...files.values()].map(({ filePath }) => stat(onDisk(filePath))));
    expect(new Set(facts.map(({ ino }) => ino)).size).toBe(1);
    expect(facts[0]).toMatchObject({ nlink: 2, mode: 0o100644 });
    expect(await readdir(path.join(modelDir, 'ensemble', 'GOOG'))).toEqual(['model_20240101_120000.pkl']);
    for (const [symbol, { filePath, sha256, sizeBytes }] of files) {
      expect(sha256).toBe(
        createHash('sha256')
          .update(await readFile(onDisk(filePath)))
          .digest('hex'),
      );
      const read = await readModel(modelDir, filePath, { sha256, size_bytes: sizeBytes });
      expect(structuredClone(read)).toEqual({
        strategy_type: 'ensemble',
        symbol,
        timestamp: '20240101_120000',
        ...model(['GOOG', 'BTC/USD']).artefact,
        ...model([symbol]).symbols.get(symbol),
        format_version: 3,
      });
    }
  });

  const hasPython = spawnSync('python3', ['-c', '']).status === 0;
  (hasPython ? test : test.skip)(
    `gives bare Python the guide's dict by each path, and what is each symbol's own${hasPython ? '' : ' [there is no python3]'}`,
    async () => {
      const { files } = await saveSharedModel(modelDir, model(['GOOG', '600519']), { now });
      const script = [
        'import pickle, sys',
        "model = pickle.load(open(sys.argv[1], 'rb'))",
        "print(*list(model)[:4], *model['model_state'], model['symbol'], model['timestamp'])",
        "print(model['metrics']['accuracy'], model['lineage']['data_to'])",
        "own = model.get('symbols', {}).get('600519', model)",
        "print(own['metrics']['accuracy'], own['lineage']['model_id'])",
      ].join('\n');
      for (const { filePath } of files.values())
        expect(
          execFileSync('python3', ['-I', '-S', '-c', script, onDisk(filePath)], { encoding: 'utf8' }),
        ).toBe(
          'strategy_type symbol timestamp model_state ensemble scaler @ALL 20240101_120000\n' +
            '0.5 2023-12-31T00:00:00.000Z\n0.6 the model of 600519\n',
        );
    },
  );

  test('of 1,200 symbols takes the room of its three files, and each name is found', async () => {
    const symbols = [...names(1199), 'constructor'];
    const { files } = await saveSharedModel(modelDir, model(symbols, { bytes: 100_000 }), { now });
    expect([...files.keys()]).toEqual(symbols);
    expect(await paths()).toHaveLength(1200);
    expect(new Set([...files.values()].map(({ sha256 }) => sha256)).size).toBe(3);
    expect(await bytesOnDisk()).toBeLessThan(1_500_000);
    for (const symbol of ['S0', 'S499', 'S500', 'S1198', 'constructor']) {
      const { filePath, sha256 } = files.get(symbol)!;
      expect(await readModel(modelDir, filePath, { sha256 })).toMatchObject({
        symbol,
        metrics: { accuracy: symbol.length / 10 },
      });
    }
  });

  test('takes the next second that is free in every folder, and says that one inside', async () => {
    await saveModel(modelDir, someModel('B', { strategyType: 'ensemble' }), now);
    await mkdir(path.join(modelDir, 'ensemble', 'C'), { recursive: true });
    await writeFile(path.join(modelDir, 'ensemble', 'C', '.model_20240101_120001.pkl.tmp'), '');
    const { files } = await saveSharedModel(modelDir, model(['A', 'B', 'C']), { now });
    for (const { filePath } of files.values()) {
      expect(path.basename(filePath)).toBe('model_20240101_120002.pkl');
      expect((await readModel(modelDir, filePath)).timestamp).toBe('20240101_120002');
    }
    expect(await readdir(path.join(modelDir, 'ensemble', 'A'))).toEqual(['model_20240101_120002.pkl']);
  });

  test('never shares a name, however many save at once', async () => {
    const saved = await Promise.all(
      Array.from({ length: 8 }, () => saveSharedModel(modelDir, model(['A', 'B', 'C']), { now })),
    );
    const all = saved.flatMap(({ files }) => [...files.values()]);
    expect(new Set(all.map(({ filePath }) => filePath)).size).toBe(24);
    expect((await paths()).sort()).toEqual(all.map(({ filePath }) => filePath).sort());
    for (const { filePath, sha256 } of all) await readModel(modelDir, filePath, { sha256 });
  });

  test('keeps no other symbol from its name when one can not have any', async () => {
    const elsewhere = await mkdtemp(path.join(path.dirname(modelDir), 'elsewhere-'));
    await mkdir(path.join(modelDir, 'ensemble'), { recursive: true });
    await symlink(elsewhere, path.join(modelDir, 'ensemble', 'OUT'));
    const { files, refused } = await saveSharedModel(modelDir, model(['A', 'OUT', 'B']), { now });
    expect([...files.keys()]).toEqual(['A', 'B']);
    expect(refused).toMatchObject([['OUT', { code: 'MODEL_FILE_INVALID' }]]);
    const python = await readModelFile(onDisk(files.get('A')!.filePath));
    expect(python.symbol).toBe('A');
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('is freed with its last name', async () => {
    const { files } = await saveSharedModel(modelDir, model(['A', 'B']), { now });
    const [a, b] = [...files.values()];
    await removeModel(modelDir, a!.filePath);
    expect(await readModel(modelDir, b!.filePath, b)).toMatchObject({ symbol: 'B' });
    expect((await stat(onDisk(b!.filePath))).nlink).toBe(1);
  });
});

test('a folder that a file system which ignores case has given to two symbols is the first one’s', () => {
  const names = new Set(['aapl', 'GOOG']);
  expect(() => refuseOtherCase(names, '/models/ensemble/aapl', 'aapl')).not.toThrow();
  expect(() => refuseOtherCase(names, '/models/ensemble/AAPL', 'AAPL')).toThrow(
    expect.objectContaining({
      code: 'SYMBOL_INVALID',
      message: expect.stringMatching(/^symbol "AAPL" can't be told/),
    }),
  );
});

describe('where no hard link can be made', () => {
  test.each(['EPERM', 'ENOTSUP', 'ENOSYS', 'EXDEV'])(
    '(%s) each symbol gets a file of its own',
    async (code) => {
      const { files, unlinked } = await saveSharedModel(modelDir, model(['A', 'B', 'C']), {
        now,
        link: fails(code),
      });
      expect(unlinked).toEqual({ files: 3, why: `${code}: no` });
      expect(await paths()).toEqual(
        ['A', 'B', 'C'].map((one) => `models/ensemble/${one}/model_20240101_120000.pkl`),
      );
      for (const [symbol, { filePath, sha256 }] of files)
        expect(await readModel(modelDir, filePath, { sha256 })).toMatchObject({ symbol, format_version: 2 });
    },
  );

  test('or for some symbols only, these alone do', async () => {
    const { link } = await import('node:fs/promises');
    const { files, unlinked } = await saveSharedModel(modelDir, model(['A', 'B', 'C', 'D']), {
      now,
      link: (from, to) => (to.includes('/C/') ? fails('EMLINK')() : link(from, to)),
    });
    expect(unlinked?.files).toBe(1);
    for (const [symbol, { filePath, sha256 }] of files)
      expect(await readModel(modelDir, filePath, { sha256 })).toMatchObject({
        symbol,
        format_version: symbol === 'C' ? 2 : 3,
      });
    const shared = execFileSync('find', [modelDir, '-links', '3', '-name', '*.pkl'], { encoding: 'utf8' });
    expect(shared.trim().split('\n')).toHaveLength(3);
  });
});

describe('nothing of it stays', () => {
  test('when a name can not be made', async () => {
    const { link } = await import('node:fs/promises');
    const broken = (from: string, to: string) => (to.includes('/C/') ? fails('EIO')() : link(from, to));
    await expect(saveSharedModel(modelDir, model(['A', 'B', 'C']), { now, link: broken })).rejects.toThrow(
      'EIO',
    );
    expect(await paths()).toEqual([]);
  });

  test('when a name can not be given its final form', async () => {
    const { link } = await import('node:fs/promises');
    // A folder of that name appears after it was looked for.
    const late = async (from: string, to: string): Promise<void> => {
      await link(from, to);
      if (to.includes('/C/'))
        await mkdir(path.join(modelDir, 'ensemble', 'B', 'model_20240101_120000.pkl'), { recursive: true });
    };
    await expect(saveSharedModel(modelDir, model(['A', 'B', 'C']), { now, link: late })).rejects.toThrow(
      /EISDIR|ENOTEMPTY/,
    );
    expect(await paths()).toEqual([]);
  });

  test('when the disk is full: by a limit on the size of files, with words on where and how much', () => {
    const script = `
      const { saveSharedModel } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
      const { readdir } = await import('node:fs/promises');
      const [modelDir, given] = process.argv.slice(1);
      const model = JSON.parse(given);
      model.artefact.model_state.ensemble = new Uint8Array(1e6);
      model.symbols = new Map(model.symbols);
      const { code, message } = await saveSharedModel(modelDir, model).catch((error) => error);
      const left = await Promise.all(['A', 'B'].map((one) => readdir(modelDir + '/ensemble/' + one)));
      console.log(JSON.stringify({ code, message, left }));`;
    const { symbols, ...rest } = model(['A', 'B']);
    const args = [process.execPath, '--input-type=module', '-e', script, modelDir];
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', 'ulimit -f 100; exec "$@"', 'sh', ...args, JSON.stringify({ ...rest, symbols: [...symbols] })],
      { encoding: 'utf8' },
    );
    if (stdout === '') throw new Error(stderr);
    const { code, message, left } = JSON.parse(stdout) as { code: string; message: string; left: unknown };
    expect([code, left]).toEqual(['DISK_FULL', [[], []]]);
    expect(message).toMatch(/^no room for a model file of 100\d{4} bytes in .*\/ensemble\/A \(/);
  });

  test('of one that could not be read back, and nothing is begun', async () => {
    const { artefact, ...rest } = model(['A', 'B']);
    const broken = { ...rest, artefact: { ...artefact, model_state: { scaler: 1 } } };
    await expect(saveSharedModel(modelDir, broken, { now })).rejects.toThrow(/lacks model_state\.ensemble/);
    await expect(stat(modelDir)).rejects.toThrow('ENOENT');
  });
});

test.each([
  ['while it makes names', '.model_20240101_120000.pkl.tmp'],
  ['while it gives them their final form', 'model_20240101_120000.pkl'],
])('killed %s, it leaves whole files and temporary ones alone', async (_, sign) => {
  const script = `
    const { saveSharedModel } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const { existsSync } = await import('node:fs');
    const [modelDir, given, sign] = process.argv.slice(1);
    const { symbols, ...model } = JSON.parse(given);
    model.artefact.model_state.ensemble = new Uint8Array(1e5);
    model.symbols = new Map(symbols.flatMap(([name, own]) => Array.from({ length: 400 }, (_, i) => [name + i, own])));
    const look = () => {
      if (existsSync(modelDir + '/ensemble/S20/' + sign)) process.kill(process.pid, 'SIGKILL');
      setImmediate(look);
    };
    look();
    await saveSharedModel(modelDir, model, { now: new Date('2024-01-01T12:00:00.900Z') });`;
  const { symbols, ...rest } = model(['S']);
  const given = JSON.stringify({ ...rest, symbols: [...symbols] });
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, modelDir, given, sign]);
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  const left = await listModelFiles(modelDir);
  expect(left.length).toBeGreaterThan(20);
  expect(left.length).toBeLessThanOrEqual(400);
  const temporary = left.filter((one) => one.temporary);
  expect(temporary.length).toBeGreaterThan(0);
  expect(left.length === temporary.length).toBe(sign.startsWith('.'));
  for (const file of left) if (!file.temporary) await readModel(modelDir, file.filePath);
  // The next one is not held up by what is left.
  const { files } = await saveSharedModel(modelDir, model(names(400)), { now });
  expect(path.basename(files.get('S0')!.filePath)).toBe('model_20240101_120001.pkl');
});

describe('reading', () => {
  test('is refused where one flipped bit, whatever symbol asks, and of a name that is not its own', async () => {
    const { files } = await saveSharedModel(modelDir, model(['A', 'B']), { now });
    const { filePath, sha256 } = files.get('A')!;
    await cp(onDisk(filePath), onDisk('models/ensemble/Z/model_20240101_120000.pkl'), { recursive: true });
    await expect(readModel(modelDir, 'models/ensemble/Z/model_20240101_120000.pkl')).rejects.toThrow(
      /holds the model ensemble, A, B, 20240101_120000: it lies under a wrong name/,
    );
    await cp(onDisk(filePath), onDisk('models/ensemble/A/model_20240101_130000.pkl'));
    await expect(readModel(modelDir, 'models/ensemble/A/model_20240101_130000.pkl')).rejects.toThrow(
      /wrong name/,
    );
    expect(await readModel(modelDir, filePath, { sha256 })).toMatchObject({ symbol: 'A' });
    const bytes = await readFile(onDisk(filePath));
    await chmod(onDisk(filePath), 0o644);
    await writeFile(onDisk(filePath), bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 1));
    for (const file of files.values())
      await expect(readModel(modelDir, file.filePath, file)).rejects.toThrow(/has sha256/);
  });

  test('parses the bytes once for all symbols', async () => {
    const { files } = await saveSharedModel(modelDir, model(names(50)), { now });
    const read = await Promise.all(
      [...files.values()].map((file) => readModel(modelDir, file.filePath, file)),
    );
    expect(new Set(read.map(({ model_state }) => model_state)).size).toBe(1);
    expect(new Set(read.map(({ symbol }) => symbol)).size).toBe(50);
  });

  test('a copy beside a bot is told by its folder, or by who asks', async () => {
    const { files } = await saveSharedModel(modelDir, model(['A', 'BTC/USD']), { now });
    const file = onDisk(files.get('BTC/USD')!.filePath);
    expect((await readModelFile(file)).symbol).toBe('BTC/USD');
    const copy = path.join(path.dirname(modelDir), 'copy.pkl');
    await cp(file, copy);
    expect((await readModelFile(copy, 'A')).lineage.model_id).toBe('the model of A');
    await expect(readModelFile(copy)).rejects.toThrow(
      `${copy} holds a model of A, BTC/USD: say for which of them it is to answer`,
    );
    await expect(readModelFile(copy, 'C')).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    const one = await saveSharedModel(modelDir, model(['ONLY']), { now });
    await cp(onDisk(one.files.get('ONLY')!.filePath), copy);
    expect((await readModelFile(copy)).symbol).toBe('ONLY');
  });

  const good = {
    strategy_type: 'ensemble',
    symbol: '@ALL',
    timestamp: '20240101_120000',
    ...model(['A']).artefact,
    metrics: {},
    lineage: { job_id: 'j' },
    symbols: Object.fromEntries(model(['A']).symbols),
    format_version: 3,
  };
  test.each<[string, object, RegExp]>([
    ['no symbols', { ...good, symbols: {} }, /has symbols that is not a dict of one symbol or more/],
    ['no table', { ...good, symbols: null }, /has symbols that is not/],
    ['a symbol of nothing', { ...good, symbols: { A: null } }, /lacks symbols\.A\.metrics/],
    [
      'a symbol without its lineage',
      { ...good, symbols: { A: { metrics: {} } } },
      /lacks symbols\.A\.lineage\.job_id/,
    ],
    ['one symbol’s name', { ...good, symbol: 'A' }, /has symbol that is not '@ALL'/],
    ['no job', { ...good, lineage: {} }, /lacks lineage\.job_id/],
  ])('refuses a file with %s', async (_, content, message) => {
    const folder = path.join(modelDir, 'ensemble', 'A');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'model_20240101_120000.pkl'), writePickle(content as never));
    await expect(readModel(modelDir, 'models/ensemble/A/model_20240101_120000.pkl')).rejects.toThrow(message);
  });
});
