// Who has a job, and what becomes of it, when a trainer, its training or its way to a server fails in the
// middle.
import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { keys, ownConnection, reconcile, type Pair } from '@ml-training/core';
import { startProxy, until } from '@ml-training/testing';
import { brokenInvariants, startLab, trainingProcess } from './fleet.ts';

const lab = await startLab();
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

const lstm: Pair = { strategy_type: 'lstm', symbol: 'GOOG' };
const minute = 60_000;

const job = async (pair: Pair = lstm) =>
  (await lab.jobs()).find((row) => row.strategy_type === pair.strategy_type && row.symbol === pair.symbol)!;
const running = () => until(async () => (await job()).status === 'running', { what: 'the job to start' });
/** What a scheduler does again and again: the tests do it when it is due. */
const recovered = () =>
  until(async () => (await reconcile(lab.sql, lab.redis)).recovered.length, { what: 'the lease to end' });
const drained = () =>
  until(async () => (await brokenInvariants(lab)).length === 0, { what: 'the lists to empty' });
const modelFiles = async (): Promise<string[]> => {
  const folder = path.join(lab.modelDir, 'lstm', 'GOOG');
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.startsWith('model_')).map((name) => path.join(folder, name));
};
/** Trainers whose last beat is too old: what time would do. */
const forgetBeats = () => lab.redis.del(keys.beats);

test(
  'a trainer that was stopped past its lease can not complete the job, and deletes its file',
  async () => {
    const before = await modelFiles();
    const slow = lab.start('trainer', { TRAINING_LEASE_SECONDS: '20', TRAINING_BATCH_SIZE: '2000' });
    await lab.request(lstm);
    await lab.runningJob();
    // Only the trainer is stopped: the training goes on, to its file and its last word.
    slow.kill('SIGSTOP');
    const [stale] = await until(
      async () => {
        const files = (await modelFiles()).filter((file) => !before.includes(file));
        return files.length === 1 && files;
      },
      { what: 'the model file' },
    );
    await recovered();
    const other = lab.start('trainer', { TRAINING_BATCH_SIZE: '2000' });
    await until(async () => (await job()).attempt === 2, { what: 'the second attempt' });
    slow.kill('SIGCONT');
    await until(
      () =>
        access(stale!).then(
          () => false,
          () => true,
        ),
      { what: 'the file to be deleted' },
    );
    await lab.allEnded();
    await drained();
    expect(await job()).toMatchObject({ attempt: 2, status: 'completed' });
    expect((await job()).trainer_id).toContain(`-${other.pid}-`);
  },
  minute,
);

test(
  'a completion whose answer is lost with the connection is one completion, and bots hear of it',
  async () => {
    const proxy = await startProxy(lab.servers.postgres.port);
    const bot = lab.redis.duplicate({ enableOfflineQueue: true });
    const heard: string[] = [];
    bot.on('message', (_, message) => heard.push(message));
    await bot.subscribe(keys.models);
    // So that the connection is cut while the database is at it: the statement ends when this lock is given
    // up.
    const lock = ownConnection(lab.sql);
    await lock`SELECT pg_advisory_lock(1)`;
    await lab.sql.unsafe(`
    CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$;
    CREATE TRIGGER slow AFTER INSERT ON ml_model_registry EXECUTE FUNCTION wait_for_test()`);
    try {
      const trainer = lab.start('trainer', { DATABASE_URL: proxy.via(lab.servers.postgres.url) });
      await lab.request(lstm);
      await until(
        async () =>
          (
            await lab.sql`
            SELECT FROM pg_stat_activity
            WHERE query LIKE '%ml_training_complete%' AND wait_event = 'advisory'`
          ).length > 0,
        { what: 'the completion' },
      );
      await proxy.cut();
      await lock`SELECT pg_advisory_unlock(1)`;
      await until(async () => (await job()).status === 'completed', { what: 'the end of the statement' });
      await proxy.restore();
      await trainer.waitForLine(/"msg":"completed"/);
      await drained();
      expect(await job()).toMatchObject({ attempt: 1 });
      await until(() => heard.length === 1, { what: 'the bot to hear' });
    } finally {
      await lock.end({ timeout: 1 });
      await lab.sql.unsafe(
        'DROP TRIGGER IF EXISTS slow ON ml_model_registry; DROP FUNCTION IF EXISTS wait_for_test',
      );
      bot.disconnect();
      await lab.stopServices();
      await proxy.stop();
    }
  },
  minute,
);

