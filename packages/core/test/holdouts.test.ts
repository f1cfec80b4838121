// What a model said of its holdout and the family that it is of: written with its registration, gone with its
// row.
import { beforeEach, expect, test } from '@jest/globals';
import {
  claimJob,
  completeJob,
  createTickJob,
  expireModels,
  failJob,
  holdoutOf,
  lineageOf,
  migrate,
  type Claim,
  type HoldoutRecord,
  type Registration,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('holdouts test');
beforeEach(() => sql`TRUNCATE ml_training_jobs, ml_model_registry CASCADE`);

const claimed = async (): Promise<Claim> => {
  const job_id = crypto.randomUUID();
  await createTickJob(sql, { job_id, strategy_type: 'ensemble', symbol: '@ALL' }, 1);
  const request = { trainerId: 't', maxRunning: 100, leaseSeconds: 30, token: crypto.randomUUID() };
  const taken = await claimJob(sql, { jobId: job_id, ...request });
  if (taken.outcome !== 'claimed') throw new Error(`the job was not claimed: ${taken.outcome}`);
  return taken.claim;
};
const model = (symbol: string, of: Partial<Registration> = {}): Registration => ({
  model_id: crypto.randomUUID(),
  symbol,
  file_path: `models/ensemble/${symbol}/${crypto.randomUUID()}.pkl`,
  sha256: 'a'.repeat(64),
  size_bytes: 1,
  parent_model_id: null,
  metrics: { accuracy: 0.5, intervals: {}, baselines: {} },
  decision: 'Promoted.',
  promote: false,
  champion_id: null,
  data_from: '2024-01-01T00:00:00Z',
  data_to: '2024-06-01T00:00:00Z',
  data_sha256: 'b'.repeat(64),
  params: {},
  ...of,
});
const holdout = (rows: number): HoldoutRecord => {
  const column = <T>(value: (row: number) => T): T[] => Array.from({ length: rows }, (_, row) => value(row));
  return {
    rows,
    horizon: 1,
    cost_bps: 5,
    times: column((row) => new Date(Date.UTC(2024, 0, 1, row)).toISOString()),
    closes: column((row) => 100 + row / 3),
    task: 'binary',
    scores: column((row) => (row === 1 ? null : 1 / (row + 3))),
    positions: column((row) => (row % 3) - 1),
    returns: column((row) => Math.sin(row) / 7),
    equity: column((row) => 1 + Math.sin(row) / 7),
    buy_and_hold: column((row) => 1e-300 * row),
    calibration: [{ from: 0.4, to: 0.5, count: rows, predicted: 0.47, observed: 1 / 3 }],
  };
};

test('every model of a job has its own record, to the last bit, and one without has none', async () => {
  const given = [model('A', { holdout: holdout(189) }), model('B', { holdout: holdout(7) }), model('C')];
  given.push(model('D', { holdout: null }));
  expect(await completeJob(sql, await claimed(), {}, given)).toBe(true);
  for (const { model_id, holdout: record } of given.slice(0, 2))
    expect(await holdoutOf(sql, model_id)).toEqual(record);
  for (const { model_id } of given.slice(2)) expect(await holdoutOf(sql, model_id)).toBeNull();
  expect(await holdoutOf(sql, crypto.randomUUID())).toBeNull();
});

test('records of before there were tasks are read on: an agent’s leaning is no probability', async () => {
  await sql.unsafe(`
    ALTER TABLE ml_model_holdouts DROP COLUMN task;
    ALTER TABLE ml_model_holdouts RENAME COLUMN scores TO probabilities;
    DELETE FROM ml_training_migrations WHERE name >= '026_tasks.sql'`);
  const [tree, agent] = [model('A'), model('B')];
  await completeJob(sql, await claimed(), {}, [tree, agent]);
  await sql`UPDATE ml_model_registry SET strategy_type = 'rl' WHERE model_id = ${agent.model_id}`;
  for (const { model_id } of [tree, agent])
    await sql`
      INSERT INTO ml_model_holdouts
      VALUES (${model_id}, 1, 1, 5, ARRAY[now()], '{1}', '{0.25}', '{1}', '{0}', '{1}', '{1}',
        '[{"from": 0.2}]')`;
  expect(await migrate(sql)).toContain('026_tasks.sql');
  expect(await holdoutOf(sql, tree.model_id)).toMatchObject({
    task: 'binary',
    scores: [0.25],
    calibration: [{ from: 0.2 }],
  });
  expect(await holdoutOf(sql, agent.model_id)).toMatchObject({
    task: 'policy',
    scores: [0.25],
    calibration: [],
  });
});

test('a trainer from before there were tasks registers its record', async () => {
  const { task, scores: probabilities, ...rest } = holdout(3);
  const given = model('A', { holdout: { ...rest, probabilities } as never });
  expect(await completeJob(sql, await claimed(), {}, [given])).toBe(true);
  expect(await holdoutOf(sql, given.model_id)).toEqual({ ...rest, task, scores: probabilities });
});

test('nothing is kept of what is not registered', async () => {
  const claim = await claimed();
  const { model_id, ...rest } = model('A', { holdout: holdout(3) });
  await failJob(sql, claim, { code: 'X', message: 'x', retryable: false });
  expect(await completeJob(sql, claim, {}, [{ model_id, ...rest }])).toBe(false);
  expect(await holdoutOf(sql, model_id)).toBeNull();
});

test('a model past its retention takes its record with it', async () => {
  const old = model('A', { holdout: holdout(3) });
  await completeJob(sql, await claimed(), {}, [old]);
  await sql`UPDATE ml_model_registry SET created_at = now() - interval '60 days'`;
  let expired = 0;
  for await (const models of expireModels(sql, { days: 30 })) expired += models.length;
  expect(expired).toBe(1);
  expect(await holdoutOf(sql, old.model_id)).toBeNull();
});

/** A line of models, each warm-started from the one before it. */
async function line(length: number, of: Partial<Registration> = {}): Promise<Registration[]> {
  const models: Registration[] = [];
  for (let i = 0; i < length; i += 1) {
    const parent = i === 0 ? (of.parent_model_id ?? null) : models[i - 1]!.model_id;
    models.push(model('A', { ...of, parent_model_id: parent }));
    await completeJob(sql, await claimed(), {}, [models[i]!]);
  }
  return models;
}
const ids = (models: readonly { readonly model_id: string }[]): string[] =>
  models.map(({ model_id }) => model_id);

test('a model has its parents up to the full fit, and its children, the newest first', async () => {
  const [root, middle, ...later] = await line(4);
  const other = model('A', { parent_model_id: middle!.model_id });
  await completeJob(sql, await claimed(), {}, [other]);
  const found = await lineageOf(sql, middle!.model_id);
  expect(ids(found!.ancestors)).toEqual([root!.model_id]);
  expect(ids(found!.children)).toEqual([other.model_id, later[0]!.model_id]);
  expect(found).toMatchObject({ continues_at: null, more_children: false });
  expect(found!.model).toMatchObject({ symbol: 'A', decision: 'Promoted.', metrics: { accuracy: 0.5 } });
  expect(ids((await lineageOf(sql, later[1]!.model_id))!.ancestors)).toEqual(
    ids([later[0]!, middle!, root!]),
  );
  expect(await lineageOf(sql, crypto.randomUUID())).toBeNull();
});

test('a line whose beginning is gone says where it went on', async () => {
  const gone = crypto.randomUUID();
  const [first, second] = await line(2, { parent_model_id: gone });
  expect(await lineageOf(sql, second!.model_id)).toMatchObject({
    ancestors: [{ model_id: first!.model_id }],
    continues_at: gone,
  });
});

test('a family of any size is bounded', async () => {
  const models = await line(53);
  const { ancestors, continues_at } = (await lineageOf(sql, models.at(-1)!.model_id))!;
  expect(ancestors).toHaveLength(50);
  expect(continues_at).toBe(models[1]!.model_id);
  const children = Array.from({ length: 101 }, (_, i) =>
    model(`S${i}`, { parent_model_id: models[0]!.model_id }),
  );
  await completeJob(sql, await claimed(), {}, children);
  const found = (await lineageOf(sql, models[0]!.model_id))!;
  expect([found.children.length, found.more_children]).toEqual([100, true]);
});
