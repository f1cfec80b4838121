// Ticks become wishes in the queue, each once, whatever the network and the queue do meanwhile.
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connectRedis, keys, redisReady } from '@ml-training/core';
import { startProxy, startServers, until } from '@ml-training/testing';
import { createTicker, type Ticker, type TickerOptions } from '../src/index.ts';

const servers = await startServers();
const network = await startProxy(Number(new URL(servers.redisUrl).port));
const redis = connectRedis(servers.redisUrl, { name: 'ticker test', onError: () => undefined });
await redisReady(redis, 60_000);

let errors: (Error & { code?: string })[] = [];
let ticker: Ticker | null = null;
function open(over: Partial<TickerOptions> = {}): Ticker {
  ticker = createTicker({
    strategy: 'lstm',
    retrainFrequency: 1,
    redisUrl: network.via(servers.redisUrl),
    onError: (error) => errors.push(error),
    ...over,
  });
  return ticker;
}
beforeEach(async () => {
  errors = [];
  await network.restore();
  await redis.flushall();
});
afterEach(async () => {
  await network.restore();
  await ticker?.close();
  ticker = null;
});
afterAll(async () => {
  redis.disconnect();
  await network.stop();
  await servers.stop();
});

const queue = () => redis.lrange(keys.queue, 0, -1);
const entry = (strategy_type: string, symbol: string) => JSON.stringify({ strategy_type, symbol });
/** Once nothing waits in the bot: what it has put into the queue. */
async function sent(): Promise<string[]> {
  await until(() => ticker!.waiting.length === 0, {
    what: `nothing to wait in the bot; errors: ${errors.map(String).join('; ')}`,
  });
  return queue();
}
const told = (what: string) => until(() => errors.length > 0, { what: `a word about ${what}` });

describe('a tick', () => {
  test('asks for a training when it is the n-th of its symbol, each symbol for itself', async () => {
    const { onTick } = open({ retrainFrequency: 3 });
    const asked = Array.from({ length: 7 }, () => [onTick('GOOG'), onTick('AAPL')]);
    expect(asked.map(([goog]) => goog)).toEqual([false, false, true, false, false, true, false]);
    onTick('SP500');
    expect(await sent()).toEqual([entry('lstm', 'AAPL'), entry('lstm', 'GOOG')]);
    expect(errors).toEqual([]);
  });

  test('asks for each strategy of several, and once for the ensemble of all symbols', async () => {
    const { onTick } = open({ strategy: ['ensemble', 'rl'] });
    for (const symbol of ['GOOG', 'AAPL', 'BTC/USD']) onTick(symbol);
    expect((await sent()).sort()).toEqual(
      [entry('ensemble', '@ALL'), entry('rl', 'AAPL'), entry('rl', 'BTC/USD'), entry('rl', 'GOOG')].sort(),
    );
  });

  test('asks for nothing while a training of its pair waits, is run, or is wished for by another bot', async () => {
    const held =
      '{"job_id":"7b1d0f5e-0c55-4cde-9a31-2d94dd1d7dd4","strategy_type":"lstm","symbol":"RUN/NING"}';
    await redis.hset(keys.beats, 'trainer:t1', '{}', 'scheduler:s1', '{}');
    await redis.lpush(keys.processing('t1'), held);
    const garbage = ['', 'null', '[', '"lstm"', '['.repeat(20_000), '{"strategy_type":{},"symbol":"GOOG"}'];
    const known = [
      '{"strategy_type": "lstm", "symbol": "PYTHON"}',
      '{"job_id":"8","strategy_type":"lstm","symbol":"JOB"}',
      '{"strategy_type": "ensemble", "symbol": "OTHER"}',
    ];
    await redis.lpush(keys.queue, ...garbage, ...known);
    const { onTick } = open({ strategy: ['ensemble', 'lstm'] });
    for (const symbol of ['RUN/NING', 'PYTHON', 'JOB', 'GOOG']) onTick(symbol);
    expect(await sent()).toEqual([entry('lstm', 'GOOG'), ...known.toReversed(), ...garbage.toReversed()]);
  });

  test('asks for a training that waits for the schedule, so that it comes before its turn', async () => {
    const scheduled = (symbol: string) =>
      `{"job_id":"${crypto.randomUUID()}","strategy_type":"lstm","symbol":"${symbol}","trigger":"schedule"}`;
    // More than may wait that was asked for.
    const run = ['GOOG', 'AAPL', 'S1', 'S2', 'S3', 'S4', 'S5'].map(scheduled);
    await redis.lpush(keys.queue, ...run);
    await redis.rpush(keys.queue, entry('lstm', 'AAPL'));
    const { onTick } = open({ maxQueueLength: 3 });
    for (const symbol of ['GOOG', 'AAPL', 'GOOG']) onTick(symbol);
    expect(await sent()).toEqual([entry('lstm', 'GOOG'), ...run.toReversed(), entry('lstm', 'AAPL')]);
    expect(errors).toEqual([]);
  });

  test('of a thousand makes one wish, and asks Redis no more than once a second', async () => {
    const { onTick } = open();
    await until(() => network.connections() === 1, { what: 'the bot to be connected' });
    const from = await evals();
    const start = performance.now();
    for (let i = 0; i < 1000; i++) {
      onTick('GOOG');
      if (i % 10 === 0) await redis.ping();
    }
    expect(await sent()).toEqual([entry('lstm', 'GOOG')]);
    expect((await evals()) - from).toBeLessThanOrEqual(2 + (performance.now() - start) / 1000);
  });

  test('does nothing once the ticker is closed', async () => {
    const { onTick, train, close } = open();
    await close();
    expect(onTick('GOOG')).toBe(false);
    train('GOOG');
    await close();
    expect(ticker!.waiting).toEqual([]);
    expect(await queue()).toEqual([]);
  });
});

