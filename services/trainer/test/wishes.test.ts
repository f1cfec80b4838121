// A bot's wish is trained once, wherever a trainer or Redis is lost on its way; one that can't be trained
// costs next to nothing.
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createRun, keys, ownConnection, pushJobs, reconcile, type Database } from '@ml-training/core';
import { startProxy, until, type NodeProcess } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { redis, sql } = lab;
const network = await startProxy(Number(new URL(lab.servers.redis.url).port));
afterAll(async () => {
  await network.stop();
  await lab.end();
});
beforeEach(async () => {
  await network.restore();
  await lab.reset();
});
afterEach(() => lab.stopServices());

const seconds = 100_000;
/** As Python's json.dumps spells it. */
const wish = '{"strategy_type": "lstm", "symbol": "GOOG"}';
const push = (...entries: string[]) => redis.lpush(keys.queue, ...entries);
/** A trainer whose Redis is at the other end of a network that the tests break. */
const startTrainer = () => lab.start('trainer', { REDIS_URL: network.via(lab.servers.redis.url) });
const dead = async () => {
  const records = await redis.lrange(keys.dead, 0, -1);
  return records.map((record) => JSON.parse(record) as { reason: string; payload: string });
};

/** What trainers hold. */
async function held(): Promise<string[]> {
  const lists = await redis.keys(keys.processing('*'));
  return (await Promise.all(lists.map((list) => redis.lrange(list, 0, -1)))).flat();
}
const named = () =>
  until(async () => (await held()).map((entry) => JSON.parse(entry) as { job_id?: string })[0]?.job_id, {
    what: 'the wish to have its job_id',
  });
const status = async () => (await lab.jobs()).map((job) => job.status).join();
const completed = () => until(async () => /^completed/.test(await status()), { what: 'a completed job' });
const listsEmpty = () =>
  until(async () => (await held()).length === 0 && (await redis.exists(keys.queue)) === 0, {
    what: 'the lists to empty',
  });
async function expectTrainedOnce(): Promise<void> {
  await completed();
  await listsEmpty();
  expect(await status()).toBe('completed');
  expect(await sql`SELECT FROM ml_model_registry`).toHaveLength(1);
}

/** Kills it, and has its entries put back as the scheduler does once its last beat is old. */
async function kill(trainer: NodeProcess): Promise<void> {
  trainer.kill('SIGKILL');
  await trainer.exited;
  await network.restore();
  await redis.del(keys.beats);
}

/** Does `work` once the trainer, given a wish, waits for what `hold` holds, which is released afterwards. */
async function whileHeldUp(hold: (own: Database) => Promise<unknown>, work: () => Promise<void> | void) {
  const own = ownConnection(lab.sql);
  try {
    await own`BEGIN`;
    await hold(own);
    await push(wish);
    await until(async () => (await waiting()).length > 0, {
      what: 'the trainer to be held up',
    });
    await work();
    await own`ROLLBACK`;
  } finally {
    await own.end({ timeout: 1 });
  }
}
/** Where a trainer is held up: its first look at a wish, making its row, completing its job. */
const counting = (own: Database) => own`LOCK TABLE market_data IN ACCESS EXCLUSIVE MODE`;
const making = (own: Database) => own`
  INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts) VALUES ('lstm', 'GOOG',
    'manual', 1)`;
const completing = (own: Database) => own`LOCK TABLE ml_model_registry IN SHARE MODE`;
const waiting = () => sql<{ pid: number }[]>`
  SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'ml_training trainer %'
    AND wait_event_type = 'Lock'`;

