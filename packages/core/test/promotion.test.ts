// Models put in use by a person, also while a job completes at the same moment.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@ml-training/testing';
import { activateModel, activeModel, expireModels, previousModel, type SwitchBy } from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('by hand test', { max: 10 });
beforeEach(async () => {
  await sql`TRUNCATE ml_training_jobs, ml_model_registry, ml_training_epochs CASCADE`;
});

const id = (n: number): string => `${String(n).repeat(8)}-0000-4000-8000-000000000000`;
const byHand = { how: 'promote' } as const;
const back = (from: number): SwitchBy => ({ how: 'rollback', inPlaceOf: id(from) });

/** Registers models 1, 2, … created so many days ago each, none in use. */
async function register(count: number, daysOld = 0): Promise<void> {
  for (let n = 1; n <= count; n += 1)
    await sql`
      INSERT INTO ml_model_registry (model_id, strategy_type, symbol, created_at, file_path, sha256,
        size_bytes, metrics, decision,
        data_from, data_to, data_sha256, params)
      VALUES (${id(n)}, 'lstm', 'GOOG', now() - make_interval(days => ${daysOld}), ${`models/lstm/GOOG/${n}`},
        's', 1, '{}',
        'Not promoted: by hand only.', now(), now(), 'd', '{}')`;
}
const promote = (n: number) => activateModel(sql, id(n), byHand);
const inUse = async () => (await activeModel(sql, 'lstm', 'GOOG'))?.model_id[0] ?? null;
const previous = async () => (await previousModel(sql, 'lstm', 'GOOG'))?.model_id[0] ?? null;
async function rollBack(): Promise<string> {
  const [present, target] = [await inUse(), await previous()];
  return activateModel(sql, id(Number(target)), back(Number(present)));
}
const decision = async (n: number): Promise<string> => {
  const [row] = await sql<[{ decision: string }]>`
    SELECT decision FROM ml_model_registry WHERE model_id = ${id(n)}`;
  return row.decision;
};

/**
 * A job that was claimed under a token, and its completion with one model, as ml_training_complete takes it.
 */
async function claimedJob(championId: string | null) {
  const [job] = await sql<[{ job_id: string; lease_token: string }]>`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, attempt, max_attempts, lease_token,
      lease_expires_at)
    VALUES ('lstm', 'GOOG', 'running', 'manual', 1, 1, gen_random_uuid(), now() + interval '1 minute')
    RETURNING job_id, lease_token`;
  const at = '2024-01-01T00:00:00Z';
  const model = {
    model_id: id(9),
    symbol: 'GOOG',
    file_path: 'models/lstm/GOOG/9',
    sha256: 's',
    size_bytes: 1,
    parent_model_id: null,
    metrics: {},
    decision: 'Promoted: better.',
    promote: true,
    champion_id: championId,
    data_from: at,
    data_to: at,
    data_sha256: 'd',
    params: {},
  };
  return (own: typeof sql) => own<[{ outcome: string }]>`
    SELECT ml_training_complete(${job.job_id}, ${job.lease_token}, '{}', ${sql.json([model])}) AS outcome`;
}
const waitsForLock = () =>
  until(
    async () =>
      (
        await sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
          AND datname = current_database()`
      ).length === 1,
    { what: 'one that waits for the other' },
  );
/** Does `first` in a transaction that ends only when `second` waits for it. */
async function atOnce<T>(
  first: (own: typeof sql) => PromiseLike<unknown>,
  second: () => Promise<T>,
): Promise<T> {
  let waiting: Promise<T> | undefined;
  await sql.begin(async (own) => {
    await first(own as unknown as typeof sql); // A transaction's client takes queries as the pool's does.
    waiting = second();
    await waitsForLock();
  });
  if (waiting === undefined) throw new Error('nothing was begun');
  return waiting;
}

describe('a promotion by hand', () => {
  test('changes over, and both decisions say so after what they said', async () => {
    await register(2);
    expect(await promote(1)).toBe('switched');
    expect(await promote(2)).toBe('switched');
    expect(await inUse()).toBe('2');
    const at = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`;
    expect(await decision(1)).toMatch(
      new RegExp(
        `^Not promoted: by hand only; promoted by hand at ${at} as the first in use; replaced by ` +
          `hand at ${at} by 22222222\\.$`,
      ),
    );
    expect(await decision(2)).toMatch(
      new RegExp(`^Not promoted: by hand only; promoted by hand at ${at} in place of 11111111\\.$`),
    );
  });

  test('asked for twice is done once', async () => {
    await register(1);
    await promote(1);
    const said = await decision(1);
    expect(await promote(1)).toBe('already');
    expect(await decision(1)).toBe(said);
  });

  test('of a model that is gone changes nothing', async () => {
    await register(1);
    await promote(1);
    expect(await promote(5)).toBe('missing');
    expect(await inUse()).toBe('1');
  });

  test.each([null, 1])(
    'while a job that was judged against %s completes leaves one in use',
    async (champion) => {
      await register(2);
      if (champion !== null) await promote(champion);
      const complete = await claimedJob(champion === null ? null : id(champion));
      expect(await atOnce(complete, () => promote(2))).toBe('switched');
      expect(await inUse()).toBe('2');
      expect(await decision(2)).toContain(' in place of 99999999.');
      expect(await previous()).toBe('9');
    },
  );

  test.each([null, 1])(
    'wins against a job, judged against %s, that completes during it',
    async (champion) => {
      await register(2);
      if (champion !== null) await promote(champion);
      const complete = await claimedJob(champion === null ? null : id(champion));
      const byHandFirst = (own: typeof sql) => own`SELECT ml_model_activate(${id(2)}, 'promote')`;
      const [completed] = await atOnce(byHandFirst, async () => complete(sql));
      expect(completed.outcome).toBe('completed');
      expect(await inUse()).toBe('2');
      expect(await decision(9)).toBe(
        'not promoted: another model became active while this one was trained; Promoted: better.',
      );
    },
  );

  test('of twenty models at once leaves one in use', async () => {
    await register(9);
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => promote(1 + (i % 9))));
    expect(new Set(outcomes)).toEqual(
      new Set(outcomes.includes('already') ? ['switched', 'already'] : ['switched']),
    );
    expect(await sql`SELECT FROM ml_model_registry WHERE is_active`).toHaveLength(1);
  });
});

