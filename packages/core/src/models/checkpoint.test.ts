import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  listCheckpoints,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
  type Checkpoint,
} from './checkpoint.ts';
import { listModelFiles } from './files.ts';
import { symbolFolder } from './path.ts';

let modelDir: string;
beforeEach(async () => {
  modelDir = await mkdtemp(path.join(tmpdir(), 'checkpoints-'));
});
afterEach(() => rm(modelDir, { recursive: true }));

const jobId = '01234567-89ab-cdef-0123-456789abcdef';
const other = '76543210-89ab-cdef-0123-456789abcdef';

const half = (change: Partial<Checkpoint> = {}, symbol = 'GOOG'): Checkpoint => ({
  identity: { strategy_type: 'lstm', symbol, job_id: jobId, seed: 42, symbols: ['A', 'B'] },
  bars: [{ symbol, from: 0.001, to: 1.7e12, count: 300, sha256: 'a sum' }],
  champion: { model_id: null, reason: 'there is none' },
  attempt: 1,
  resumed: 0,
  progress: 0.25,
  step: 7,
  state: { weights: Uint8Array.from([1, 2, 255]), loss: NaN, best: -Infinity, zero: -0, wide: 2 ** 60 },
  ...change,
});
const of = (symbol: string, job_id = jobId) => ({ strategy_type: 'lstm' as const, symbol, job_id });

test('a checkpoint is read back as it was kept, to the last bit', async () => {
  await writeCheckpoint(modelDir, half());
  const kept = await readCheckpoint(modelDir, of('GOOG'));
  // Parsed dicts have no prototype.
  expect(structuredClone(kept)).toEqual(half());
});

test('the newest one counts, and is the only file', async () => {
  for (const step of [1, 2, 3]) await writeCheckpoint(modelDir, half({ step }));
  expect((await readCheckpoint(modelDir, of('GOOG')))?.step).toBe(3);
  expect(await readdir(path.join(modelDir, 'lstm/GOOG'))).toEqual([`checkpoint_${jobId}.pkl`]);
});

test('a job has its own, and none before the first', async () => {
  expect(await readCheckpoint(modelDir, of('GOOG'))).toBeNull();
  await writeCheckpoint(modelDir, half());
  expect(await readCheckpoint(modelDir, of('GOOG', other))).toBeNull();
  await expect(readCheckpoint(modelDir, of('GOOG', '../../x'))).rejects.toThrow(/no job_id/);
});

test('no model is ever looked for where a job over all symbols keeps its', async () => {
  await writeCheckpoint(
    modelDir,
    half({ identity: { ...half().identity, strategy_type: 'ensemble', symbol: '@ALL' } }),
  );
  const [file] = await listCheckpoints(modelDir);
  const folder = path.dirname(file!.file);
  expect(folder).toBe(path.join('ensemble', '@ALL'));
  expect(['ALL', '@ALL', '%40ALL'].map(symbolFolder)).not.toContain(path.basename(folder));
});

test('checkpoints are no models', async () => {
  await writeCheckpoint(modelDir, half());
  expect(await listModelFiles(modelDir)).toEqual([]);
  expect(await listCheckpoints(modelDir)).toMatchObject([{ jobId, temporary: false }]);
});

describe('a damaged checkpoint is refused', () => {
  const file = (): string => path.join(modelDir, `lstm/GOOG/checkpoint_${jobId}.pkl`);
  const damage = async (change: (bytes: Buffer) => Uint8Array): Promise<void> => {
    await writeCheckpoint(modelDir, half({ state: new Uint8Array(20_000).fill(7) }));
    await writeFile(file(), change(await readFile(file())));
  };
  const read = () => readCheckpoint(modelDir, of('GOOG'));

  test.each([0, 3, 100, 400, 10_000, 20_000])('with a bit of byte %d flipped', async (at) => {
    await damage((bytes) => {
      bytes[at]! ^= 1;
      return bytes;
    });
    await expect(read()).rejects.toThrow(new RegExp(`checkpoint_${jobId}.pkl (is|was) `));
  });

  test.each([0, 1, 50, 20_000])('cut to %d bytes', async (length) => {
    await damage((bytes) => bytes.subarray(0, length));
    await expect(read()).rejects.toMatchObject({ code: 'MODEL_FILE_INVALID' });
  });

  test('that asks for something callable', async () => {
    await damage(() => Buffer.from("\x80\x04cos\nsystem\n(S'id'\ntR.", 'latin1'));
    await expect(read()).rejects.toThrow(/asks for opcode GLOBAL/);
  });
});

test('removing one takes along what a killed attempt left of the next, and leaves other jobs’', async () => {
  await writeCheckpoint(modelDir, half());
  await writeCheckpoint(modelDir, half({ identity: { ...half().identity, job_id: other } }));
  await writeFile(path.join(modelDir, `lstm/GOOG/.checkpoint_${jobId}_0a1b2c3d.pkl.tmp`), 'half');
  expect(await removeCheckpoint(modelDir, of('GOOG'))).toBe(2);
  expect(await removeCheckpoint(modelDir, of('GOOG'))).toBe(0);
  expect(await readdir(path.join(modelDir, 'lstm/GOOG'))).toEqual([`checkpoint_${other}.pkl`]);
});

test('the folder of jobs over all symbols goes with its last checkpoint', async () => {
  const all = (job_id: string) =>
    ({ ...half().identity, job_id, strategy_type: 'ensemble', symbol: '@ALL' }) as const;
  for (const id of [jobId, other]) await writeCheckpoint(modelDir, half({ identity: all(id) }));
  await removeCheckpoint(modelDir, all(jobId));
  expect(await readdir(path.join(modelDir, 'ensemble'))).toEqual(['@ALL']);
  await removeCheckpoint(modelDir, all(other));
  expect(await readdir(path.join(modelDir, 'ensemble'))).toEqual([]);
});

test('one that can not be written leaves nothing behind', async () => {
  const folder = path.join(modelDir, 'lstm/GOOG');
  await mkdir(path.join(folder, `checkpoint_${jobId}.pkl`), { recursive: true });
  await expect(writeCheckpoint(modelDir, half())).rejects.toThrow(/EISDIR/);
  expect(await readdir(folder)).toEqual([`checkpoint_${jobId}.pkl`]);
});
