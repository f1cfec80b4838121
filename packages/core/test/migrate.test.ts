// Which migrations a database has seen, whatever their files were called then.
import { expect, test } from '@jest/globals';
import { migrate } from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('migrate test', { max: 2 });

/**
 * As fleets have written it since there are promotions by hand; those that run it again fail, as its column
 * is there.
 */
const formerName = '005_by_hand.sql';
const recorded = async (): Promise<string[]> => {
  const rows = await sql<{ name: string }[]>`SELECT name FROM ml_training_migrations ORDER BY name`;
  return rows.map(({ name }) => name);
};

test('a migration whose file was renamed is done where a fleet of before has done it', async () => {
  await sql`DELETE FROM ml_training_migrations WHERE name LIKE '005%'`;
  await sql`INSERT INTO ml_training_migrations (name) VALUES (${formerName})`;
  expect(await migrate(sql)).toEqual([]);
});

test('a fleet of before finds it done in a database that this one has set up, once', async () => {
  await sql`DELETE FROM ml_training_migrations WHERE name LIKE '005%'`;
  await sql`ALTER TABLE ml_model_registry DROP COLUMN withdrawn_at`;
  expect(await migrate(sql)).toEqual(['005_promotion.sql']);
  const names = await recorded();
  expect(names.filter((name) => name.startsWith('005'))).toEqual([formerName]);
});