/** How often Redis has run a script. */
async function evals(): Promise<number> {
  return Number(/cmdstat_eval:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
}

test('train asks whatever the count', async () => {
  const { train } = open({ retrainFrequency: 500 });
  train('GOOG');
  expect(await sent()).toEqual([entry('lstm', 'GOOG')]);
});

describe('no tick is lost', () => {
  test('while Redis is away, from the start or later; the bot hears of it once', async () => {
    await network.cut();
    const { onTick } = open({ strategy: ['lstm', 'rl'], redisUrl: network.via('redis://:hunter2@h:1') });
    for (let i = 0; i < 1000; i++) onTick('GOOG');
    expect(ticker!.waiting).toEqual([
      { strategy_type: 'lstm', symbol: 'GOOG' },
      { strategy_type: 'rl', symbol: 'GOOG' },
    ]);
    await told('Redis');
    expect(errors.join()).toMatch(/^Error: Redis at redis:\S+ \(REDIS_URL\): /);
    expect(errors.join()).not.toMatch(/hunter2/);
    await ticker!.close(0);

    errors = [];
    await network.restore();
    open();
    ticker!.train('AAPL');
    await sent();
    await network.cut();
    await told('Redis');
    ticker!.train('GOOG');
    expect(ticker!.waiting).toHaveLength(1);
    await network.restore();
    expect(await sent()).toEqual([entry('lstm', 'GOOG'), entry('lstm', 'AAPL')]);
    expect(errors).toHaveLength(1);
  });

  test.each([
    ['its way to Redis', () => network.hang()],
    ['the way back', () => network.dropReplies()],
  ])('when a wish is lost on %s, nor does it come twice', async (_, lose) => {
    const { train } = open();
    await until(() => network.connections() === 1, { what: 'the bot to be connected' });
    train('AAPL');
    await sent();
    const lost = network.lostBytes();
    lose();
    train('GOOG');
    await until(() => network.lostBytes() > lost, { what: 'something to be lost' });
    await network.restore();
    expect(await sent()).toEqual([entry('lstm', 'GOOG'), entry('lstm', 'AAPL')]);
  });

  test('while the queue is long; the bot hears of it once, and no entry is added', async () => {
    const others = Array.from({ length: 5 }, (_, i) => entry('lstm', `OTHER${i}`));
    await redis.lpush(keys.queue, ...others);
    const { train } = open({ maxQueueLength: 5 });
    for (const symbol of ['GOOG', 'AAPL']) train(symbol);
    await told('the queue');
    expect(errors).toMatchObject([
      { code: 'QUEUE_FULL', message: expect.stringContaining('5 or more jobs') },
    ]);
    const before = await evals();
    await until(async () => (await evals()) > before, { what: 'another try' });
    expect(await redis.llen(keys.queue)).toBe(5);
    await redis.rpop(keys.queue);
    await until(() => ticker!.waiting.length === 1, { what: 'the first wish to be sent' });
    await redis.rpop(keys.queue);
    expect((await sent()).slice(0, 2)).toEqual([entry('lstm', 'AAPL'), entry('lstm', 'GOOG')]);
    expect(errors).toHaveLength(1);
  });

  test('while Redis takes no writes for want of memory', async () => {
    await redis.config('SET', 'maxmemory', '1');
    try {
      open().train('GOOG');
      await told('memory');
      expect(String(errors[0])).toContain('OOM');
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    expect(await sent()).toEqual([entry('lstm', 'GOOG')]);
  });

  test("when the bot's own onError throws", async () => {
    await redis.lpush(keys.queue, 'other');
    let calls = 0;
    const onError = (): void => {
      calls += 1;
      throw new Error('a mistake in onError');
    };
    open({ maxQueueLength: 1, onError }).train('GOOG');
    await until(() => calls > 0, { what: 'onError to be called' });
    await redis.del(keys.queue);
    expect(await sent()).toEqual([entry('lstm', 'GOOG')]);
  });
});

describe('close', () => {
  test('sends what waits, also when the connection is still to be made', async () => {
    const { onTick, close } = open();
    onTick('GOOG');
    await close();
    expect(await queue()).toEqual([entry('lstm', 'GOOG')]);
    expect(errors).toEqual([]);
  });

  test('says what could not be sent', async () => {
    await network.cut();
    const { train, close } = open();
    for (let i = 0; i < 12; i++) train(`S${i}`);
    await close(50);
    expect(errors.at(-1)).toMatchObject({
      code: 'WISHES_UNSENT',
      message: expect.stringMatching(/lstm S0, .* and 2 more; ask again with "ml train"/),
    });
    expect(network.connections()).toBe(0);
  });
});

describe('refused', () => {
  // As a caller in JavaScript could.
  const given = (options: object) => () => open(options);
  const everyTick = 'must be a whole number of ticks, 1 or more';
  test.each([
    [{ retrainFrequency: 0 }, `retrainFrequency is 0, but ${everyTick}`],
    [{ retrainFrequency: NaN }, `retrainFrequency is NaN, but ${everyTick}`],
    [{ retrainFrequency: 2.5 }, `retrainFrequency is 2.5, but ${everyTick}`],
    [{ retrainFrequency: -1 }, `retrainFrequency is -1, but ${everyTick}`],
    [{ retrainFrequency: Infinity }, `retrainFrequency is Infinity, but ${everyTick}`],
    [{ retrainFrequency: '500' }, `retrainFrequency is '500', but ${everyTick}`],
    [{ retrainFrequency: undefined }, `retrainFrequency is undefined, but ${everyTick}`],
    [
      { strategy: 'SVM' },
      /^strategy is 'SVM', but must be one of ensemble, lstm, rl or a strategy of your own, or several/,
    ],
    [{ strategy: [] }, /^strategy is \[\], but must be/],
    [{ maxQueueLength: 0 }, 'maxQueueLength is 0, but must be a whole number from 1 to 10,000'],
    [{ maxQueueLength: 10_001 }, /^maxQueueLength is 10001/],
    [{ redisUrl: 'http://redis' }, /^REDIS_URL is .* but must be a URL/],
  ])('%j', (options, message) => {
    expect(given(options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(given(options)).toThrow(message);
  });

  test.each([undefined, null, 7, {}, '', '../x', 'A\0', '@ALL', '__proto__', 'A'.repeat(300)])(
    'the symbol %p',
    (symbol) => {
      const { onTick, train, close } = open({ retrainFrequency: 2 });
      for (const method of [onTick, train])
        expect(() => method(symbol as string)).toThrow(
          expect.objectContaining({
            code: 'SYMBOL_INVALID',
            message: expect.stringMatching(
              /is no symbol: pass a text|^no symbol: .* 1 to 64 printable characters/,
            ),
          }),
        );
      return close();
    },
  );

  test('more symbols than any bot has', () => {
    const { onTick } = open({ retrainFrequency: 2 });
    for (let i = 0; i < 100_000; i++) onTick(`S${i}`);
    expect(() => onTick('S100000')).toThrow(/^S100000 is symbol number 100001 of this bot/);
    expect(onTick('S0')).toBe(true);
  });
});