describe('a wish is trained once', () => {
  test(
    'when Redis is away as its job ends',
    async () => {
      startTrainer();
      await whileHeldUp(completing, () => network.cut());
      await completed();
      await network.restore();
      await expectTrainedOnce();
    },
    seconds,
  );

  test(
    'when its trainer is killed between the end of its job and the end of its entry',
    async () => {
      const bot = redis.duplicate({ enableOfflineQueue: true });
      const heard: unknown[] = [];
      bot.on('message', (_, message) => heard.push(JSON.parse(message)));
      await bot.subscribe(keys.models);
      const trainer = startTrainer();
      await whileHeldUp(completing, () => network.cut());
      await completed();
      await kill(trainer);
      expect(await reconcile(sql, redis)).toMatchObject({ returned: 1, pushed: 0 });
      startTrainer();
      await expectTrainedOnce();
      // Its model is in use, and nobody has told the bots.
      expect(heard).toEqual([]);
      lab.start('scheduler');
      await until(() => heard.length > 0, { what: 'the bot to hear of the model' });
      bot.disconnect();
      const fields = sql`strategy_type, symbol, model_id, file_path`;
      expect(heard).toEqual(await sql`SELECT ${fields} FROM ml_model_registry WHERE is_active`);
    },
    seconds,
  );

  test(
    'when Redis comes back with the list as it was before the wish had its job_id',
    async () => {
      startTrainer();
      await whileHeldUp(completing, async () => {
        const [list] = await redis.keys(keys.processing('*'));
        await redis.lset(list!, 0, wish);
      });
      await expectTrainedOnce();
    },
    seconds,
  );

  test.each([
    [
      'request',
      () => {
        network.hang();
      },
    ],
    [
      'reply',
      () => {
        network.dropReplies();
      },
    ],
  ])(
    'when the %s that gives it its job_id is lost',
    async (what, lose) => {
      startTrainer();
      // The next that it sends to Redis is the job_id.
      await whileHeldUp(counting, lose);
      if (what === 'reply') await named();
      else await until(() => network.lostBytes() > 0, { what: 'the request to be lost' });
      await network.restore();
      await expectTrainedOnce();
    },
    seconds,
  );

  test.each([
    ['before its row is made', false],
    ['before it hears that its row is made', true],
  ])(
    'when its trainer is killed %s',
    async (_, made) => {
      const trainer = startTrainer();
      let jobId = '';
      await whileHeldUp(making, async () => {
        jobId = await named();
        await kill(trainer);
        if (!made) await sql`SELECT pg_terminate_backend(pid, 5000) FROM (${waiting()}) AS w`;
      });
      if (made) await until(async () => (await status()) === 'queued', { what: 'its row' });
      else expect(await status()).toBe('');
      expect(await reconcile(sql, redis)).toMatchObject({ returned: 1, pushed: 0 });
      startTrainer();
      await expectTrainedOnce();
      expect(await lab.jobs()).toMatchObject([{ job_id: jobId, trigger: 'tick' }]);
    },
    seconds,
  );
});

test('a job_id without a row makes no job, nor does a wish for a pair with an open job', async () => {
  const gone = { job_id: crypto.randomUUID(), strategy_type: 'lstm', symbol: 'GOOG' };
  await sql`INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts, retry_at)
            VALUES ('rl', 'GOOG', 'manual', 2, now() + interval '1 hour')`;
  startTrainer();
  await push(JSON.stringify(gone), '{"strategy_type":"rl","symbol":"GOOG"}', 'the end');
  await until(async () => (await dead()).length === 2, { what: 'both records' });
  await listsEmpty();
  expect((await dead()).map(({ reason }) => reason).sort()).toEqual(['no job has this job_id', 'not JSON']);
  expect(await lab.jobs()).toMatchObject([{ strategy_type: 'rl', status: 'queued' }]);
});

test(
  'hundreds of wishes for symbols that do not exist make no row, and a real one among them is trained',
  async () => {
    const wishes = Array.from({ length: 600 }, (_, i) => `{"strategy_type": "rl", "symbol": "NOPE${i}"}`);
    await push(...wishes.slice(0, 400), wish, ...wishes.slice(400));
    const trainer = lab.start('trainer');
    await expectTrainedOnce();
    const records = await dead();
    expect(records.map(({ payload }) => payload).sort()).toEqual(wishes.sort());
    expect(records[0]?.reason).toBe('NOPE599 has 0 bars, MIN_TRAINING_DATA_POINTS asks for 100');
    // Said once a minute, not 600 times.
    expect(trainer.lines.filter((line) => line.includes('no job is made of an entry'))).toHaveLength(1);
  },
  seconds,
);

