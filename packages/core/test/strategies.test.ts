// ml_strategies: which strategies jobs and models may be
// of, in a new database and in one of an earlier fleet.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { startServers } from '@ml-training/testing';
import { connectDatabase, migrate } from '../src/index.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'strategies test', max: 2 });
await migrate(sql);
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});
beforeEach(() => sql`TRUNCATE ml_training_jobs CASCADE`);

const builtIn = [
  ['ensemble', 'all', 'log_likelihood', 'log_loss'],
  ['lstm', 'symbol', 'log_likelihood', 'log_loss'],
  ['rl', 'symbol', 'net_return', 'return'],
];
const strategies = () => sql`SELECT * FROM ml_strategies ORDER BY strategy_type`.values();
const insertJob = (strategy: string, symbol: string) => sql<{ symbol: string }[]>`
  INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts) VALUES (${strategy}, ${symbol}, 'tick', 1)
  RETURNING symbol`;
const foreignKeys = () => sql`
  SELECT conrelid::regclass::text AS of_table, convalidated FROM pg_constraint
  WHERE confrelid = 'ml_strategies'::regclass ORDER BY 1`;
const validated = [
  { of_table: 'ml_model_registry', convalidated: true },
  { of_table: 'ml_training_jobs', convalidated: true },
];

test('the list is in the database, and what jobs and models refer to', async () => {
  expect(await strategies()).toEqual(builtIn);
  expect(await foreignKeys()).toEqual(validated);
  await expect(insertJob('momentum', 'GOOG')).rejects.toMatchObject({ code: '23503' });
});

test('a database of an earlier fleet keeps its jobs and loses its CHECK', async () => {
  await sql.unsafe(`
    ALTER TABLE ml_training_jobs DROP CONSTRAINT ml_training_jobs_strategy,
      ADD CHECK (strategy_type IN ('ensemble', 'lstm', 'rl'));
    ALTER TABLE ml_model_registry DROP CONSTRAINT ml_model_registry_strategy,
      ADD CHECK (strategy_type IN ('ensemble', 'lstm', 'rl'));
    DROP TABLE ml_strategies;
    DELETE FROM ml_training_migrations WHERE name IN ('023_strategies.sql', '024_strategies_valid.sql')`);
  await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts, status)
    SELECT s, 'GOOG', 'tick', 1, 'failed' FROM unnest(ARRAY['ensemble', 'lstm', 'rl']) s, generate_series(1, 5)`;
  expect(await migrate(sql)).toEqual(['023_strategies.sql', '024_strategies_valid.sql']);
  expect(await foreignKeys()).toEqual(validated);
  expect(await sql`SELECT count(*)::int FROM ml_training_jobs`).toEqual([{ count: 15 }]);
  const checks = sql`SELECT conname FROM pg_constraint WHERE contype = 'c' AND conname LIKE '%strategy_type%'`;
  expect(await checks).toEqual([]);
});

test("a start puts right the rows of the list and leaves others alone; a name of one's own needs no migration", async () => {
  await sql`UPDATE ml_strategies SET scope = 'all', score = 'auc' WHERE strategy_type = 'rl'`;
  const own = ['momentum', 'all', 'net_return', 'return'];
  await sql`INSERT INTO ml_strategies VALUES ('momentum', 'all', 'net_return', 'return')`;
  await migrate(sql);
  expect(await strategies()).toEqual([...builtIn.slice(0, 2), own, builtIn[2]]);
  expect(await insertJob('momentum', 'ALL')).toEqual([{ symbol: '@ALL' }]);
  expect(await insertJob('rl', 'ALL')).toEqual([{ symbol: 'ALL' }]);
});
