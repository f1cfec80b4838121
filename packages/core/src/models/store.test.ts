import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { someModel as model } from '@ml-training/testing';
import { expectNamesOfTheirOwn } from '../../test/save-in-processes.ts';
import { listModelFiles, readModel, readModelFile, removeModel, saveModel } from './index.ts';
import { writePickle } from './pickle/write.ts';
import type { NewModel } from './save.ts';

const noon = new Date('2024-01-01T12:00:00.900Z');

let modelDir: string;
beforeEach(async () => {
  modelDir = path.join(await mkdtemp(path.join(tmpdir(), 'models-')), 'models');
});
afterEach(async () => {
  await rm(path.dirname(modelDir), { recursive: true });
});

const onDisk = (filePath: string) => path.join(path.dirname(modelDir), filePath);
const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'MODEL_FILE_INVALID', message: expect.stringMatching(message) });

describe('a saved model', () => {
  test('lies where the guide says, with its own time inside, and reads back', async () => {
    const saved = await saveModel(modelDir, model('AAPL'), noon);
    expect(saved.filePath).toBe('models/lstm/AAPL/model_20240101_120000.pkl');
    expect(saved.timestamp).toBe('20240101_120000');
    const bytes = await readFile(onDisk(saved.filePath));
    expect(saved.sizeBytes).toBe(bytes.length);
    expect(saved.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    const expected = { ...model('AAPL'), timestamp: '20240101_120000', format_version: 2 };
    expect(
      await readModel(modelDir, saved.filePath, { sha256: saved.sha256, size_bytes: saved.sizeBytes }),
    ).toEqual(expected);
    expect(await readdir(path.dirname(onDisk(saved.filePath)))).toEqual(['model_20240101_120000.pkl']);
  });

  test('begins as the guide shows it, whatever order it was given in', async () => {
    const { symbol, strategy_type, ...rest } = model('AAPL');
    const { filePath } = await saveModel(modelDir, { ...rest, symbol, strategy_type });
    expect(Object.keys(await readModel(modelDir, filePath)).slice(0, 3)).toEqual([
      'strategy_type',
      'symbol',
      'timestamp',
    ]);
  });

  const hasPython = spawnSync('python3', ['-c', '']).status === 0;
  (hasPython ? test : test.skip)(
    'is read by Python with nothing but pickle.load, as the guide shows ' +
      `it${hasPython ? '' : ' [there is no python3]'}`,
    async () => {
      const { filePath } = await saveModel(modelDir, model('AAPL'), noon);
      const script = [
        'import pickle, sys',
        "model = pickle.load(open(sys.argv[1], 'rb'))",
        "print(*list(model)[:4], *model['model_state'], model['strategy_type'], model['symbol'], " +
          "model['timestamp'])",
        "print(model['model_state']['lstm']['data'] == b'\\x05' * 64, " +
          "model['lineage']['parent_model_id'], model['metrics'])",
      ].join('\n');
      const { stdout } = spawnSync('python3', ['-c', script, onDisk(filePath)], { encoding: 'utf8' });
      expect(stdout.trim().split('\n')).toEqual([
        'strategy_type symbol timestamp model_state lstm scaler lstm AAPL 20240101_120000',
        "True None {'accuracy': 0.4}",
      ]);
    },
  );

  test('can be read by other users although the umask forbids it', async () => {
    const before = process.umask(0o077);
    try {
      const { filePath } = await saveModel(modelDir, model('AAPL'));
      const modes = [modelDir, path.dirname(onDisk(filePath)), onDisk(filePath)].map(
        async (at) => (await stat(at)).mode & 0o777,
      );
      expect(await Promise.all(modes)).toEqual([0o755, 0o755, 0o644]);
    } finally {
      process.umask(before);
    }
  });

  test('stays inside MODEL_DIR whatever its symbol', async () => {
    const { filePath } = await saveModel(modelDir, model('../../etc/x'), noon);
    expect(filePath).toBe('models/lstm/..%2F..%2Fetc%2Fx/model_20240101_120000.pkl');
    expect((await readModel(modelDir, filePath)).symbol).toBe('../../etc/x');
    await expect(saveModel(modelDir, model('..'))).rejects.toThrow(
      expect.objectContaining({ code: 'SYMBOL_INVALID' }),
    );
  });

  test('is refused before anything is written when it could not be read back', async () => {
    const broken = { ...model('AAPL'), model_state: { lstm: 1 } } as unknown as NewModel;
    await expect(saveModel(modelDir, broken)).rejects.toThrow(invalid(/lacks model_state\.scaler/));
    await expect(stat(modelDir)).rejects.toThrow('ENOENT');
  });

  test.each([
    ['more bytes than are read', { data: new Uint8Array(130 * 2 ** 20) }, /it may have 134217728 at most/],
    ['more parts than are read', Array.from({ length: 1e6 }, () => 0), /more parts than a model can have/],
  ])('with %s is refused before anything is written', async (_, lstm, message) => {
    const large = { ...model('AAPL'), model_state: { lstm, scaler: 1 } };
    await expect(saveModel(modelDir, large)).rejects.toThrow(invalid(message));
    await expect(stat(modelDir)).rejects.toThrow('ENOENT');
  });

  test('is not written through a symbolic link that leads out of MODEL_DIR', async () => {
    const outside = path.join(path.dirname(modelDir), 'outside');
    await mkdir(outside);
    await mkdir(path.join(modelDir, 'lstm'), { recursive: true });
    await symlink(outside, path.join(modelDir, 'lstm', 'AAPL'));
    await expect(saveModel(modelDir, model('AAPL'))).rejects.toThrow(invalid(/out of MODEL_DIR/));
    expect(await readdir(outside)).toEqual([]);
  });
});

describe('a second that is taken', () => {
  test('makes the next free one the name, in the file too', async () => {
    const at = async () => (await saveModel(modelDir, model('AAPL'), noon)).timestamp;
    expect([await at(), await at(), await at()]).toEqual([
      '20240101_120000',
      '20240101_120001',
      '20240101_120002',
    ]);
    const { timestamp } = await readModel(modelDir, 'models/lstm/AAPL/model_20240101_120002.pkl');
    expect(timestamp).toBe('20240101_120002');
  });

  test('goes over the end of a year', async () => {
    const end = new Date('2024-12-31T23:59:59Z');
    await saveModel(modelDir, model('AAPL'), end);
    expect((await saveModel(modelDir, model('AAPL'), end)).timestamp).toBe('20250101_000000');
  });

  test('is never given to two of several processes', async () => {
    await expectNamesOfTheirOwn(modelDir, { processes: 4, each: 25 });
  });
});

describe('a disk that is full', () => {
  /** Saves a model of 1 MB in a process set up by `shell`, and says what came of it and what is left. */
  const save = `
    const { saveModel } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const { readdir } = await import('node:fs/promises');
    const [modelDir, model] = process.argv.slice(1);
    const content = JSON.parse(model);
    content.model_state.lstm = new Uint8Array(1e6);
    const { code, message } = await saveModel(modelDir, content).catch((error) => error);
    console.log(JSON.stringify({ code, message, left: await readdir(modelDir + '/lstm/AAPL') }));`;
  const run = (shell: string) => {
    const args = [
      process.execPath,
      '--input-type=module',
      '-e',
      save,
      modelDir,
      JSON.stringify(model('AAPL')),
    ];
    const { stdout, stderr } = spawnSync('sh', ['-c', `${shell} exec "$@"`, 'sh', ...args], {
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as { code: string; message: string; left: string[] };
  };

  test('by a limit on the size of files: nothing is left, and the error says where and how much', () => {
    const { code, message, left } = run('ulimit -f 100;');
    expect(code).toBe('DISK_FULL');
    expect(message).toMatch(/no room for a model file of 100\d{4} bytes in .*models\/lstm\/AAPL/);
    expect(left).toEqual([]);
  });

  const inNamespace = ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=512k none /mnt'];
  const canMount = spawnSync('unshare', inNamespace).status === 0;
  (canMount ? test : test.skip)(
    `by a file system of 512 kB: the same${canMount ? '' : ' [unshare is not allowed here]'}`,
    async () => {
      await mkdir(modelDir);
      const { code, message, left } = run(
        `exec unshare -rm sh -c 'mount -t tmpfs -o size=512k none "${modelDir}" && exec "$@"' sh "$@";`,
      );
      expect(code).toBe('DISK_FULL');
      expect(message).toMatch(/bytes are free there; ENOSPC/);
      expect(left).toEqual([]);
    },
  );
});

describe('reading refuses, with the file and why,', () => {
  let filePath: string;
  let sha256: string;
  const good = { ...model('AAPL'), timestamp: '20240101_120000', format_version: 2 };
  beforeEach(async () => {
    ({ filePath, sha256 } = await saveModel(modelDir, model('AAPL'), noon));
  });

  test('a file cut short', async () => {
    await truncate(onDisk(filePath), 100);
    await expect(readModel(modelDir, filePath, { sha256 })).rejects.toThrow(
      invalid(/model_20240101_120000\.pkl has sha256 \w{64}, but \w{64}/),
    );
    await expect(readModel(modelDir, filePath)).rejects.toThrow(
      invalid(/model_20240101_120000\.pkl .* cut short/),
    );
  });

  test('a byte flipped, which the sum alone may show', async () => {
    const bytes = await readFile(onDisk(filePath));
    const at = bytes.indexOf(Buffer.alloc(64, 5));
    bytes[at]! ^= 1;
    await writeFile(onDisk(filePath), bytes);
    await expect(readModel(modelDir, filePath)).resolves.toBeDefined();
    await expect(readModel(modelDir, filePath, { sha256 })).rejects.toThrow(invalid(/changed or damaged/));
  });

  test('a pickle with a callable', async () => {
    await writeFile(
      onDisk(filePath),
      Buffer.from('\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.', 'latin1'),
    );
    await expect(readModel(modelDir, filePath)).rejects.toThrow(
      invalid(/AAPL\/model_.* opcode STACK_GLOBAL/),
    );
  });

  test('a file under another name', async () => {
    const other = 'models/lstm/MSFT/model_20240101_120000.pkl';
    await mkdir(path.dirname(onDisk(other)), { recursive: true });
    await writeFile(onDisk(other), await readFile(onDisk(filePath)));
    await expect(readModel(modelDir, other, { sha256 })).rejects.toThrow(
      invalid(/holds the model lstm, AAPL/),
    );
  });

  test('a file that is not there', async () => {
    await rm(onDisk(filePath));
    await expect(readModel(modelDir, filePath, { sha256 })).rejects.toThrow(
      expect.objectContaining({ code: 'MODEL_FILE_MISSING', message: expect.stringContaining(filePath) }),
    );
  });

  test('a folder in its place', async () => {
    await rm(onDisk(filePath));
    await mkdir(onDisk(filePath));
    await expect(readModel(modelDir, filePath)).rejects.toThrow(invalid(/can't be read/));
  });

  test('a named pipe in its place, at once: to open one waits for ever', async () => {
    await rm(onDisk(filePath));
    expect(spawnSync('mkfifo', [onDisk(filePath)]).status).toBe(0);
    await expect(readModel(modelDir, filePath)).rejects.toThrow(invalid(/it is a named pipe, not a file/));
    await expect(readModelFile(onDisk(filePath))).rejects.toThrow(invalid(/it is a named pipe/));
    await expect(readModelFile('/dev/zero')).rejects.toThrow(invalid(/it is a device, not a file/));
  });

  test('a socket in its place', async () => {
    await rm(onDisk(filePath));
    // Made under a short name: a socket's may have 100 characters.
    const server = createServer().listen(path.join(path.dirname(modelDir), 's'));
    await once(server, 'listening');
    await rename(path.join(path.dirname(modelDir), 's'), onDisk(filePath));
    await expect(readModel(modelDir, filePath)).rejects.toThrow(invalid(/it is a socket, not a file/));
    server.close();
  });

  test('a link that leads to itself', async () => {
    await rm(onDisk(filePath));
    await symlink(onDisk(filePath), onDisk(filePath));
    await expect(readModel(modelDir, filePath)).rejects.toThrow(invalid(/can't be read: ELOOP/));
    await expect(readModelFile(onDisk(filePath))).rejects.toThrow(invalid(/can't be read: ELOOP/));
  });

  test('10 GB, or another size than was registered, before it reads any of it', async () => {
    await truncate(onDisk(filePath), 10 * 2 ** 30);
    await expect(readModel(modelDir, filePath)).rejects.toThrow(
      invalid(/has 10737418240 bytes; it may have 134217728 at most/),
    );
    await truncate(onDisk(filePath), 120 * 2 ** 20);
    await expect(readModel(modelDir, filePath, { sha256, size_bytes: '999' })).rejects.toThrow(
      invalid(/has 125829120 bytes, but 999 were registered/),
    );
  });

  test('a file that grows while it is read', async () => {
    const { size } = await stat(onDisk(filePath));
    const growing = await open(onDisk(filePath), 'a');
    let done = false;
    const grow = async (): Promise<void> => {
      while (!done) await growing.write('x');
    };
    const growth = grow();
    try {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => readModel(modelDir, filePath).catch((error: unknown) => error)),
      );
      for (const outcome of outcomes)
        expect(outcome).toEqual(invalid(/was changed while it was read|goes on with \d+ bytes after/));
    } finally {
      done = true;
      await growth;
      await growing.close();
    }
    expect((await stat(onDisk(filePath))).size).toBeGreaterThan(size);
  });

  test('a symbol that names no folder, by the same code', async () => {
    await writeFile(onDisk(filePath), writePickle({ ...good, symbol: ' padded ' }));
    await expect(readModel(modelDir, filePath)).rejects.toThrow(invalid(/holds the model lstm, {2}padded /));
  });

  test.each([
    '/etc/passwd',
    'models/lstm/../../../etc/passwd',
    'models/lstm/../model_20240101_120000.pkl',
    'models/lstm/AAPL/../MSFT/model_20240101_120000.pkl',
    'models/Other/AAPL/model_20240101_120000.pkl',
    'models/lstm/AAPL/model_20240101_120000.pkl\n',
    'models/lstm/BTC/USD/model_20240101_120000.pkl',
    'lstm/AAPL/model_20240101_120000.pkl',
    '',
  ])('a path like %j', async (wrong) => {
    await expect(readModel(modelDir, wrong)).rejects.toThrow(invalid(/is not the path of a model file/));
    await expect(removeModel(modelDir, wrong)).rejects.toThrow(invalid(/is not the path of a model file/));
  });

  test('a symbolic link that leads out of MODEL_DIR', async () => {
    const outside = path.join(path.dirname(modelDir), 'outside.pkl');
    await writeFile(outside, await readFile(onDisk(filePath)));
    await rm(onDisk(filePath));
    await symlink(outside, onDisk(filePath));
    await expect(readModel(modelDir, filePath, { sha256 })).rejects.toThrow(invalid(/out of MODEL_DIR/));
  });

  test.each([
    ['no dict', [1], /does not hold a dict/],
    ['a later format', { ...good, format_version: 4 }, /format_version 2 or 3/],
    ['no format', { ...good, format_version: null }, /format_version 2/],
    [
      'a strategy of no possible name',
      { ...good, strategy_type: '../svm' },
      /strategy_type that is not the name of a strategy/,
    ],
    ['no symbol', { ...good, symbol: '' }, /symbol that is not a str/],
    ['no state', { ...good, model_state: [] }, /model_state that is not a dict/],
    ['no state of its strategy', { ...good, model_state: { scaler: 1 } }, /lacks model_state\.lstm/],
    [
      'features that are not names',
      { ...good, feature_names: ['a', 1] },
      /feature_names that is not a list of str/,
    ],
    ['a window of none', { ...good, window: 0 }, /window that is not an int/],
    [
      'a label of another kind',
      { ...good, label: { kind: 'level', horizon: 1 } },
      /label\.kind that is not one of 'direction', /,
    ],
    [
      'spans that end before they start',
      { ...good, fitted_spans: [{ symbol: 'X', part: 'train', start: 2, end: 1 }] },
      /fitted_spans that is not a list/,
    ],
    ['no lineage', { ...good, lineage: {} }, /lacks lineage\.job_id/],
    ['code that is no list', { ...good, strategy_code: 'x' }, /strategy_code that is not a list/],
    ['code without content', { ...good, strategy_code: [null] }, /strategy_code that is not a list/],
    ['a sum that is a number', { ...good, strategy_sum: 5 }, /strategy_sum that is not a str/],
    ['a step of no length', { ...good, steps: { A: 0 } }, /steps that is not a dict of milliseconds/],
    ['an enormous int', { ...good, params: { a: [1, 2n ** 60n] } }, /int beyond 2\^53 at \.params\.a\[1\]/],
  ])('a content with %s', async (_, content, message) => {
    await writeFile(onDisk(filePath), writePickle(content));
    await expect(readModel(modelDir, filePath)).rejects.toThrow(invalid(message));
  });
});

describe('the list of model files', () => {
  test('is empty where there is no folder yet', async () => {
    expect(await listModelFiles(modelDir)).toEqual([]);
  });

  test('has the models and what a killed process left, and nothing else', async () => {
    const first = await saveModel(modelDir, model('AAPL'), noon);
    const second = await saveModel(modelDir, model('BTC/USD', { strategyType: 'rl' }), noon);
    await writeFile(path.join(modelDir, 'lstm/AAPL/.model_20240101_110000.pkl.tmp'), 'half');
    await writeFile(path.join(modelDir, 'lstm/AAPL/notes.txt'), 'mine');
    await writeFile(path.join(modelDir, 'lstm/README'), 'mine');
    await mkdir(path.join(modelDir, 'lstm/AAPL/model_20200101_000000.pkl'));
    await mkdir(path.join(modelDir, 'other/AAPL'), { recursive: true });
    await writeFile(path.join(modelDir, 'other/AAPL/model_20240101_110000.pkl'), 'mine');
    const listed = await listModelFiles(modelDir);
    expect(listed.map(({ filePath, sizeBytes, temporary }) => ({ filePath, sizeBytes, temporary }))).toEqual([
      { filePath: 'models/lstm/AAPL/.model_20240101_110000.pkl.tmp', sizeBytes: 4, temporary: true },
      { filePath: first.filePath, sizeBytes: first.sizeBytes, temporary: false },
      { filePath: second.filePath, sizeBytes: second.sizeBytes, temporary: false },
    ]);
    for (const { filePath } of listed) expect(await removeModel(modelDir, filePath)).toBe(true);
    expect(await listModelFiles(modelDir)).toEqual([]);
    expect(await readFile(path.join(modelDir, 'lstm/AAPL/notes.txt'), 'utf8')).toBe('mine');
  });

  test('leaves out what can not be looked at, and says so', async () => {
    const { filePath } = await saveModel(modelDir, model('AAPL'), noon);
    await mkdir(path.join(modelDir, 'rl'));
    await symlink('loop', path.join(modelDir, 'rl/loop'));
    const loop = 'lstm/AAPL/model_20240101_110000.pkl';
    await symlink(path.basename(loop), path.join(modelDir, loop));
    const unseen: string[] = [];
    const listed = await listModelFiles(modelDir, (place) => unseen.push(place));
    expect(listed.map((file) => file.filePath)).toEqual([filePath]);
    expect(unseen.sort()).toEqual([`models/${loop}`, 'models/rl/loop/']);
    await expect(listModelFiles(modelDir)).rejects.toThrow(/ELOOP/);
  });

  test('removing what is gone is no error', async () => {
    expect(await removeModel(modelDir, 'models/lstm/AAPL/model_20240101_120000.pkl')).toBe(false);
  });
});
