// Trainings that follow each other: each is warm-started from the model in use, until it is time for one from
// scratch.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { readModel, type Job, type Pair, type RegisteredModel } from '@ml-training/core';
import { startLab } from './fleet.ts';

const lab = await startLab();
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

interface Trained {
  readonly continued: boolean;
  readonly reason: string;
  /** Of each symbol's new model, by symbol. */
  readonly models: Readonly<Record<string, { id: string; parent: string | null; generation: number }>>;
}

async function train(pair: Pair): Promise<Trained> {
  await lab.request(pair);
  await lab.allEnded();
  const [job] = await lab.sql<[Job & { result: { lineage: Trained } }]>`
    SELECT * FROM ml_training_jobs ORDER BY created_at DESC LIMIT 1`;
  expect(job).toMatchObject({ status: 'completed', attempt: 1 });
  const rows = await lab.sql<(RegisteredModel & { parent_model_id: string | null })[]>`
    SELECT * FROM ml_model_registry WHERE job_id = ${job.job_id}`;
  const models = rows.map(async ({ model_id: id, parent_model_id: parent, symbol, file_path, sha256 }) => {
    const { lineage } = await readModel(lab.modelDir, file_path, { sha256 });
    expect(lineage).toMatchObject({ model_id: id, parent_model_id: parent });
    return [symbol, { id, parent, generation: lineage.generation }] as const;
  });
  return { ...job.result.lineage, models: Object.fromEntries(await Promise.all(models)) };
}
const generations = ({ models }: Trained): number[] => Object.values(models).map((model) => model.generation);
const parents = ({ models }: Trained) => Object.values(models).map((model) => model.parent);
const ids = ({ models }: Trained) => Object.values(models).map((model) => model.id);

const minute = 60_000;
const always = { MODEL_PROMOTION: 'always', TRAINING_FULL_FIT_EVERY: '6' };

test(
  'unless told otherwise every training is from scratch',
  async () => {
    const pair: Pair = { strategy_type: 'lstm', symbol: 'GOOG' };
    lab.start('trainer', { MODEL_PROMOTION: 'always' });
    await train(pair);
    const second = await train(pair);
    expect(second).toMatchObject({
      continued: false,
      reason: 'every model is trained from scratch (TRAINING_FULL_FIT_EVERY=1)',
      models: { GOOG: { parent: null, generation: 0 } },
    });
  },
  minute,
);

test.each<[Pair]>([
  [{ strategy_type: 'ensemble', symbol: '@ALL' }],
  [{ strategy_type: 'lstm', symbol: 'GOOG' }],
])(
  '%o: the second is warm-started from the first, whose models are its parents; the third is from scratch',
  async (pair) => {
    lab.start('trainer', { ...always, TRAINING_FULL_FIT_EVERY: '2' });
    const first = await train(pair);
    expect(first).toMatchObject({ continued: false, reason: 'there is no model in use to warm-start from' });
    const second = await train(pair);
    expect(second).toMatchObject({ continued: true });
    const third = await train(pair);
    expect(third).toMatchObject({ continued: false });
    expect(third.reason).toMatch(/^trainings since the last one from scratch: 1; one of every 2 is/);

    const each = (value: unknown): unknown[] => ids(first).map(() => value);
    expect([first, second, third].map(generations)).toEqual([each(0), each(1), each(0)]);
    expect(parents(first)).toEqual(each(null));
    expect(second.models).toMatchObject(
      Object.fromEntries(Object.entries(first.models).map(([symbol, { id }]) => [symbol, { parent: id }])),
    );
    expect(parents(third)).toEqual(each(null));
  },
  minute,
);

test(
  'an ensemble is warm-started from the newest model in use, whichever symbols it was not promoted for',
  async () => {
    const pair: Pair = { strategy_type: 'ensemble', symbol: '@ALL' };
    lab.start('trainer', always);
    const first = await train(pair);
    const second = await train(pair);
    // As if the second had been refused for one symbol.
    await lab.sql`UPDATE ml_model_registry SET is_active = false
      WHERE model_id = ${second.models['GOOG']!.id}`;
    await lab.sql`UPDATE ml_model_registry SET is_active = true WHERE model_id = ${first.models['GOOG']!.id}`;
    const third = await train(pair);
    expect(third.models).toMatchObject({
      GOOG: { parent: second.models['GOOG']!.id, generation: 2 },
      SP500: { parent: second.models['SP500']!.id, generation: 2 },
    });
  },
  minute,
);

test(
  'a model that stays in use since its successors are refused is not warm-started from for ever',
  async () => {
    const pair: Pair = { strategy_type: 'lstm', symbol: 'GOOG' };
    lab.start('trainer', { ...always, TRAINING_FULL_FIT_EVERY: '2' });
    const first = await train(pair);
    const second = await train(pair);
    expect(second).toMatchObject({ continued: true });
    await lab.sql`UPDATE ml_model_registry SET is_active = false
      WHERE model_id = ${second.models['GOOG']!.id}`;
    await lab.sql`UPDATE ml_model_registry SET is_active = true WHERE model_id = ${first.models['GOOG']!.id}`;
    expect(await train(pair)).toMatchObject({ continued: false });
  },
  minute,
);

test(
  'no training is warm-started from a model whose file is damaged, and the reason says so',
  async () => {
    const pair: Pair = { strategy_type: 'lstm', symbol: 'GOOG' };
    lab.start('trainer', always);
    const first = await train(pair);
    const [row] = await lab.sql<[RegisteredModel]>`SELECT * FROM ml_model_registry`;
    const file = path.join(lab.modelDir, row.file_path.replace(/^models\//, ''));
    const whole = await readFile(file);
    // Of the size that was registered, so that only its sum tells.
    await writeFile(file, whole.with(whole.length >> 1, whole[whole.length >> 1]! ^ 1));
    const second = await train(pair);
    expect(first.models['GOOG']).toMatchObject({ generation: 0 });
    expect(second).toMatchObject({ continued: false, models: { GOOG: { parent: null, generation: 0 } } });
    expect(second.reason).toMatch(/^no warm start from the model in use: models\/lstm\/GOOG\/.* has sha256/);
  },
  minute,
);
