// The fleet with MODEL_STORE: trained, promoted, asked and pulled, with real processes and servers; and what may go
// wrong between them.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openModel } from '@ml-training/bot';
import { cleanUp, createLog, keys, loadConfig, readModel, type RegisteredModel } from '@ml-training/core';
import {
  startPrivateObjectStore,
  startProxy,
  until,
  whyNoObjectStore,
  type NodeProcess,
  type PrivateObjectStore,
  type Proxy,
} from '@ml-training/testing';
import { brokenInvariants, startLab, type Lab } from './fleet.ts';

const why = whyNoObjectStore();
const main = path.resolve(import.meta.dirname, '../../../packages/cli/src/main.ts');

(why === null ? describe : describe.skip)(`with MODEL_STORE${why === null ? '' : ` [${why}]`}`, () => {
  let lab: Lab;
  let server: PrivateObjectStore;
  let proxy: Proxy;
  /** The server's own, by way of the proxy. */
  let reached: PrivateObjectStore['settings'];
  beforeAll(async () => {
    [lab, server] = await Promise.all([startLab(), startPrivateObjectStore()]);
    proxy = await startProxy(server.port);
    reached = { ...server.settings, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${proxy.port}` };
  });
  afterAll(async () => {
    await lab.end();
    await proxy.stop();
    await server.remove();
  });
  afterEach(async () => {
    await proxy.restore();
    await lab.stopServices();
    await lab.reset();
    for (const key of await server.keys()) await server.delete(key);
  });
  /** All but what a trainer that waits for a job tries the store with. */
  const kept = async (): Promise<string[]> =>
    (await server.keys()).filter((key) => !key.startsWith('.writable_'));
  const config = () =>
    loadConfig({
      ...reached,
      MODEL_DIR: lab.modelDir,
      REDIS_URL: lab.servers.redis.url,
      DATABASE_URL: lab.servers.postgres.url,
    });
  const rows = () =>
    lab.sql<RegisteredModel[]>`SELECT * FROM ml_model_registry ORDER BY strategy_type, symbol`;
  const ml = async (...args: string[]): Promise<string> => {
    const env = {
      PATH: process.env['PATH'],
      ...reached,
      MODEL_DIR: lab.modelDir,
      REDIS_URL: lab.servers.redis.url,
      DATABASE_URL: lab.servers.postgres.url,
    };
    return (await promisify(execFile)(process.execPath, [main, ...args], { env })).stdout;
  };
  const settings = (): Record<string, string> => ({
    ...reached,
    MODEL_PROMOTION: 'always',
    MODEL_FLOOR: 'none',
  });
  /** By the environment, as a bot's is. */
  const openAsBot = (strategy: string, symbol: string) => {
    Object.assign(process.env, reached, { MODEL_DIR: path.join(lab.modelDir, 'of-a-bot') });
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
    const stored = await until(
      async () => {
        const all = await kept();
        return all.every((key) => !key.includes('checkpoint')) && all;
      },
      { what: 'the checkpoints to go' },
    );
    expect(stored.filter((key) => !key.includes('@shared'))).toEqual(
      models.map(({ file_path }) => file_path.replace('models/', '')),
    );
    expect(stored).toHaveLength(4);
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
      const content = stored.filter((key) => key.includes('@shared'));
      expect(left).toHaveLength(symbol === 'GOOG' ? 2 : 1);
      expect(await kept()).toEqual(symbol === 'GOOG' ? [...content, ...left] : left);
    }
  }, 600_000);

  const problemsIn = (text: string | null): string =>
    text === null ? '' : (JSON.parse(text) as { problems: string[] }).problems.join('\n');
  const settled = async (): Promise<void> => {
    await lab.allEnded();
    await until(async () => (await brokenInvariants(lab, config())).length === 0, {
      what: 'every list to be empty and every file to be right',
    });
  };
  const pair = (symbol: string) => ({ strategy_type: 'lstm', symbol });

  test('while the store is away one job is put off, the others wait, everybody says why, and all goes on by itself', async () => {
    await proxy.cut();
    for (const role of ['scheduler', 'heartbeat', 'trainer'] as const) lab.start(role, settings());
    const page = lab.start('dashboard', { ...settings(), HTTP_PORT: '0' });
    const { port } = JSON.parse(await page.waitForLine(/"msg":"serving"/)) as { port: number };
    await lab.request(pair('GOOG'), pair('SP500'), { strategy_type: 'ensemble', symbol: '@ALL' });
    const why = /a trainer takes no job: writing a trial file in .*\(MODEL_STORE\) failed: .*ECONNREFUSED/;
    await until(async () => why.test(problemsIn(await lab.redis.get(keys.heartbeat))), {
      what: 'the heartbeat to say why',
    });
    expect(await (await fetch(`http://localhost:${port}/api/health`)).json()).toMatchObject({
      status: 'degraded',
      problems: expect.arrayContaining([expect.stringMatching(why)]),
    });
    expect(await ml('doctor').catch((error: unknown) => (error as { stdout: string }).stdout)).toMatch(
      /!! +MODEL_STORE +writing a trial file .*ECONNREFUSED/,
    );
    // Also after its time has come, the job is not taken again, nor is another.
    await lab.sql`UPDATE ml_training_jobs SET retry_at = now()`;
    await until(async () => (await lab.redis.llen(keys.queue)) === 3, { what: 'all of them to be due' });
    const waiting = await lab.jobs();
    expect(waiting.map(({ postponed }) => postponed).sort()).toEqual([0, 0, 1]);
    expect(waiting.filter(({ error_code: code }) => code !== null)).toMatchObject([
      { status: 'queued', attempt: 0, error_code: 'MODEL_STORE_UNAVAILABLE' },
    ]);
    await proxy.restore();
    await settled();
    await until(async () => !why.test(problemsIn(await lab.redis.get(keys.heartbeat))), {
      what: 'the heartbeat to say it no more',
    });
    expect((await lab.jobs()).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  }, 600_000);

  const stopsInTime = async (trainer: NodeProcess): Promise<void> => {
    trainer.kill('SIGTERM');
    // A service that can't stop within 9 s says so and ends with 1.
    expect(await trainer.exited).toEqual({ code: 0, signal: null });
  };

  test('a trainer that waits for the store stops in time though that has gone silent', async () => {
    await proxy.cut();
    const trainer = lab.start('trainer', settings());
    await lab.request(pair('GOOG'));
    await trainer.waitForLine(/takes no job: models can not be kept/);
    await proxy.restore();
    proxy.hang();
    await until(() => proxy.lostBytes() > 0, { what: 'a look that gets no answer' });
    await stopsInTime(trainer);
  }, 600_000);

  test('a store that goes silent during a training keeps no trainer from stopping, and nothing is lost', async () => {
    const long = { ...settings(), TRAINING_BATCH_SIZE: '5000' };
    const trainer = lab.start('trainer', long);
    await lab.request(pair('SP500'));
    await until(async () => (await server.keys()).some((key) => key.includes('checkpoint')), {
      what: 'a checkpoint',
      everyMs: 5,
    });
    proxy.hang();
    await stopsInTime(trainer);
    expect(await lab.jobs()).toMatchObject([{ status: 'queued', attempt: 0 }]);
    await proxy.restore();
    lab.start('scheduler', settings());
    lab.start('trainer', long);
    await settled();
    expect(await lab.jobs()).toMatchObject([
      { status: 'completed', attempt: 1, result: { resumed: { attempt: 1 } } },
    ]);
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
