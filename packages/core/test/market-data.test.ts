// Databases that somebody else has a say in: a market_data that was there before, and a user without rights.
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { startServers } from '@ml-training/testing';
import { connectDatabase, listSymbols, loadConfig, migrate, newerThanFleet } from '../src/index.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'test', max: 1 });
afterEach(() => sql.unsafe('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

const ours = [
  'time timestamptz NOT NULL',
  'symbol text NOT NULL',
  ...['open', 'high', 'low', 'close'].map((name) => `${name} double precision NOT NULL`),
  'volume double precision',
  'PRIMARY KEY (symbol, time)',
];
const make = (columns: readonly string[]) => sql.unsafe(`CREATE TABLE market_data (${columns.join(', ')})`);
const changed = (from: RegExp | null, to: string): string[] =>
  from === null
    ? [...ours, to]
    : ours.map((column) => (from.test(column) ? to : column)).filter((text) => text !== '');

describe('a market_data that was there before the fleet', () => {
  test('is taken with its bars where it is alike, whatever it has besides', async () => {
    await make([...ours, 'source text', "venue text NOT NULL DEFAULT 'x'"]);
    await sql`INSERT INTO market_data (time, symbol, open, high, low, close) VALUES (now(), 'GOOG', 1, 1, 1,
      1)`;
    expect(await migrate(sql)).toContain('001_tables.sql');
    expect(await sql`SELECT symbol FROM market_data`).toEqual([{ symbol: 'GOOG' }]);
  });

  test.each([
    ['without a column', changed(/^close/, ''), 'it has no column close (double precision)'],
    [
      'of another type',
      changed(/^time/, 'time timestamp NOT NULL'),
      'its column time is timestamp without time zone',
    ],
    [
      'of numeric prices',
      changed(/^open/, 'open numeric NOT NULL'),
      'its column open is numeric, not double precision',
    ],
    ['without a key', changed(/^PRIMARY/, ''), 'it has no primary key of (symbol, time)'],
    ['of another key', changed(/^PRIMARY/, 'PRIMARY KEY (time)'), 'it has no primary key of (symbol, time)'],
    [
      'that must have a volume',
      changed(/^volume/, 'volume double precision NOT NULL'),
      'its column volume may not be null',
    ],
    ['that needs more', changed(null, 'venue text NOT NULL'), 'its column venue has no default'],
  ])('is refused %s, with what differs and what to do', async (_, columns, problem) => {
    await make(columns);
    await expect(migrate(sql)).rejects.toMatchObject({
      code: 'DATABASE_UNFIT',
      message: expect.stringMatching(
        /^the table market_data .*ALTER TABLE market_data RENAME TO old_market_data/,
      ),
    });
    await expect(migrate(sql)).rejects.toThrow(problem);
    expect(await sql`SELECT to_regclass('ml_training_jobs') AS made`).toEqual([{ made: null }]);
  });

  test("is also seen when it took the place of the fleet's later", async () => {
    await migrate(sql);
    await sql`DROP TABLE market_data`;
    await make(['symbol text']);
    await expect(migrate(sql)).rejects.toThrow(/market_data of this database is not the fleet's/);
  });
});

describe("a market_data that holds the user's own bars", () => {
  const theirs = ['ts timestamptz', 'symbol text', 'open real', 'high real', 'low real', 'close real'];

  test('is refused with the setting that reads it, and what it takes besides', async () => {
    await make(theirs);
    await expect(migrate(sql)).rejects.toThrow(
      /has no column time .*set MARKET_DATA_TABLE=public\.market_data: it is then read, and never written\. Else/,
    );
    await sql.unsafe('ALTER TABLE market_data DROP COLUMN close');
    await expect(migrate(sql)).rejects.toThrow(
      /never written \(before that: .*MARKET_DATA_COLUMNS=close=COLUMN\)/,
    );
  });

  test('is read with that setting; the schema is made beside it, and it stays as it was', async () => {
    await make(theirs);
    await sql`INSERT INTO market_data VALUES (now(), 'GOOG', 1, 1, 1, 1)`;
    const shape = () => sql`
      SELECT relname, relkind, relhastriggers, relhasindex, (SELECT count(*) FROM pg_attribute WHERE attrelid = c.oid)
      FROM pg_class c WHERE oid = 'market_data'::regclass`;
    const before = await shape();
    const bars = loadConfig({ MARKET_DATA_TABLE: 'public.market_data' });
    const own = connectDatabase(servers.databaseUrl, { applicationName: 'test', max: 1, bars });
    try {
      expect(await migrate(own)).toContain('002_hypertables.sql');
      expect(await listSymbols(own)).toMatchObject([{ symbol: 'GOOG', bars: 1 }]);
    } finally {
      await own.end({ timeout: 1 });
    }
    expect(await shape()).toEqual(before);
    // Nobody else takes it for the fleet's.
    await expect(migrate(sql)).rejects.toMatchObject({ code: 'DATABASE_UNFIT' });
  });
});

test('a database that is up to date needs no right to make tables', async () => {
  await migrate(sql);
  await sql.unsafe(`DROP ROLE IF EXISTS only_reads; CREATE ROLE only_reads LOGIN PASSWORD 'x'`);
  await sql.unsafe(
    'GRANT USAGE ON SCHEMA public TO only_reads; GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_reads',
  );
  const url = new URL(servers.databaseUrl);
  url.username = 'only_reads';
  url.password = 'x';
  const own = connectDatabase(url.href, { applicationName: 'test', max: 1 });
  try {
    expect(await migrate(own)).toEqual([]);
  } finally {
    await own.end({ timeout: 1 });
    await sql.unsafe('DROP OWNED BY only_reads; DROP ROLE only_reads');
  }
});

test('a database that a newer fleet has set up is known by its migrations', async () => {
  expect(await newerThanFleet(sql)).toBeNull();
  await migrate(sql);
  expect(await newerThanFleet(sql)).toBeNull();
  await sql`INSERT INTO ml_training_migrations (name) VALUES ('003_gone_since.sql'),
    ('999_of_a_newer_fleet.sql')`;
  expect(await newerThanFleet(sql)).toBe('999_of_a_newer_fleet.sql');
});
