// ml_strategies: which strategies jobs and models may be of, in a new database and in one of an earlier fleet.
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  builtInTypes,
  isStrategyType,
  jobSymbol,
  loadConfig,
  migrate,
  ownStrategyProblems,
  plannedStrategies,
  refreshStrategies,
  strategyOf,
  strategyTypes,
  theStrategy,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('strategies test', { max: 2 });
beforeEach(() => sql`TRUNCATE ml_training_jobs CASCADE`);

const builtIn = [
  ['ensemble', 'all', 'log_likelihood', 'log_loss'],
  ['lstm', 'symbol', 'log_likelihood', 'log_loss'],
  ['rl', 'symbol', 'net_return', 'return'],
];
const strategies = () =>
  sql`
  SELECT strategy_type, scope, promotion_metric, score FROM ml_strategies ORDER BY strategy_type`.values();
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
    DELETE FROM ml_training_migrations WHERE name >= '023_strategies.sql'`);
  await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts, status)
    SELECT s, 'GOOG', 'tick', 1, 'failed' FROM unnest(ARRAY['ensemble', 'lstm', 'rl']) s, generate_series(1, 5)`;
  expect(await migrate(sql)).toEqual([
    '023_strategies.sql',
    '024_strategies_valid.sql',
    '025_own_strategies.sql',
    '026_tasks.sql',
    '027_strategy_needs.sql',
    '028_decision_facts.sql',
    '029_live_scores.sql',
    '030_trials.sql',
    '031_refit.sql',
    '032_tuning.sql',
    '033_bar_interval.sql',
    '034_order.sql',
    '035_open_jobs.sql',
  ]);
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

describe("strategies of the user's own", () => {
  const momentum = { type: 'momentum', scope: 'all', promotionMetric: 'net_return', inRuns: false };
  beforeEach(async () => {
    await sql`DELETE FROM ml_strategies WHERE strategy_type <> ALL (${[...builtInTypes]})`;
    await refreshStrategies(sql);
  });

  test('a process knows them once it has looked, and no longer when they are gone', async () => {
    await sql`
      INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score)
      VALUES ('momentum', 'all', 'net_return', 'return')`;
    expect(isStrategyType('momentum')).toBe(false);
    await refreshStrategies(sql);
    expect(strategyTypes()).toEqual(['ensemble', 'lstm', 'rl', 'momentum']);
    expect(strategyOf('momentum')).toMatchObject(momentum);
    expect(jobSymbol('momentum', 'GOOG')).toBe('@ALL');
    await sql`DELETE FROM ml_strategies WHERE strategy_type = 'momentum'`;
    await refreshStrategies(sql);
    expect(strategyTypes()).toEqual(builtInTypes);
  });

  test('one that came since is found by its name; of another the message says what there is', async () => {
    await sql`
      INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score)
      VALUES ('momentum', 'all', 'net_return', 'return')`;
    expect(await theStrategy(sql, 'momentum')).toMatchObject(momentum);
    await expect(theStrategy(sql, 'svm')).rejects.toThrow(
      '"svm" is no strategy: it must be one of ensemble, lstm, rl, momentum',
    );
  });

  test('a row that this version can make nothing of is left alone, and keeps none of the others', async () => {
    await sql`
      INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score, label) VALUES
        ('momentum', 'all', 'net_return', 'return', 'direction'),
        ('later', 'all', 'rank_ic', 'rank_ic', 'direction'), ('ranks', 'all', 'net_return', 'return', 'rank'),
        ('../x', 'all', 'net_return', 'return', 'direction'), ('com1', 'all', 'net_return', 'return', 'direction')`;
    await refreshStrategies(sql);
    expect(strategyTypes()).toEqual([...builtInTypes, 'momentum']);
  });

  test('runs train those whose folder is there; an explicit TRAINING_STRATEGIES wins', async () => {
    await sql`
      INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score, in_folder) VALUES
        ('momentum', 'all', 'net_return', 'return', true), ('gone', 'symbol', 'net_return', 'return', false)`;
    await refreshStrategies(sql);
    expect(plannedStrategies(loadConfig({}))).toEqual([...builtInTypes, 'momentum']);
    expect(plannedStrategies(loadConfig({ TRAINING_STRATEGIES: 'gone,rl,rl' }))).toEqual(['rl', 'gone']);
  });

  test('settings that name none of them, or wrong ones, are said', async () => {
    await sql`
      INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score, in_folder, settings)
      VALUES ('momentum', 'all', 'net_return', 'return', true,
        '{"lookahead": {"kind": "integer", "default": 12, "min": 1, "max": 500}}')`;
    await refreshStrategies(sql);
    const problems = (env: Record<string, string>): string[] => ownStrategyProblems(loadConfig(env));
    expect(problems({ TRAINING_PARAMS: '{"momentum": {"lookahead": 3}}' })).toEqual([]);
    expect(problems({ TRAINING_STRATEGIES: 'lstm,svm' })).toEqual([
      expect.stringMatching(
        /^TRAINING_STRATEGIES has "svm", but each must be one of ensemble, lstm, rl, momentum;/,
      ),
    ]);
    expect(problems({ TRAINING_WEIGHTS: 'momentum=2,svm=3' })).toEqual([
      expect.stringMatching(/^TRAINING_WEIGHTS has "svm", but each must be one of ensemble/),
    ]);
    expect(problems({ TRAINING_PARAMS: '{"svm": {"a": 1}}' })).toEqual([
      expect.stringMatching(/^TRAINING_PARAMS has "svm", but each must be all or one of ensemble/),
    ]);
    expect(problems({ TRAINING_PARAMS: '{"momentum": {"lookahead": 0}}' })).toEqual([
      'TRAINING_PARAMS is wrong: momentum setting lookahead is 0; allowed is a whole number from 1 to 500',
    ]);
  });
});
