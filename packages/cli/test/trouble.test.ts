// What the ml command says when something around it is not as it must be.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { keys } from '@ml-training/core';
import { localFleet } from '../src/settings.ts';
import { startLab } from './ml.ts';

const lab = await startLab();
const { ml } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());

/** Nobody listens on port 1. */
const deadRedis = 'redis://:hunter2@127.0.0.1:1';
const deadDatabase = 'postgres://user:hunter2@127.0.0.1:1/tradebot';

test('wrong settings end it with exit code 2, each named with what is allowed', async () => {
  expect(await ml(['jobs'], { TRAINING_SEED: 'x', LOG_LEVEL: 'LOUD' })).toEqual({
    code: 2,
    out: '',
    err:
      'Wrong settings:\n' +
      'LOG_LEVEL is "LOUD", but must be one of ERROR, WARN, INFO, DEBUG\n' +
      'TRAINING_SEED is "x", but must be a whole number from 0 to 2147483647\n',
  });
});

describe('a server that can not be reached is named by its variable, without its password', () => {
  test.each([
    [
      ['jobs'],
      { DATABASE_URL: deadDatabase },
      /^PostgreSQL can not be used at postgres:\/\/user:\*\*\*@127.0.0.1:1\/tradebot \(DATABASE_URL\): .*ECONNREFUSED/,
    ],
    [
      ['train', 'lstm', 'GOOG'],
      { REDIS_URL: deadRedis },
      /^Redis can not be used at redis:\/\/:\*\*\*@127.0.0.1:1 \(REDIS_URL\): .*ECONNREFUSED/,
    ],
  ])('%j', async (args, settings, message) => {
    const { code, out, err } = await ml(args, settings);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/hunter2/);
  });
});

