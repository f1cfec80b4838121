// A market whose rule turns round where judging begins: what was learnt of it is worse than knowing nothing.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { importBars, noModelWords, type Pair, type RegisteredModel } from '@ml-training/core';
import { startLab } from './fleet.ts';

const lab = await startLab();
const everything: Pair[] = [
  { strategy_type: 'ensemble', symbol: '@ALL' },
  { strategy_type: 'lstm', symbol: 'TURNS' },
  { strategy_type: 'rl', symbol: 'TURNS' },
];
const settings = {
  TRAINING_BATCH_SIZE: '1000',
  TRAINING_SYMBOLS: 'TURNS',
  TRAINING_FULL_FIT_EVERY: '1',
  TRAINING_PARAMS: '{"rl": {"total_timesteps": 10000, "seeds": 1}}',
};

beforeAll(async () => {
  const file = path.join(lab.modelDir, 'turns.csv');
  await writeFile(file, turning(1000, 800));
  await importBars(lab.sql, file);
});
afterEach(() => lab.stopServices());
afterAll(() => lab.end());

/** Trains all three, and gives what was registered. */
async function train(env: Readonly<Record<string, string>>): Promise<RegisteredModel[]> {
  lab.start('trainer', { ...settings, ...env });
  await lab.request(...everything);
  await lab.allEnded();
  expect((await lab.jobs()).map(({ status }) => status)).toEqual(
    (await lab.jobs()).map(() => 'completed' as const),
  );
  await lab.stopServices();
  return lab.sql<RegisteredModel[]>`
    SELECT * FROM (
      SELECT DISTINCT ON (strategy_type) * FROM ml_model_registry
      ORDER BY strategy_type, created_at DESC) newest
    ORDER BY strategy_type`;
}

const refused = {
  is_active: false,
  decision: expect.stringMatching(/^Not promoted: it is below the floor .* worse beyond noise/),
};
const rules = { ensemble: 'majority_class', lstm: 'majority_class', rl: 'always_flat' } as const;

test('is refused by every strategy, as the first of its pair and beside one in use', async () => {
  for (const model of await train({})) {
    expect([model.strategy_type, model]).toMatchObject([model.strategy_type, refused]);
    const { ground, floor, champion_id } = model.decision_facts!;
    expect({ ground, champion_id }).toEqual({ ground: 'below_floor', champion_id: null });
    expect(floor).toMatchObject({ rule: rules[model.strategy_type as keyof typeof rules], passed: false });
    expect(floor!.high).toBeLessThan(0);
    expect(floor!.rows).toBe(model.metrics['rows']);
    expect(await noModelWords(lab.sql, model.strategy_type, 'TURNS')).toContain(
      `No model passed the floor yet. The newest, of ${model.created_at.toISOString().slice(0, 10)}`,
    );
  }
  expect(await lab.sql`SELECT FROM ml_model_registry WHERE is_active`).toHaveLength(0);

  // Whoever wants no floor gets them, other ones in place of these are refused by it all the same.
  for (const model of await train({ MODEL_FLOOR: 'none' }))
    expect([model.strategy_type, model]).toMatchObject([
      model.strategy_type,
      { is_active: true, decision: 'Promoted: it is the first model here and works.' },
    ]);
  for (const model of await train({ TRAINING_SEED: '7', MODEL_PROMOTION: 'always' })) {
    expect([model.strategy_type, model]).toMatchObject([model.strategy_type, refused]);
    expect(model.decision_facts).toMatchObject({ ground: 'below_floor', champion_id: expect.any(String) });
  }
}, 180_000);

/** Numbers from 0 to 1 that look like chance and are the same each time (Lehmer's generator). */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Hourly bars that go on as they went before, and from a bar on turn back. */
function turning(rows: number, from: number): string {
  const next = chance(5);
  const spread = (): number => next() + next() + next() + next() - 2;
  let [close, move] = [100, 0];
  const lines = Array.from({ length: rows }, (_, t) => {
    const open = close;
    move = (t < from ? 0.7 : -0.7) * move + 0.006 * spread();
    close = open * Math.exp(move);
    const time = new Date(Date.UTC(2024, 0, 1) + t * 3_600_000).toISOString();
    const [high, low] = [Math.max(open, close) * 1.0001, Math.min(open, close) * 0.9999];
    return [time, 'TURNS', open, high, low, close, 1000 + Math.round(100 * next())].join(',');
  });
  return ['time,symbol,open,high,low,close,volume', ...lines].join('\n');
}
