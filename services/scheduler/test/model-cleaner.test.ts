// What is deleted of models, and what never is, with real files and rows.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  cleanUp as cleanUpNow,
  freedBytes,
  readModel,
  saveModel,
  saveSharedModel,
  type Removal,
} from '@ml-training/core';
import { someModel, someSharedModel } from '@ml-training/testing';
import { startLab } from './lab.ts';

const lab = await startLab();
const { sql } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());

const day = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * day);
const onDisk = (file: string): string => path.join(lab.modelDir, file.replace(/^models\//, ''));
const exists = (file: string): Promise<boolean> =>
  stat(onDisk(file)).then(
    () => true,
    () => false,
  );
const registered = async (): Promise<string[]> => {
  const rows = await sql<
    { file_path: string }[]
  >`SELECT file_path FROM ml_model_registry ORDER BY created_at`;
  return rows.map((row) => row.file_path);
};
/** As one scheduler after the other does it, each of which has only just started. */
const cleanUp = (settings: Record<string, string> = {}): Promise<void> =>
  cleanUpNow(lab.context(settings), new Date());
/** What was seen so far is so much longer ago; looks in between were every hour. */
const pass = async (days: number): Promise<void> => {
  await sql`UPDATE ml_training_orphans SET first_seen = first_seen - make_interval(secs => ${days * 86_400}),
                                           last_seen = last_seen - interval '1 hour'`;
};
const said = (message: RegExp) => lab.lines.filter((line) => message.test(line.message));

/** The job that made a model. */
async function endedJob(): Promise<string> {
  const [job] = await sql<[{ job_id: string }]>`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts)
    VALUES ('lstm', 'GOOG', 'completed', 'manual', 1) RETURNING job_id`;
  return job.job_id;
}

/** A model's real file, made so many days ago. */
async function saveFile(
  daysOld: number,
  symbol = 'GOOG',
  jobId?: string,
): Promise<{ file: string; sha256: string }> {
  const { filePath: file, sha256 } = await saveModel(
    lab.modelDir,
    someModel(symbol, { jobId: jobId ?? (await endedJob()) }),
    ago(daysOld),
  );
  await utimes(onDisk(file), ago(daysOld), ago(daysOld));
  return { file, sha256 };
}

/** A model's row, made so many days ago. */
async function register(
  { file, sha256 }: { file: string; sha256: string },
  daysOld: number,
  use: 'never used' | 'was in use' | 'in use' = 'never used',
): Promise<string> {
  await sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, created_at, is_active, activated_at, file_path,
      sha256,
      size_bytes, metrics, decision, data_from, data_to, data_sha256, params)
    VALUES ('lstm', ${file.split('/')[2]!}, ${ago(daysOld)}, ${use === 'in use'},
      ${use === 'never used' ? null : ago(daysOld)},
      ${file}, ${sha256}, 1, '{}', 'said so', now(), now(), 'd', '{}')`;
  return file;
}

const model = async (
  daysOld: number,
  use?: Parameters<typeof register>[2],
  symbol?: string,
): Promise<string> => register(await saveFile(daysOld, symbol), daysOld, use);

describe('a model past MODEL_RETENTION_DAYS', () => {
  test('is deleted, row and file, but for the one in use and the one in use before it', async () => {
    const [older, previous, refused, active, young] = [
      await model(90, 'was in use'),
      await model(80, 'was in use'),
      await model(70, 'never used'),
      await model(60, 'in use'),
      await model(29, 'never used'),
    ];
    await cleanUp({ MODEL_RETENTION_DAYS: '30' });
    expect(await registered()).toEqual([previous, active, young]);
    expect(await Promise.all([older, previous, refused, active, young].map(exists))).toEqual([
      false,
      true,
      false,
      true,
      true,
    ]);
    expect(
      said(/past MODEL_RETENTION_DAYS/)
        .map((line) => line['file_path'])
        .sort(),
    ).toEqual([older, refused].sort());
  });

  test('counts for its own symbol: every pair keeps its two', async () => {
    const kept = [
      await model(99, 'was in use', 'AAPL'),
      await model(98, 'in use', 'AAPL'),
      await model(97, 'was in use', 'BTC/USD'),
      await model(96, 'in use', 'BTC/USD'),
    ];
    await cleanUp();
    expect(await registered()).toEqual(kept);
  });

  test('whose file is gone already is forgotten all the same', async () => {
    const file = await model(31);
    await rm(onDisk(file));
    await cleanUp();
    expect(await registered()).toEqual([]);
  });
});

test('beyond MODEL_KEEP_LAST a young model goes as well, and the log says by which rule', async () => {
  const old = await model(40);
  const [older, previous, refused, active, young] = [
    await model(6, 'was in use'),
    await model(5, 'was in use'),
    await model(4),
    await model(3, 'in use'),
    await model(2),
  ];
  await cleanUp({ MODEL_KEEP_LAST: '1' });
  expect(await registered()).toEqual([previous, active, young]);
  expect(await Promise.all([old, older, refused].map(exists))).toEqual([false, false, false]);
  expect(said(/past MODEL_RETENTION_DAYS/).map((line) => line['file_path'])).toEqual([old]);
  expect(
    said(/beyond MODEL_KEEP_LAST/)
      .map((line) => line['file_path'])
      .sort(),
  ).toEqual([older, refused].sort());
  await cleanUp({ MODEL_KEEP_LAST: '0' });
  expect(await registered()).toHaveLength(3);
});

describe('a model over several symbols', () => {
  const symbols = ['AAPL', 'BTC/USD', 'GOOG'];
  /** Its file, made so many days ago by a job of this database. */
  async function saveShared(daysOld: number): Promise<{ file: string; sha256: string }[]> {
    const { files } = await saveSharedModel(
      lab.modelDir,
      someSharedModel(symbols, { strategyType: 'lstm', jobId: await endedJob() }),
      { now: ago(daysOld) },
    );
    const saved = [...files.values()].map(({ filePath: file, sha256 }) => ({ file, sha256 }));
    await utimes(onDisk(saved[0]!.file), ago(daysOld), ago(daysOld));
    return saved;
  }

  test('stays on the disk until the last of its rows is deleted, whichever goes first', async () => {
    const [aapl, btc, goog] = await saveShared(40);
    await register(aapl!, 40);
    await register(btc!, 40, 'in use');
    await register(goog!, 40);
    await cleanUp();
    expect(await registered()).toEqual([btc!.file]);
    expect(await exists(aapl!.file)).toBe(false);
    expect((await stat(onDisk(btc!.file))).nlink).toBe(1);
    expect(await readModel(lab.modelDir, btc!.file, btc)).toMatchObject({ symbol: 'BTC/USD' });
    await sql`UPDATE ml_model_registry SET is_active = false, activated_at = NULL`;
    await cleanUp();
    expect(await exists(btc!.file)).toBe(false);
  });

  test('that a killed training left is swept, names and temporary names, and none that has its row', async () => {
    const [aapl, btc, goog] = await saveShared(3);
    await register(goog!, 3, 'in use');
    const temporary = btc!.file.replace('model_2', '.model_2') + '.tmp';
    await rename(onDisk(btc!.file), onDisk(temporary));
    await cleanUp();
    expect(
      said(/without its file or row, deleted in a day/)
        .map((line) => line['file'])
        .sort(),
    ).toEqual([aapl!.file, temporary].sort());
    await pass(1);
    await cleanUp();
    expect(await Promise.all([aapl!.file, temporary, goog!.file].map(exists))).toEqual([false, false, true]);
    expect(await readModel(lab.modelDir, goog!.file, goog)).toMatchObject({ symbol: 'GOOG' });
  });

  test('frees its bytes with its last name only, and once', async () => {
    const [aapl, btc, goog] = await saveShared(40);
    const { size } = await stat(onDisk(aapl!.file));
    const single = await model(40, 'never used', 'MSFT');
    const dryRun = async (): Promise<number> => {
      const removals: Removal[] = [];
      await cleanUpNow({ ...lab.context({}), dryRun: (one) => removals.push(one) }, new Date());
      return freedBytes(lab.modelDir, removals);
    };
    const { size: own } = await stat(onDisk(single));
    await register(aapl!, 40);
    await register(btc!, 40);
    await register(goog!, 40, 'in use');
    expect(await dryRun()).toBe(own);
    await sql`UPDATE ml_model_registry SET is_active = false, activated_at = NULL`;
    expect(await dryRun()).toBe(own + size);
  });
});

describe('a file without a row', () => {
  test('whose job is in another database is none of ours, and left alone', async () => {
    const { file } = await saveFile(9, 'GOOG', crypto.randomUUID());
    await cleanUp();
    await pass(2);
    await cleanUp();
    expect(await exists(file)).toBe(true);
    expect(said(/without its file or row/)).toEqual([]);
  });

  test('that can not be read is left to people', async () => {
    const { file } = await saveFile(9);
    await writeFile(onDisk(file), 'half a mod');
    await utimes(onDisk(file), ago(9), ago(9));
    await cleanUp();
    await pass(2);
    await cleanUp();
    expect(await exists(file)).toBe(true);
    expect(said(/can not be read/)).toMatchObject([{ file }, { file }]);
  });

  test('is reported, and deleted when it still has none a day later', async () => {
    const { file } = await saveFile(3);
    await model(3, 'in use');
    await cleanUp();
    expect(said(/without its file or row, deleted in a day/)).toMatchObject([{ file, model_id: null }]);
    await pass(0.99);
    await cleanUp();
    expect(await exists(file)).toBe(true);
    await pass(0.01);
    await cleanUp();
    expect(await exists(file)).toBe(false);
    expect(said(/./)).toHaveLength(2);
  });

  test('stays when it gets one meanwhile, and its day begins again should it lose it again', async () => {
    const saved = await saveFile(3);
    await cleanUp();
    await pass(0.9);
    await register(saved, 3);
    await cleanUp();
    await sql`DELETE FROM ml_model_registry`;
    await cleanUp();
    await pass(0.9);
    await cleanUp();
    expect(await exists(saved.file)).toBe(true);
  });

  test('is counted from when it was first seen, however often the scheduler is restarted', async () => {
    const { file } = await saveFile(3);
    for (let hour = 0; hour < 23; hour++) {
      await cleanUp();
      await pass(1 / 24);
    }
    expect(said(/without its file or row/)).toHaveLength(1);
    // Nobody looked for a day, and nobody was told of it: its day begins again.
    await sql`UPDATE ml_training_orphans SET first_seen = first_seen - interval '3 days',
      last_seen = last_seen - interval '3 days'`;
    await cleanUp();
    expect(await exists(file)).toBe(true);
    expect(said(/without its file or row/)).toHaveLength(2);
    await pass(1);
    await cleanUp();
    expect(await exists(file)).toBe(false);
  });

  test('whose folder can not be looked into is none for certain; a row below it keeps its model', async () => {
    const [hidden, other] = [await model(5, 'never used', 'AAPL'), await saveFile(5)];
    const folder = path.dirname(onDisk(hidden));
    await rm(folder, { recursive: true });
    await symlink(path.basename(folder), folder); // A loop, as root may look into everything else.
    for (let i = 0; i < 2; i++) {
      await cleanUp();
      await pass(1);
    }
    expect(await registered()).toEqual([hidden]);
    expect(await exists(other.file)).toBe(false);
    expect(said(/can not be looked at/).map((line) => line['place'])).toContain('models/lstm/AAPL/');
  });

  test('of any kind is survived, and left to people: pipes, folders, sockets, bombs, 10 GB of nothing', async () => {
    const { file } = await saveFile(9);
    const folder = path.dirname(onDisk(file));
    const named = (hour: string): string => path.join(folder, `model_20200101_${hour}0000.pkl`);
    spawnSync('mkfifo', [named('01')]);
    await mkdir(named('02'));
    const server = createServer().listen(path.join(lab.modelDir, 's'));
    await once(server, 'listening');
    await rename(path.join(lab.modelDir, 's'), named('03'));
    await writeFile(named('04'), Buffer.concat([Buffer.from([0x80, 4]), Buffer.alloc(40e6, '}')]));
    await writeFile(named('05'), '');
    await truncate(named('05'), 10 * 2 ** 30);
    await symlink('/dev/zero', named('06'));
    await symlink(path.basename(named('07')), named('07'));
    await writeFile(named('08'), Buffer.concat([Buffer.from([0x80, 4]), Buffer.alloc(4e6, '](')]));
    for (const hour of ['04', '05', '08']) await utimes(named(hour), ago(9), ago(9));
    for (let i = 0; i < 2; i++) {
      await cleanUp();
      await pass(1);
    }
    server.close();
    expect(await exists(file)).toBe(false);
    expect((await readdir(folder)).length).toBe(8);
    expect(said(/could not clean up/)).toEqual([]);
    expect(said(/can not be read/)).toHaveLength(6);
  }, 60_000);

  test('is worth no word while its row is about to come', async () => {
    await saveFile(0.005);
    await cleanUp();
    expect(said(/./)).toEqual([]);
  });

  test('is deleted when it is the temporary one of a process that was killed', async () => {
    const { file } = await saveFile(3);
    const temporary = file.replace('model_2', '.model_2') + '.tmp';
    await writeFile(onDisk(temporary), 'half a mod');
    await utimes(onDisk(temporary), ago(3), ago(3));
    await cleanUp();
    await pass(1);
    await cleanUp();
    expect(await exists(temporary)).toBe(false);
  });

  test('stays, whatever its age, when the fleet has just been given another database', async () => {
    const { file } = await saveFile(300);
    await cleanUp();
    expect(await exists(file)).toBe(true);
  });

  test('that is none of the fleet’s is left alone', async () => {
    const { file } = await saveFile(3);
    const notes = path.join(path.dirname(onDisk(file)), 'notes.txt');
    await writeFile(notes, 'mine');
    await utimes(notes, ago(3), ago(3));
    await cleanUp();
    await pass(1);
    await cleanUp();
    expect((await stat(notes)).isFile()).toBe(true);
  });
});

describe('a row without a file', () => {
  test('is reported, and forgotten a day later; that of a model in use is kept, and always reported', async () => {
    const [inactive, active] = [await model(5), await model(4, 'in use')];
    await Promise.all([rm(onDisk(inactive)), rm(onDisk(active))]);
    await cleanUp();
    expect(await registered()).toEqual([inactive, active]);
    await pass(1);
    await cleanUp();
    expect(await registered()).toEqual([active]);
    expect(said(/the file of a model in use is missing/)).toMatchObject([
      { level: 'error', file: active },
      { level: 'error', file: active },
    ]);
  });

  test('stays while MODEL_DIR is not mounted, whatever its age', async () => {
    const files = [await model(20, 'was in use'), await model(10, 'in use')];
    await rm(lab.modelDir, { recursive: true });
    await cleanUp();
    expect(await registered()).toEqual(files);
  });
});

test('a file that can not be deleted is reported, and keeps no other', async () => {
  const [stuck, file] = [await model(40, 'never used', 'AAPL'), await model(40, 'never used', 'GOOG')];
  // Behind a link that leads out of MODEL_DIR nothing is deleted.
  const elsewhere = `${lab.modelDir}-elsewhere`;
  await rename(path.dirname(onDisk(stuck)), elsewhere);
  await symlink(elsewhere, path.dirname(onDisk(stuck)));
  try {
    await cleanUp();
    expect([await exists(stuck), await exists(file)]).toEqual([true, false]);
    expect(said(/could not be deleted/)).toMatchObject([
      { file: stuck, error: expect.stringMatching(/symbolic link/) },
    ]);
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});
