// What the data check of an import reads grows with the file, not with its square; judged by PostgreSQL's plans.
import { afterAll, expect, test } from '@jest/globals';
import { explainingClient, startServers } from '@ml-training/testing';
import { checkStaged, indexStaged } from '../src/bars/check/staged.ts';
import { migrate } from '../src/index.ts';

const servers = await startServers();
const { sql, during } = explainingClient(servers.databaseUrl);
await migrate(sql);
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

test('each row of a file of many stretches is read a few times', async () => {
  const rows = 900_000;
  const settings = { DATA_CHECK: 'warn', BAR_TIMES: 'open', NEGATIVE_PRICES: [] } as const;
  const ran = await sql.begin(async (own) => {
    await own`
      CREATE TEMPORARY TABLE ml_training_import ON COMMIT DROP AS
      SELECT timestamptz '2020-01-01Z' + i * interval '1 minute' AS time, 'A' AS symbol, p + sin(i) AS open, p + 2 AS high,
        p - 2 AS low, p + cos(i) AS close, 1000.0::float8 + i % 7 AS volume
      FROM (SELECT i, 100 + sin(i / 1e4)::float8 AS p FROM generate_series(1, ${rows}) AS i) AS bars`;
    await own`ANALYZE pg_temp.ml_training_import`;
    return during(async () => {
      await indexStaged(own, ['A'], rows);
      const checks = await checkStaged(own, 'long.csv', ['A'], settings, { most: 20_000 });
      expect(checks).toMatchObject([{ symbol: 'A', interval: 60_000, findings: [] }]);
    });
  });
  const stretches = ran.filter(({ query }) => /UNION ALL/.test(query));
  expect(stretches.length).toBeGreaterThan(40);
  // Without an index two passes a stretch, and one with it where each sorted all that was left.
  expect(ran.reduce((sum, one) => sum + one.rows, 0)).toBeLessThan(6 * rows);
});

test('no bar is told of twice where two stretches meet', async () => {
  const settings = { DATA_CHECK: 'warn', BAR_TIMES: 'open', NEGATIVE_PRICES: [] } as const;
  await sql.begin(async (own) => {
    await own`
      CREATE TEMPORARY TABLE ml_training_import ON COMMIT DROP AS
      SELECT timestamptz '2020-01-01Z' + i * interval '1 minute' AS time, 'A' AS symbol, 100 + sin(i) AS open, 102.0::float8 AS high,
        CASE WHEN i BETWEEN 90 AND 110 THEN -1 ELSE 98.0::float8 END AS low, 100 + cos(i) AS close, 1000.0::float8 + i % 7 AS volume
      FROM generate_series(1, 300) AS i`;
    // One that lies between two stretches, whatever the size of these is.
    for (const most of [99, 100, 101, 102])
      expect(await checkStaged(own, 'some.csv', ['A'], settings, { most })).toMatchObject([
        { findings: [{ kind: 'negative', count: 21, row: 110 }] },
      ]);
  });
});