describe('ml doctor', () => {
  interface Finding {
    readonly check: string;
    readonly ok: boolean;
    readonly detail: string;
    readonly advice: string;
  }
  const doctor = async (settings: Record<string, string> = {}) => {
    const { code, out } = await ml(['doctor', '--json'], settings);
    // The command under test writes it.
    const findings = JSON.parse(out) as Finding[];
    return {
      code,
      out,
      of: (check: string) => findings.find((finding) => finding.check === check),
      findings,
    };
  };

  const heartbeat = (status: string, problems: readonly string[]) =>
    lab.redis.set(
      keys.heartbeat,
      JSON.stringify({ status, problems, timestamp: new Date().toISOString(), roles: {} }),
    );

  test('ends with 1 when the heartbeat says that the fleet is down, or says nothing', async () => {
    await lab.addBars('GOOG', 100);
    const silent = await doctor();
    expect([silent.code, silent.of('fleet')]).toEqual([1, expect.objectContaining({ ok: false })]);
    await heartbeat('down', ['trainer can not start: wrong settings: LOG_LEVEL is "LOUD"']);
    const down = await doctor();
    expect([down.code, down.of('fleet')?.detail]).toEqual([
      1,
      'down: trainer can not start: wrong settings: LOG_LEVEL is "LOUD"',
    ]);
  });

  test.each([
    [
      'a wrong password',
      (url: URL) => (url.password = 'wrong'),
      'postgresql',
      /correct POSTGRES_USER, POSTGRES_PASSWORD/,
    ],
    ['no such database', (url: URL) => (url.pathname = '/nowhere'), 'postgresql', /createdb NAME/],
  ])('says what to do about %s', async (_, change, check, advice) => {
    const url = new URL(lab.databaseUrl);
    change(url);
    const { code, of } = await doctor({ DATABASE_URL: url.href });
    expect([code, of(check)]).toEqual([
      1,
      expect.objectContaining({ ok: false, advice: expect.stringMatching(advice) }),
    ]);
  });

  test('says when PostgreSQL gives fewer connections than so many trainers may want', async () => {
    const name = new URL(lab.databaseUrl).pathname.slice(1);
    await lab.sql`ALTER DATABASE ${lab.sql(name)} CONNECTION LIMIT 25`;
    const enough = await doctor({ MAX_CONCURRENT_TRAINING_JOBS: '3' });
    const few = await doctor({ MAX_CONCURRENT_TRAINING_JOBS: '4' });
    await lab.sql`ALTER DATABASE ${lab.sql(name)} CONNECTION LIMIT -1`;
    const server = await doctor({ MAX_CONCURRENT_TRAINING_JOBS: '1000' });
    expect(enough.of('connections')).toBeUndefined();
    expect(few.of('connections')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/gives this user 25; with 4 trainers .* may want 30$/),
      advice: expect.stringMatching(/max_connections/),
    });
    expect(server.of('connections')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/ want 5010$/),
    });
  });

  test("says what to do about somebody else's market_data, and a newer fleet's database", async () => {
    await lab.sql`ALTER TABLE market_data RENAME TO kept`;
    await lab.sql`CREATE TABLE market_data (symbol text)`;
    const foreign = await doctor();
    await lab.sql`DROP TABLE market_data`;
    await lab.sql`ALTER TABLE kept RENAME TO market_data`;
    expect(foreign.of('schema')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/is not the fleet's: it has no column time/),
      advice: expect.stringMatching(
        /^If it holds the bars .*set MARKET_DATA_TABLE=public\.market_data.*Else name another database.*RENAME TO old_market_data/,
      ),
    });
    await lab.sql`INSERT INTO ml_training_migrations (name) VALUES ('999_newer.sql')`;
    const newer = await doctor();
    await lab.sql`DELETE FROM ml_training_migrations WHERE name = '999_newer.sql'`;
    expect(newer.of('schema')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/newer fleet.*999_newer/),
    });
  });

  test('shows a table of bars of one own: which column is what, a row, and what makes it slow', async () => {
    await lab.sql.unsafe(`CREATE SCHEMA bot;
      CREATE TABLE bot.candles (open_time bigint, pair text, open real, high real, low real, close real, trades int);
      INSERT INTO bot.candles SELECT (extract(epoch FROM now()) - 3600 * i) * 1000, 'BTC/USDT', 1, 1, 1, 1, 7
      FROM generate_series(1, 120) i`);
    const settings = { MARKET_DATA_TABLE: 'bot.candles' };
    const found = await doctor(settings);
    const text = await ml(['doctor'], settings);
    const wrong = await doctor({ ...settings, MARKET_DATA_COLUMNS: 'close=px' });
    await lab.sql.unsafe('DROP SCHEMA bot CASCADE');
    expect(found.of('MARKET_DATA_TABLE')).toMatchObject({
      ok: true,
      detail: expect.stringMatching(
        /^table bot\.candles: time = open_time in ms since 1970, symbol = pair, .*volume = \(none\), trades\na row: BTC\/USDT 20/,
      ),
      advice: expect.stringMatching(/CREATE INDEX ON bot\.candles \("pair", "open_time" DESC\)/),
    });
    expect(found.of('bars')).toMatchObject({ ok: true, detail: 'BTC/USDT 120' });
    expect(text.out).toMatch(/→ no index of bot\.candles serves .*\n +nothing keeps bot\.candles from/);
    expect(wrong.of('schema')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/MARKET_DATA_TABLE is bot\.candles.*it has no column px/),
    });
  });

  // Where `npm start` runs in this checkout, its servers are found without a word.
  const running = localFleet() !== null;
  (running ? test.skip : test)(
    `without any word of where they are, tells how to reach the servers of containers${
      running ? ' [npm start runs in this checkout]' : ''
    }`,
    async () => {
      const { of } = await doctor({ REDIS_URL: '', DATABASE_URL: '' });
      for (const check of ['redis', 'postgresql'])
        expect(of(check)).toMatchObject({
          ok: false,
          advice: expect.stringMatching(/REDIS_HOST=127.0.0.1 POSTGRES_HOST=127.0.0.1/),
        });
    },
  );

  test('looks at everything, and is content when all is well', async () => {
    await lab.addBars('GOOG', 100);
    await heartbeat('healthy', []);
    const { findings, of } = await doctor();
    expect(findings.map(({ check }) => check)).toEqual([
      'node',
      'tensorflow',
      'lightgbm',
      'openblas',
      'settings',
      'MODEL_DIR',
      'strategies',
      'redis',
      'fleet',
      'postgresql',
      'bars',
    ]);
    for (const check of [
      'node',
      'settings',
      'MODEL_DIR',
      'strategies',
      'redis',
      'fleet',
      'postgresql',
      'bars',
    ])
      expect(of(check)).toMatchObject({ ok: true, advice: '' });
    expect(of('bars')?.detail).toBe('GOOG 100');
  });

  test('says whether a receiver of webhooks answers, whatever it answers to what is no event', async () => {
    const server = createServer((_, response) => void response.writeHead(405).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A listening TCP server's address is never a string.
    const WEBHOOK_URL = `http://us:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const settings = { WEBHOOK_URL, WEBHOOK_SECRET: 'a text of 24 characters.' };
    expect((await doctor(settings)).of('webhooks')).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^http:\/\/us:\*\*\*@127.* answers \(HTTP 405 to HEAD\)$/),
    });
    server.close();
    server.closeAllConnections();
    const { code, out, of } = await doctor(settings);
    expect(code).toBe(1);
    expect(of('webhooks')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/\(WEBHOOK_URL\): .*ECONNREFUSED/),
      advice: expect.stringMatching(/start the receiver/),
    });
    expect(out).not.toMatch(/hunter2|a text of 24/);
  });

  test('ends with 1 and says what to do when Redis can not be reached; the rest is looked at all the same', async () => {
    const { code, out, of } = await doctor({ REDIS_URL: deadRedis });
    expect(code).toBe(1);
    expect(of('redis')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^redis:\/\/:\*\*\*@127.0.0.1:1 \(REDIS_URL\): .*ECONNREFUSED/),
      advice: expect.stringMatching(/npm start/),
    });
    expect(of('postgresql')?.ok).toBe(true);
    expect(out).not.toMatch(/hunter2/);
  });

  test('ends with 1 and says what to do when a server answers, but takes no writes', async () => {
    const [{ name }] = await lab.sql<[{ name: string }]>`SELECT current_database() AS name`;
    await lab.sql`ALTER DATABASE ${lab.sql(name)} SET default_transaction_read_only = on`;
    await lab.redis.config('SET', 'maxmemory', '1');
    try {
      const { code, of } = await doctor();
      expect(code).toBe(1);
      expect(of('postgresql')).toMatchObject({
        ok: false,
        detail: expect.stringMatching(/\(DATABASE_URL\): PostgreSQL takes no writes$/),
        advice: expect.stringMatching(/default_transaction_read_only/),
      });
      expect(of('redis')).toMatchObject({
        ok: false,
        detail: expect.stringMatching(/\(REDIS_URL\): Redis is at its maxmemory$/),
        advice: expect.stringMatching(/raise maxmemory/),
      });
    } finally {
      await lab.redis.config('SET', 'maxmemory', '0');
      await lab.sql`ALTER DATABASE ${lab.sql(name)} RESET default_transaction_read_only`;
    }
  });

  test.each([
    ['postgresql', { DATABASE_URL: deadDatabase }, /\(DATABASE_URL\): .*ECONNREFUSED/],
    ['settings', { TRAINING_SEED: 'x' }, /^TRAINING_SEED is "x"/],
    ['MODEL_DIR', { MODEL_DIR: '/nowhere/models' }, /^\/nowhere\/models is not there/],
    ['bars', {}, /^market_data is empty/],
  ])('ends with 1 when %s is wrong', async (check, settings: Record<string, string>, detail) => {
    const { code, of } = await doctor(settings);
    expect(code).toBe(1);
    expect(of(check)).toMatchObject({ ok: false, detail: expect.stringMatching(detail) });
    expect(of(check)?.advice).not.toBe('');
  });

  test('names the symbols that have too few bars', async () => {
    await lab.addBars('GOOG', 100);
    await lab.addBars('NEW', 20);
    expect((await doctor()).of('bars')).toMatchObject({
      ok: false,
      detail: 'GOOG 100, NEW 20',
      advice: expect.stringMatching(/^NEW: fewer than MIN_TRAINING_DATA_POINTS \(100\)/),
    });
  });

  test('says which settings TRAINING_PARAMS calls by old names, which is nothing wrong', async () => {
    const { of } = await doctor({ TRAINING_PARAMS: '{"rl": {"envs": 4, "n_steps": 64}}' });
    expect(of('settings')).toMatchObject({
      ok: true,
      detail: expect.stringMatching(
        /\nTRAINING_PARAMS: rl.envs is now rl.n_envs; the old name is still accepted$/,
      ),
    });
  });

  test('for people: a line a check, and what to do below what is wrong', async () => {
    const { out } = await ml(['doctor'], { REDIS_URL: deadRedis });
    expect(out).toMatch(/^ok {2}node {8}v\d+\.\d+\.\d+$/m);
    expect(out).toMatch(/^!! {2}redis {7}redis:.*ECONNREFUSED.*\n {16}→ run "npm start" here/m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThan(160);
  });
});

test('an unknown command, or none, shows what there is', async () => {
  const unknown = await ml(['bogus']);
  expect([unknown.code, unknown.err]).toEqual([
    1,
    expect.stringMatching(/unknown command 'bogus'\n\(ml --help/),
  ]);
  const none = await ml([]);
  expect([none.code, none.err]).toEqual([1, expect.stringMatching(/import.*train.*jobs.*models.*doctor/s)]);
});
