// What the ml command asks of a database with a long history: no big table is read from end to end. Told by
// PostgreSQL's own counters of what was read, as the command is another process.
import { afterAll, expect, test } from '@jest/globals';
import { seedHistory } from '@ml-training/testing';
import { startLab } from './ml.ts';

const lab = await startLab();
const { sql, ml } = lab;
await seedHistory(sql, { jobs: 30_000, models: 10_000, symbols: 40, barsASymbol: 20 });
await sql`ANALYZE`;
afterAll(() => lab.end());

/**
 * Rows that were read so far in big tables, and in their
 * indexes. A process that ends has reported all it read.
 */
const read = async (): Promise<number> => {
  await sql`SELECT pg_stat_clear_snapshot()`;
  const [row] = await sql<[{ rows: number }]>`
    SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname IN ('ml_training_jobs', 'ml_model_registry'))::float8
         + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname IN ('ml_training_jobs', 'ml_model_registry'))::float8
           AS rows`;
  return row.rows;
};

test.each([
  ['jobs', '--limit', '5'],
  ['jobs', '--limit', '5', '--status', 'cancelled'],
  ['models', '--limit', '5'],
  ['models', '--limit', '5', '--all', '--decisions'],
])('ml %s %s %s %s %s', async (...args) => {
  const before = await read();
  const { code, out, err } = await ml([...args, '--json']);
  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toHaveLength(5);
  const rows = (await read()) - before;
  // 120 pairs: as many models are in use.
  if (rows > 500) throw new Error(`${rows} rows were read`);
});
