// The functions of the protocol follow their files, also in a database that an earlier fleet has set up.
import { expect, test } from '@jest/globals';
import { migrate } from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('functions test', { max: 2 });

const sourceOf = async (name: string): Promise<string[]> => {
  const rows = await sql<{ source: string }[]>`
    SELECT pg_get_functiondef(oid) AS source FROM pg_proc WHERE proname = ${name} ORDER BY 1`;
  return rows.map(({ source }) => source);
};

test('a database that is up to date is left alone', async () => {
  expect(await migrate(sql)).toEqual([]);
});

test('a function of an earlier fleet is replaced, whatever it took and returned', async () => {
  const before = await sourceOf('ml_training_recover');
  expect(before).toHaveLength(1);
  await sql`DROP FUNCTION ml_training_recover()`;
  await sql`CREATE FUNCTION ml_training_recover(older integer) RETURNS integer LANGUAGE sql AS 'SELECT older'`;
  await sql`UPDATE ml_training_functions SET sha256 = 'older' WHERE name = 'ml_training_recover'`;
  expect(await migrate(sql)).toEqual(['functions/ml_training_recover.sql']);
  expect(await sourceOf('ml_training_recover')).toEqual(before);
});

test('a function that has no file any more is dropped', async () => {
  await sql`CREATE FUNCTION ml_training_forgotten() RETURNS integer LANGUAGE sql AS 'SELECT 1'`;
  await sql`INSERT INTO ml_training_functions (name, sha256) VALUES ('ml_training_forgotten', 'any')`;
  await migrate(sql);
  expect(await sourceOf('ml_training_forgotten')).toEqual([]);
});

test('what a newer fleet has set up is left to it', async () => {
  await sql`INSERT INTO ml_training_migrations (name) VALUES ('999_of_a_newer_fleet.sql')`;
  await sql`UPDATE ml_training_functions SET sha256 = 'newer' WHERE name = 'ml_training_claim'`;
  expect(await migrate(sql)).toEqual([]);
  await sql`DELETE FROM ml_training_migrations WHERE name = '999_of_a_newer_fleet.sql'`;
  expect(await migrate(sql)).toEqual(['functions/ml_training_claim.sql']);
});