test(
  'a trainer that can not reach the database stops its training before the lease ends, and goes on later',
  async () => {
    const proxy = await startProxy(lab.servers.postgres.port);
    const trainer = lab.start('trainer', {
      DATABASE_URL: proxy.via(lab.servers.postgres.url),
      // A tenth of it is what the trainer may come late.
      TRAINING_LEASE_SECONDS: '20',
    });
    await lab.request(lstm);
    const training = await until(() => trainingProcess(trainer), { what: 'the training' });
    // The training waits for the database, too, at the latest when it asks for the model in use.
    proxy.hang();
    const [{ ends }] = await lab.sql<[{ ends: Date }]>`SELECT lease_expires_at AS ends FROM ml_training_jobs`;
    let seenAt = NaN;
    const gone = (): boolean => {
      const now = Date.now();
      if (trainingProcess(trainer) !== training) return true;
      seenAt = now;
      return false;
    };
    await until(gone, { what: 'the training to end' });
    expect(seenAt).toBeLessThan(ends.getTime());
    await recovered();
    await proxy.restore();
    await lab.allEnded();
    await drained();
    expect(await job()).toMatchObject({ attempt: 2 });
    await lab.stopServices();
    await proxy.stop();
  },
  minute,
);

test(
  'a job whose training is killed every time fails in the end, and harms no other',
  async () => {
    const rl: Pair = { strategy_type: 'rl', symbol: 'GOOG' };
    const trainer = lab.start('trainer');
    await lab.request(lstm, rl);
    await until(
      async () => {
        const victim = await job();
        if (victim.status === 'failed') return true;
        const training = trainingProcess(trainer);
        // Its row is running before and after the look: the process is that job's.
        if (victim.status === 'running' && training !== null && (await job()).attempt === victim.attempt)
          if ((await job()).status === 'running') process.kill(training, 'SIGKILL');
        await lab.sql`UPDATE ml_training_jobs SET retry_at = NULL WHERE retry_at IS NOT NULL`;
        await reconcile(lab.sql, lab.redis);
        return false;
      },
      { what: 'the job to fail' },
    );
    await lab.allEnded();
    expect(await job()).toMatchObject({ attempt: 4, error_code: 'TRAINING_DIED' });
    expect((await job()).error_message).toMatch(
      /ended by SIGKILL; most likely .* out of memory: lower TRAINING_/,
    );
    expect(await job(rl)).toMatchObject({ status: 'completed', attempt: 1 });
  },
  minute,
);

test(
  'a result that the database refuses fails the attempt instead of keeping the trainer for ever',
  async () => {
    await lab.sql`ALTER TABLE ml_model_registry ADD CONSTRAINT nothing_fits CHECK (size_bytes < 0)`;
    try {
      const before = await modelFiles();
      lab.start('trainer');
      await lab.request(lstm);
      await until(async () => (await job()).error_code !== null, { what: 'the refusal' });
      expect(await job()).toMatchObject({ status: 'queued', attempt: 1 });
      expect((await job()).error_message).toMatch(/violates check constraint "nothing_fits"/);
      expect(await modelFiles()).toEqual(before);
    } finally {
      await lab.sql`ALTER TABLE ml_model_registry DROP CONSTRAINT nothing_fits`;
    }
  },
  minute,
);

test(
  'a trainer killed after its job was completed, before the entry was forgotten: it is not run again',
  async () => {
    const proxy = await startProxy(lab.servers.redis.port);
    const victim = lab.start('trainer', { REDIS_URL: proxy.via(lab.servers.redis.url) });
    await lab.request(lstm);
    await running();
    proxy.hang();
    await lab.allEnded();
    victim.kill('SIGKILL');
    await victim.exited;
    await forgetBeats();
    expect((await reconcile(lab.sql, lab.redis)).returned).toBe(1);
    lab.start('trainer');
    await drained();
    expect(await job()).toMatchObject({ attempt: 1, status: 'completed' });
    await proxy.stop();
  },
  minute,
);

test(
  'a trainer cut off from Redis keeps its job: nobody else starts it',
  async () => {
    const proxy = await startProxy(lab.servers.redis.port);
    const cutOff = lab.start('trainer', { REDIS_URL: proxy.via(lab.servers.redis.url) });
    await lab.request(lstm);
    await running();
    await proxy.cut();
    await forgetBeats();
    expect((await reconcile(lab.sql, lab.redis)).returned).toBe(1);
    lab.start('trainer');
    await lab.allEnded();
    await drained();
    expect(await job()).toMatchObject({ attempt: 1, status: 'completed' });
    expect((await job()).trainer_id).toContain(`-${cutOff.pid}-`);
    await lab.stopServices();
    await proxy.stop();
  },
  minute,
);
