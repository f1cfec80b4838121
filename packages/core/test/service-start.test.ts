// What a service says that can't start, as a process against real servers.
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { spawnNode, startServers, until, type NodeProcess } from '@ml-training/testing';
import { connectDatabase, connectRedis, keys, redisReady, type Database } from '../src/index.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'test', max: 1 });
const redis = connectRedis(servers.redisUrl, { name: 'test', onError: () => undefined });
await redisReady(redis, 60_000);
const running = new Set<NodeProcess>();
const databases: string[] = [];
afterEach(async () => {
  for (const service of running) service.kill('SIGKILL');
  await Promise.all([...running].map((service) => service.exited));
  running.clear();
});
afterAll(async () => {
  for (const name of databases) {
    await sql.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await sql.unsafe(`DROP ROLE IF EXISTS ${name}`);
  }
  redis.disconnect();
  await sql.end({ timeout: 1 });
  await servers.stop();
});

function start(service: string, settings: Record<string, string> = {}): NodeProcess {
  const started = spawnNode(path.resolve(import.meta.dirname, '../../../services', service, 'src/main.ts'), {
    env: {
      REDIS_URL: servers.redisUrl,
      DATABASE_URL: servers.databaseUrl,
      MODEL_DIR: path.join(import.meta.dirname, 'no-models'),
      HEALTH_PORT: '0',
      METRICS_PORT: '0',
      ...settings,
    },
  });
  running.add(started);
  return started;
}

test('a wrong setting is told by the heartbeat key, where no heartbeat service lives', async () => {
  await redis.flushall();
  const started = start('heartbeat', { TRAINING_CRON_SCHEDULE: '0 25 * * *' });
  expect((await started.exited).code).toBe(2);
  expect(JSON.parse((await redis.get(keys.heartbeat)) ?? '')).toMatchObject({
    status: 'down',
    problems: [
      expect.stringMatching(
        /^heartbeat can not start: wrong settings: TRAINING_CRON_SCHEDULE is .*25 is not from 0 to 23$/,
      ),
    ],
  });
  expect(await redis.ttl(keys.heartbeat)).toBeLessThanOrEqual(90);
});

test.each(['scheduler', 'trainer'])(
  'settings that name no strategy there is end a %s with exit code 2',
  async (role) => {
    await redis.flushall();
    const started = start(role, {
      TRAINING_STRATEGIES: 'lstm,svm',
      TRAINING_PARAMS: '{"gru": {"units": 8}}',
    });
    expect((await started.exited).code).toBe(2);
    expect(JSON.parse((await redis.get(keys.heartbeat)) ?? '')).toMatchObject({
      status: 'down',
      problems: [
        expect.stringMatching(
          /can not start: wrong settings: TRAINING_STRATEGIES has "svm", but each must be one of ensemble, lstm, rl;/,
        ),
      ],
    });
  },
);

describe('what waiting can not mend is an error with its remedy, at once; mended, all gets ready', () => {
  /** A user of its own, with a database of its own that it owns unless told otherwise. */
  const inOwnDatabase = async (name: string, owner: string): Promise<string> => {
    databases.push(name);
    await sql.unsafe(`CREATE ROLE ${name} LOGIN PASSWORD 'right'`);
    await sql.unsafe(`CREATE DATABASE ${name} OWNER ${owner}`);
    const url = new URL(servers.databaseUrl);
    url.username = name;
    url.password = 'right';
    url.pathname = `/${name}`;
    return url.href;
  };
  const asAdmin = (database: string): Database => {
    const url = new URL(servers.databaseUrl);
    url.pathname = `/${database}`;
    return connectDatabase(url.href, { applicationName: 'test', max: 1 });
  };

  test.each<
    [string, () => Promise<string>, RegExp, (database: string) => Promise<unknown>, Record<string, string>?]
  >([
    [
      'a wrong password',
      () =>
        inOwnDatabase('wrong_password', 'wrong_password').then((url) => url.replace(':right@', ':wrong@')),
      /password authentication failed.*correct POSTGRES_USER, POSTGRES_PASSWORD/,
      () => sql.unsafe(`ALTER ROLE wrong_password PASSWORD 'wrong'`),
    ],
    [
      'a database that is not there',
      () =>
        inOwnDatabase('not_there', 'not_there').then(async (url) => {
          await sql.unsafe('DROP DATABASE not_there');
          return url;
        }),
      /not_there\\*" does not exist.*createdb NAME/,
      () => sql.unsafe('CREATE DATABASE not_there OWNER not_there'),
    ],
    [
      'no right to make tables',
      () => inOwnDatabase('no_right', 'postgres'),
      /permission denied for schema public.*GRANT CREATE, USAGE ON SCHEMA public/,
      async (database) => {
        await sqlIn(database, 'GRANT CREATE, USAGE ON SCHEMA public TO no_right');
        if (servers.hasTimescale) await sqlIn(database, 'CREATE EXTENSION timescaledb');
      },
    ],
    [
      "somebody else's market_data",
      async () => {
        const url = await inOwnDatabase('foreign_table', 'foreign_table');
        await sqlIn(
          'foreign_table',
          'CREATE TABLE market_data (id serial PRIMARY KEY, symbol text, price numeric)',
        );
        return url;
      },
      /market_data of this database is not the fleet's: it has no column time.*ALTER TABLE market_data RENAME TO/,
      (database) => sqlIn(database, 'ALTER TABLE market_data RENAME TO old_market_data'),
    ],
    [
      'a table of bars that this user may not read',
      async () => {
        const url = await inOwnDatabase('own_bars', 'own_bars');
        await sqlIn(
          'own_bars',
          `CREATE SCHEMA bot; CREATE TABLE bot.candles (ts timestamptz, symbol text, open real, high real, low real,
             close real)`,
        );
        return url;
      },
      /MARKET_DATA_TABLE is bot\.candles.*GRANT USAGE ON SCHEMA bot TO own_bars; GRANT SELECT ON bot\.candles/,
      (database) =>
        sqlIn(database, 'GRANT USAGE ON SCHEMA bot TO own_bars; GRANT SELECT ON bot.candles TO own_bars'),
      { MARKET_DATA_TABLE: 'bot.candles' },
    ],
  ])(
    '%s',
    async (_, prepare, words, mend, settings = {}) => {
      await redis.flushall();
      const url = await prepare();
      const started = start('trainer', { DATABASE_URL: url, ...settings });
      const line = await started.waitForLine(/"msg":"can not work before this is mended"/);
      expect(line).toMatch(/"level":"error"/);
      expect(line).toMatch(words);
      const { health_port: port } = JSON.parse(await started.waitForLine(/"msg":"starting"/)) as {
        health_port: number;
      };
      expect(await (await fetch(`http://127.0.0.1:${port}/readyz`)).text()).toMatch(words);
      const heartbeat = await until(() => redis.get(keys.heartbeat), { what: 'the heartbeat key' });
      expect(JSON.parse(heartbeat)).toMatchObject({
        status: 'down',
        problems: [expect.stringMatching(/^trainer can not start: /)],
      });
      expect(heartbeat).toMatch(words);
      await mend(new URL(url).pathname.slice(1));
      await started.waitForLine(/"msg":"ready"/);
      expect(await redis.get(keys.obstacle('trainer'))).toBeNull();
      started.kill('SIGTERM');
      expect(await started.exited).toEqual({ code: 0, signal: null });
    },
    60_000,
  );

  async function sqlIn(database: string, statement: string): Promise<void> {
    const own = asAdmin(database);
    await own.unsafe(statement).finally(() => own.end({ timeout: 1 }));
  }
});
