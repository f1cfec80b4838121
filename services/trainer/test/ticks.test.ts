// Schedule and ticks together: however many ticks ask for a training, it is one.
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTicker, type Ticker } from '@ml-training/bot';
import { createRun, keys, ownConnection } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { redis, sql } = lab;
afterAll(() => lab.end());
let ticker: Ticker | null = null;
let errors: string[] = [];
beforeEach(async () => {
  await lab.reset();
  errors = [];
  ticker = createTicker({
    strategy: 'lstm',
    retrainFrequency: 1,
    redisUrl: lab.servers.redis.url,
    onError: (error) => errors.push(error.message),
  });
});
afterEach(async () => {
  await ticker?.close();
  await lab.stopServices();
  await sql`DELETE FROM market_data WHERE (symbol, time) = ('GOOG', '2015-01-01') OR symbol = 'BROKEN'`;
});

const seconds = 100_000;
const burst = 1000;
const tick = (symbol: string): void => {
  for (let i = 0; i < burst; i++) ticker!.onTick(symbol);
};
/** As another program pushes them, which looks at nothing. */
const pushAll = async (symbol: string): Promise<void> => {
  const wish = `{"strategy_type": "lstm", "symbol": "${symbol}"}`;
  await redis.lpush(keys.queue, ...Array<string>(burst).fill(wish));
};
/** A bar after all others: whatever is trained from now on would learn something new. */
const newBar = () => sql`
  INSERT INTO market_data (time, symbol, open, high, low, close, volume)
  SELECT '2015-01-01', symbol, open, high, low, close, volume FROM market_data WHERE symbol = 'GOOG'
    ORDER BY time DESC LIMIT 1`;
const listsEmpty = () =>
  until(
    async () =>
      ticker!.waiting.length === 0 &&
      (await redis.exists(keys.queue)) === 0 &&
      (await redis.keys(keys.processing('*'))).length === 0,
    { what: 'nothing to wait, in the bot or in the lists' },
  );
/** In the bot, in the queue, or in the hands of a trainer, which looks for an open job only later. */
const noWishLeft = async (): Promise<boolean> => {
  if (ticker!.waiting.length > 0 || (await redis.exists(keys.queue)) > 0) return false;
  const lists = await redis.keys(keys.processing('*'));
  const held = await Promise.all(lists.map((list) => redis.lrange(list, 0, -1)));
  return held.flat().every((entry) => entry.includes('"job_id"') && !entry.includes('"wish"'));
};
const jobs = async () =>
  (await lab.jobs()).map((job) => `${job.trigger} ${job.strategy_type} ${job.symbol} ${job.status}`);
/** Does `work` while a job is trained and can't be completed yet. */
async function whileOneIsOpen(start: () => void, work: () => Promise<unknown>): Promise<void> {
  const holds = ownConnection(lab.sql);
  try {
    await holds`BEGIN`;
    await holds`LOCK TABLE ml_model_registry IN SHARE MODE`;
    start();
    const waiting = () => sql`
      SELECT FROM pg_stat_activity WHERE application_name LIKE 'ml_training trainer %'
        AND wait_event_type = 'Lock'`;
    await until(async () => (await waiting()).length > 0, { what: 'a job at its end' });
    await work();
  } finally {
    await holds.end({ timeout: 1 });
  }
}
const dead = () => redis.lrange(keys.dead, 0, -1);

test(
  'a burst of ticks, at a bot of the fleet and at a foreign one, is one job',
  async () => {
    lab.start('scheduler');
    lab.start('trainer');
    tick('GOOG');
    await until(async () => (await lab.jobs()).length > 0, { what: 'the job' });
    await pushAll('GOOG');
    tick('GOOG');
    await listsEmpty();
    await lab.allEnded();
    expect(await jobs()).toEqual(['tick lstm GOOG completed']);
    expect(await dead()).toEqual([]);
    // Beside a thousand foreign ones it waits its turn; nothing else kept it.
    expect(errors.filter((error) => !error.startsWith('100 or more jobs wait'))).toEqual([]);
  },
  seconds,
);

test(
  'a foreign burst is one job, even where a new bar comes during its training',
  async () => {
    await pushAll('GOOG');
    await pushAll('SP500');
    // One alone, so that nobody takes the others while it trains.
    await whileOneIsOpen(() => lab.start('trainer'), newBar);
    await listsEmpty();
    expect(await jobs()).toEqual(['tick lstm GOOG completed', 'tick lstm SP500 completed']);
  },
  seconds,
);

test(
  'a foreign burst for a training that fails is one failed job',
  async () => {
    await sql`
      INSERT INTO market_data (time, symbol, open, high, low, close, volume)
      SELECT time, 'BROKEN', open, high, low, 'NaN', volume FROM market_data WHERE symbol = 'GOOG'`;
    await pushAll('BROKEN');
    lab.start('trainer');
    await until(async () => (await lab.jobs()).length > 0, { what: 'the job' });
    await listsEmpty();
    expect(await jobs()).toEqual(['tick lstm BROKEN failed']);
  },
  seconds,
);

test(
  'ticks add no job of a pair whose scheduled one is open, and one of another pair',
  async () => {
    // The first schedule that a database hears of holds from the last run on: this year's tick was missed.
    await sql`TRUNCATE ml_training_schedules`;
    const longAgo = new Date('2020-01-01');
    await createRun(sql, {
      trigger: 'schedule',
      scheduledFor: longAgo,
      pairs: [],
      skipped: [],
      maxAttempts: 1,
    });
    await whileOneIsOpen(
      () => {
        lab.start('scheduler', {
          TRAINING_CRON_SCHEDULE: '0 0 1 1 *',
          TRAINING_STRATEGIES: 'lstm',
          TRAINING_SYMBOLS: 'GOOG',
        });
        lab.start('trainer');
      },
      async () => {
        lab.start('trainer');
        await newBar();
        tick('GOOG');
        await pushAll('GOOG');
        tick('SP500');
        await until(async () => (await lab.jobs()).length === 2 && (await noWishLeft()), {
          what: 'the other trainer to have gone through the queue',
        });
      },
    );
    await listsEmpty();
    await lab.allEnded();
    expect(await jobs()).toEqual(['schedule lstm GOOG completed', 'tick lstm SP500 completed']);
  },
  seconds,
);