test('a wish for the ensemble is refused where no symbol has enough bars', async () => {
  lab.start('trainer', { MIN_TRAINING_DATA_POINTS: '9000', TRAINING_BATCH_SIZE: '9000' });
  await push('{"strategy_type":"ensemble","symbol":"GOOG"}');
  const [record] = await until(async () => (await dead()).length > 0 && dead(), { what: 'the record' });
  expect(record?.reason).toBe('no symbol has 9000 bars (MIN_TRAINING_DATA_POINTS)');
  expect(await lab.jobs()).toEqual([]);
});

test("a wish for a strategy of the user's own is taken, one for a strategy there is not is dead with the reason", async () => {
  const trainer = startTrainer();
  await trainer.waitForLine(/"msg":"ready"/);
  // The trainer is there already, and has not heard of it.
  await sql`
    INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score) VALUES
      ('momentum', 'symbol', 'net_return', 'return'), ('pooled', 'all', 'net_return', 'return')
    ON CONFLICT DO NOTHING`;
  await push(
    '{"strategy_type": "momentum", "symbol": "GOOG"}',
    '{"strategy_type": "pooled", "symbol": "GOOG"}',
  );
  await push('{"strategy_type": "svm", "symbol": "GOOG"}');
  const [record] = await until(async () => (await dead()).length > 0 && dead(), { what: 'the record' });
  expect(record).toMatchObject({
    reason: 'strategy_type is none of ensemble, lstm, rl, momentum, pooled',
    payload: '{"strategy_type": "svm", "symbol": "GOOG"}',
  });
  const made = await until(async () => (await lab.jobs()).length === 2 && lab.jobs(), { what: 'both jobs' });
  expect(made).toMatchObject([
    { strategy_type: 'momentum', symbol: 'GOOG', trigger: 'tick' },
    { strategy_type: 'pooled', symbol: '@ALL', trigger: 'tick' },
  ]);
});

describe('a wish for a pair whose job waits in a long run', () => {
  /** Of a scheduled run: `lstm SP500` before `lstm GOOG`. */
  const scheduled = async () => {
    const symbols = ['SP500', 'GOOG'];
    const run = await createRun(sql, {
      trigger: 'schedule',
      pairs: symbols.map((symbol) => ({ strategy_type: 'lstm', symbol })),
      skipped: [],
      maxAttempts: 3,
    });
    return run!.jobs;
  };
  const inTurn = async () => {
    const jobs = await sql<{ symbol: string }[]>`SELECT symbol FROM ml_training_jobs ORDER BY started_at`;
    return jobs.map(({ symbol }) => symbol);
  };

  test(
    'is that job, which is trained before its turn, once',
    async () => {
      await pushJobs(redis, await scheduled());
      await push(wish);
      startTrainer();
      await lab.allEnded();
      await listsEmpty();
      expect(await inTurn()).toEqual(['GOOG', 'SP500']);
      expect(await status()).toBe('completed,completed');
      expect(await sql`SELECT FROM ml_model_registry`).toHaveLength(2);
      expect(await dead()).toEqual([]);
    },
    seconds,
  );

  test(
    'is that job also where that was in no list, and its trainer dies',
    async () => {
      await scheduled();
      let trainer: NodeProcess | null = null;
      // At its claim, when the wish's entry is that of the job.
      await whileHeldUp(
        async (own) => {
          await own`SELECT pg_advisory_xact_lock(hashtext('ml_training_claim'))`;
          trainer = startTrainer();
        },
        () => kill(trainer!),
      );
      // PostgreSQL goes on with what it was asked.
      await until(async () => (await status()).includes('running'), { what: 'the claim of a dead trainer' });
      expect(await reconcile(sql, redis)).toMatchObject({ returned: 1, pushed: 1 });
      await lab.endLeases();
      startTrainer();
      lab.start('scheduler');
      await lab.allEnded();
      await listsEmpty();
      expect(await status()).toBe('completed,completed');
      expect(await sql`SELECT FROM ml_model_registry`).toHaveLength(2);
      expect(await dead()).toEqual([]);
    },
    seconds,
  );
});
