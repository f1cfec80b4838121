// The fleet with MODEL_STORE: trained, promoted, asked and pulled, with real processes and servers; and what may go
// wrong between them.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openModel } from '@ml-training/bot';
import { cleanUp, createLog, loadConfig, readModel, type RegisteredModel } from '@ml-training/core';
import {
  startPrivateObjectStore,
  until,
  whyNoObjectStore,
  type PrivateObjectStore,
} from '@ml-training/testing';
import { startLab, type Lab } from './fleet.ts';

const why = whyNoObjectStore();
const main = path.resolve(import.meta.dirname, '../../../packages/cli/src/main.ts');

(why === null ? describe : describe.skip)(`with MODEL_STORE${why === null ? '' : ` [${why}]`}`, () => {
  let lab: Lab;
  let server: PrivateObjectStore;
  beforeAll(async () => {
    [lab, server] = await Promise.all([startLab(), startPrivateObjectStore()]);
  });
  afterAll(async () => {
    await lab.end();
    await server.remove();
  });
  afterEach(async () => {
    await lab.stopServices();
    await lab.reset();
    for (const key of await server.keys()) await server.delete(key);
  });
  const config = () =>
    loadConfig({
      ...server.settings,
      MODEL_DIR: lab.modelDir,
      REDIS_URL: lab.servers.redis.url,
      DATABASE_URL: lab.servers.postgres.url,
    });
  const rows = () =>
    lab.sql<RegisteredModel[]>`SELECT * FROM ml_model_registry ORDER BY strategy_type, symbol`;
  const ml = async (...args: string[]): Promise<string> => {
    const env = {
      PATH: process.env['PATH'],
      ...server.settings,
      MODEL_DIR: lab.modelDir,
      REDIS_URL: lab.servers.redis.url,
      DATABASE_URL: lab.servers.postgres.url,
    };
    return (await promisify(execFile)(process.execPath, [main, ...args], { env })).stdout;
  };
  const settings = (): Record<string, string> => ({
    ...server.settings,
    MODEL_PROMOTION: 'always',
    MODEL_FLOOR: 'none',
  });
  /** By the environment, as a bot's is. */
  const openAsBot = (strategy: string, symbol: string) => {
    Object.assign(process.env, server.settings, { MODEL_DIR: path.join(lab.modelDir, 'of-a-bot') });
    const { redis, postgres } = lab.servers;
    return openModel({ strategy, symbol, redisUrl: redis.url, databaseUrl: postgres.url });
  };
  /** What the scheduler cleans up, two hours from now. */
  const sweep = (): Promise<void> => {
    const log = createLog({ LOG_LEVEL: 'ERROR', LOG_FORMAT: 'json' }, 'test', 'sweep');
    return cleanUp({ config: config(), log, sql: lab.sql }, new Date(Date.now() + 2 * 3_600_000));
  };

  test('models are trained, promoted, asked, and pulled as the guide’s tree', async () => {
    lab.start('scheduler', settings());
    lab.start('trainer', settings());
    await lab.request(
      { strategy_type: 'ensemble', symbol: '@ALL' },
      { strategy_type: 'lstm', symbol: 'GOOG' },
    );
    await lab.allEnded();
    const models = await rows();
    expect(models).toMatchObject([
      { strategy_type: 'ensemble', symbol: 'GOOG' },
      { strategy_type: 'ensemble', symbol: 'SP500' },
      { strategy_type: 'lstm', symbol: 'GOOG' },
    ]);
    // A checkpoint goes once its job is over; what two symbols share is there once; here are copies at most.
    const keys = await until(
      async () => {
        const all = await server.keys();
        return all.every((key) => !key.includes('checkpoint')) && all;
      },
      { what: 'the checkpoints to go' },
    );
    expect(keys.filter((key) => !key.includes('@shared'))).toEqual(
      models.map(({ file_path }) => file_path.replace('models/', '')),
    );
    expect(keys).toHaveLength(4);
    expect((await readdir(lab.modelDir)).filter((name) => name !== '.cache')).toEqual([]);

    expect(models.every(({ is_active }) => is_active)).toBe(true);
    expect(JSON.parse(await ml('predict', 'ensemble', 'GOOG', '--json'))).toMatchObject({
      model_id: models[0]!.model_id,
    });
    expect(await ml('doctor').catch((error: unknown) => (error as { stdout: string }).stdout)).toMatch(
      /ok +MODEL_STORE +s3:\/\/models\/fleet at http.*conditional writes are honoured/,
    );

    const page = lab.start('dashboard', { ...settings(), HTTP_PORT: '0' });
    const { port } = JSON.parse(await page.waitForLine(/"msg":"serving"/)) as { port: number };
    const answer = await fetch(`http://localhost:${port}/api/predict/lstm/GOOG`);
    expect(await answer.json()).toMatchObject({ model_id: models[2]!.model_id });
    const bot = await openAsBot('lstm', 'GOOG');
    expect(bot.info.modelId).toBe(models[2]!.model_id);
    await bot.close();

    const folder = await mkdtemp(path.join(tmpdir(), 'pulled-'));
    expect(JSON.parse(await ml('models', 'pull', folder, '--json'))).toEqual({
      folder,
      written: 2,
      linked: 1,
      kept: 0,
      problems: [],
    });
    const [goog, sp500, lstm] = models.map(({ file_path }) =>
      path.join(folder, file_path.replace('models/', '')),
    );
    expect((await stat(goog!)).ino).toBe((await stat(sp500!)).ino);
    const script = "import pickle, sys; m = pickle.load(open(sys.argv[1], 'rb')); print(list(m)[:4])";
    for (const file of [goog!, lstm!])
      expect((await promisify(execFile)('python3', ['-c', script, file])).stdout.trim()).toBe(
        "['strategy_type', 'symbol', 'timestamp', 'model_state']",
      );
    // Only what is missing or damaged is copied again.
    await rm(sp500!);
    await writeFile(lstm!, 'damaged');
    expect(JSON.parse(await ml('models', 'pull', folder, '--json'))).toMatchObject({
      written: 1,
      linked: 1,
      kept: 1,
    });
    await rm(folder, { recursive: true });

    // Retention takes rows and objects, and what is shared with the last of its names.
    for (const symbol of ['GOOG', 'SP500']) {
      await lab.sql`
        UPDATE ml_model_registry SET is_active = false, activated_at = NULL, created_at = now() - interval '90 days'
        WHERE strategy_type = 'ensemble' AND symbol = ${symbol}`;
      await sweep();
      const left = (await rows()).map(({ file_path }) => file_path.replace('models/', ''));
      const content = keys.filter((key) => key.includes('@shared'));
      expect(left).toHaveLength(symbol === 'GOOG' ? 2 : 1);
      expect(await server.keys()).toEqual(symbol === 'GOOG' ? [...content, ...left] : left);
    }
  }, 600_000);

  test('a job waits while the store is away, loses nothing, and is done once it is back', async () => {
    await server.kill();
    lab.start('scheduler', settings());
    lab.start('trainer', settings());
    await lab.request({ strategy_type: 'lstm', symbol: 'GOOG' });
    const job = await until(async () => (await lab.jobs()).find((one) => one.error_code !== null), {
      what: 'the attempt to be put off',
    });
    expect(job).toMatchObject({ status: 'queued', attempt: 0, error_code: 'MODEL_STORE_UNAVAILABLE' });
    await server.restart();
    await lab.sql`UPDATE ml_training_jobs SET retry_at = now()`;
    await lab.allEnded();
    expect(await lab.jobs()).toMatchObject([{ status: 'completed' }]);
    const [row] = await rows();
    expect((await readModel(config(), row!.file_path, row)).symbol).toBe('GOOG');
  }, 600_000);

  test('a trainer killed between the object and its row leaves an orphan that is swept, and the job is done', async () => {
    lab.start('scheduler', settings());
    const victim = lab.start('trainer', settings());
    const holding = Promise.withResolvers<undefined>();
    const locked = Promise.withResolvers<undefined>();
    const lock = lab.sql.begin(async (sql) => {
      await sql`LOCK TABLE ml_model_registry IN EXCLUSIVE MODE`;
      locked.resolve(undefined);
      await holding.promise;
    });
    await locked.promise;
    await lab.request({ strategy_type: 'lstm', symbol: 'GOOG' });
    const orphan = await until(async () => (await server.keys()).find((key) => /\/model_/.test(key)), {
      what: 'the object to be written',
    });
    victim.kill('SIGKILL');
    await victim.exited;
    // A statement that waits for the lock would still be done after it.
    await lab.sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()`;
    holding.resolve(undefined);
    await lock;
    expect(await rows()).toEqual([]);
    await lab.endLeases();
    lab.start('trainer', settings());
    await lab.allEnded();
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    expect(row!.file_path).not.toBe(`models/${orphan}`);
    expect((await readModel(config(), row!.file_path, row)).symbol).toBe('GOOG');

    await sweep();
    await lab.sql`UPDATE ml_training_orphans SET first_seen = first_seen - interval '1 day'`;
    await sweep();
    expect((await server.keys()).filter((key) => /\/model_/.test(key))).toEqual([
      row!.file_path.replace('models/', ''),
    ]);
  }, 600_000);
});