describe('a roll-back', () => {
  test('goes back one further each time, and never to one that was rolled back from', async () => {
    await register(3);
    for (const n of [1, 2, 3]) await promote(n);
    expect(await rollBack()).toBe('switched');
    expect(await inUse()).toBe('2');
    expect(await rollBack()).toBe('switched');
    expect(await inUse()).toBe('1');
    expect(await previous()).toBeNull();
    expect(await decision(3)).toMatch(/; rolled back by hand at .* UTC to 22222222\.$/);
    expect(await decision(2)).toMatch(
      /; back in use by hand at .* in place of 33333333; rolled back by hand at .* to 11111111\.$/,
    );
  });

  test('is undone by promoting what it took back', async () => {
    await register(3);
    for (const n of [1, 2, 3]) await promote(n);
    await rollBack();
    await promote(3);
    expect(await inUse()).toBe('3');
    expect(await previous()).toBe('2');
  });

  test('of a promotion of an older model leads to the newer one', async () => {
    await register(2);
    for (const n of [1, 2, 1]) await promote(n);
    await rollBack();
    expect(await inUse()).toBe('2');
  });

  test('from a model that is no longer in use changes nothing', async () => {
    await register(3);
    for (const n of [1, 2, 3]) await promote(n);
    expect(await activateModel(sql, id(1), back(2))).toBe('changed');
    expect(await inUse()).toBe('3');
  });

  test('asked for again, as its answer was lost, goes no further', async () => {
    await register(3);
    for (const n of [1, 2, 3]) await promote(n);
    expect(await activateModel(sql, id(2), back(3))).toBe('switched');
    expect(await activateModel(sql, id(2), back(3))).toBe('already');
    expect(await inUse()).toBe('2');
  });
});

describe('retention keeps', () => {
  const kept = async (): Promise<string[]> => {
    for await (const models of expireModels(sql, { days: 30 })) expect(models.length).toBeGreaterThan(0);
    const rows = await sql<{ model_id: string }[]>`SELECT model_id FROM ml_model_registry ORDER BY 1`;
    return rows.map((row) => row.model_id[0]!);
  };

  test('the one in use and the one before, after promotions by hand', async () => {
    await register(4, 40);
    for (const n of [3, 4, 1]) await promote(n);
    expect(await kept()).toEqual(['1', '4']);
  });

  test('the one that was rolled back from, and the one that a further roll-back leads to', async () => {
    await register(5, 40);
    for (const n of [1, 2, 3, 4]) await promote(n);
    await rollBack();
    expect(await kept()).toEqual(['2', '3', '4']);
  });
});
