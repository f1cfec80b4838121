// ?schema=NAME in DATABASE_URL, as Prisma's URLs have it, with a real server.
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { startServers } from '@ml-training/testing';
import {
  connectDatabase,
  importBars,
  lastingFault,
  listSymbols,
  migrate,
  quietSymbols,
  type Database,
} from '../src/index.ts';

const servers = await startServers();
const admin = connectDatabase(servers.databaseUrl, { applicationName: 'test', max: 1 });
const open: Database[] = [admin];
const inSchema = (name: string): Database => {
  const url = `${servers.databaseUrl}?schema=${encodeURIComponent(name)}`;
  const sql = connectDatabase(url, { applicationName: 'test', max: 2 });
  open.push(sql);
  return sql;
};
afterAll(async () => {
  await Promise.all(open.map((one) => one.end({ timeout: 1 })));
  await servers.stop();
});
const tablesIn = async (schema: string): Promise<number> => {
  const [row] = await admin<[{ count: number }]>`
    SELECT count(*)::int AS count FROM pg_tables
    WHERE schemaname = ${schema} AND (tablename LIKE 'ml\\_%' OR tablename = 'market_data')`;
  return row.count;
};

test('all tables of the fleet are made and used there, none beside it', async () => {
  await admin`CREATE SCHEMA "Bot 1"`;
  const sql = inSchema('Bot 1');
  await migrate(sql);
  const made = await tablesIn('Bot 1');
  expect(made).toBeGreaterThan(10);
  expect(await tablesIn('public')).toBe(0);
  if (servers.hasTimescale)
    expect(
      await admin`SELECT hypertable_name AS name FROM timescaledb_information.hypertables
        WHERE hypertable_schema = 'Bot 1' ORDER BY 1`,
    ).toEqual([{ name: 'market_data' }, { name: 'ml_training_metrics' }]);
  const file = path.resolve(import.meta.dirname, '../../../infra/sample-data/GOOG.csv');
  await importBars(sql, file);
  expect(await listSymbols(sql, { upTo: 10 })).toMatchObject([{ symbol: 'GOOG', bars: 10 }]);
  expect([...(await quietSymbols(sql, ['GOOG'])).keys()]).toEqual(['GOOG']);
  // A second start finds nothing to do; another schema of the database is another fleet's.
  expect(await migrate(sql)).toEqual([]);
  await migrate(admin);
  expect([await tablesIn('Bot 1'), await tablesIn('public')]).toEqual([made, made]);
  expect(await listSymbols(admin)).toEqual([]);
});

test('a schema that is not there is said, with what makes it', async () => {
  const fault = await migrate(inSchema('nowhere')).then(
    () => 'it did not fail',
    (error: unknown) => lastingFault(error) ?? `not lasting: ${String(error)}`,
  );
  expect(fault).toMatch(/the schema that DATABASE_URL names .* is not there: CREATE SCHEMA/);
});
