// What the fleet asks of a database that has been in use for long: no statement reads a big table from end to
// end, and what is read does not grow with the history. Judged by PostgreSQL's plans, not by a clock.
import { afterAll, expect, test } from '@jest/globals';
import { explainingClient, seedHistory, startServers } from '@ml-training/testing';
import {
  activeModel,
  attemptsOf,
  claimJob,
  connectRedis,
  createRun,
  createTickJob,
  epochsOf,
  hasEnded,
  hasRoom,
  holdoutOf,
  importancesOf,
  jobsOfRun,
  keys,
  lineageOf,
  listModels,
  listSymbols,
  logLinesOf,
  migrate,
  modelsByPrefix,
  modelsOfJob,
  newestActiveModel,
  newestBars,
  pairsWithoutNewBars,
  previousModel,
  readBars,
  readJobTotals,
  reconcile,
  redisReady,
  searchJobs,
  runProgress,
  trainingsSinceFullFit,
  trialsOf,
} from '../src/index.ts';

const servers = await startServers();
const { sql, during } = explainingClient(servers.databaseUrl);
const redis = connectRedis(servers.redisUrl, { name: 'size test', onError: () => undefined });
await redisReady(redis, 60_000);
await migrate(sql);
const symbols = Array.from({ length: 100 }, (_, i) => `S${String(i + 1).padStart(4, '0')}`);
await seedHistory(sql, { jobs: 40_000, models: 15_000, symbols: 100, barsASymbol: 500 });
await sql`ANALYZE`;
afterAll(async () => {
  redis.disconnect();
  await sql.end({ timeout: 1 });
  await servers.stop();
});

/** Of 40,000 jobs, 15,000 models and 50,000 bars; 300 pairs have a model in use, and 295 jobs wait. */
const few = 3000;
const big = [
  'ml_training_jobs',
  'ml_model_registry',
  'market_data',
  'ml_training_epochs',
  'ml_training_attempts',
  'ml_training_logs',
  'ml_model_holdouts',
];

const [queued] = await sql<
  { job_id: string }[]
>`SELECT job_id FROM ml_training_jobs WHERE status = 'queued' LIMIT 1`;
const [model] = await sql<
  { model_id: string; job_id: string }[]
>`SELECT model_id, job_id FROM ml_model_registry LIMIT 1`;
const [run] = await sql<{ run_id: string }[]>`SELECT run_id FROM ml_training_runs LIMIT 1`;
const claim = {
  jobId: queued!.job_id,
  trainerId: 'trainer-a',
  leaseSeconds: 30,
  token: crypto.randomUUID(),
};

test.each<[string, () => Promise<unknown>, number?]>([
  ['a claim without room', () => claimJob(sql, { ...claim, maxRunning: 1 })],
  ['a claim', () => claimJob(sql, { ...claim, maxRunning: 100 })],
  ['looking for room', () => hasRoom(sql, 3)],
  ['whether a job has ended', () => hasEnded(sql, queued!.job_id)],
  [
    'a wish',
    () => createTickJob(sql, { job_id: crypto.randomUUID(), strategy_type: 'lstm', symbol: 'NEW' }, 3),
  ],
  [
    'a run',
    () =>
      createRun(sql, {
        trigger: 'schedule',
        scheduledFor: new Date('2100-01-01'),
        pairs: symbols.map((symbol) => ({ strategy_type: 'lstm', symbol })),
        skipped: [],
        maxAttempts: 4,
      }),
  ],
  ['a reconciliation', () => reconcile(sql, redis)],
  ['the totals of all jobs', () => readJobTotals(sql)],
  ['the list of jobs', () => searchJobs(sql, {}, { limit: 20 })],
  ['the list of cancelled jobs', () => searchJobs(sql, { status: ['cancelled'] }, { limit: 20 })],
  // 300 jobs a run.
  ['how far a run is', () => runProgress(sql, run!.run_id)],
  ['the jobs of a run', () => jobsOfRun(sql, run!.run_id)],
  ['the trials of a pair', () => trialsOf(sql, { strategyType: 'lstm', symbol: 'S0007' })],
  ['trainings since the last full fit', () => trainingsSinceFullFit(sql, 'lstm', ['S0007'])],
  ['… of a model over all symbols', () => trainingsSinceFullFit(sql, 'ensemble', symbols)],
  ['the newest model in use', () => newestActiveModel(sql, 'ensemble', symbols)],
  ['the model in use', () => activeModel(sql, 'lstm', 'S0007')],
  ['the model before it', () => previousModel(sql, 'lstm', 'S0007')],
  ['the models of a job', () => modelsOfJob(sql, model!.job_id)],
  ['the list of models in use', () => listModels(sql, { active: true, limit: 20 })],
  ['the list of all models', () => listModels(sql, { active: false, limit: 20 })],
  ['models by the start of their id', () => modelsByPrefix(sql, model!.model_id.slice(0, 8))],
  ['the attempts of a job', () => attemptsOf(sql, model!.job_id)],
  ['its log lines', () => logLinesOf(sql, model!.job_id)],
  ['its curves', () => epochsOf(sql, model!.job_id, { afterStep: 5 })],
  ['the holdout of a model', () => holdoutOf(sql, model!.model_id)],
  ['its features', () => importancesOf(sql, model!.model_id)],
  ['its family', () => lineageOf(sql, model!.model_id)],
  ['the symbols', () => listSymbols(sql, { upTo: 1 })],
  // 100 bars a symbol.
  ['the symbols with enough bars', () => listSymbols(sql, { upTo: 100 }), 12_000],
  ['one symbol', () => listSymbols(sql, { upTo: 100, only: ['S0007'] })],
  ['a symbol that is not there', () => listSymbols(sql, { upTo: 100, only: ['NOPE'] })],
  // As for the sixth and any later question of a connection.
  [
    '… planned for no symbol in particular',
    async () => {
      await sql`SET plan_cache_mode = force_generic_plan`;
      await listSymbols(sql, { upTo: 100, only: ['NOPE'] });
      await sql`RESET plan_cache_mode`;
    },
  ],
  [
    'pairs without a new bar',
    () =>
      pairsWithoutNewBars(
        sql,
        symbols.map((symbol) => ({ strategy_type: 'lstm', symbol })),
        [],
      ),
  ],
  ['the newest bar of every symbol', () => newestBars(sql, null)],
  ['the newest bars', () => readBars(sql, 'S0007', 100)],
])('%s', async (_, ask, most = few) => {
  const ran = await during(ask);
  expect(ran.length).toBeGreaterThan(0);
  for (const { query, readWhole, rows } of ran) {
    expect([query, readWhole.filter((table) => big.includes(table))]).toEqual([query, []]);
    if (rows > most) throw new Error(`looks at ${rows} rows, ${most} are allowed: ${query}`);
  }
});

test('the plans are those of statements that find what is there', async () => {
  expect(await listModels(sql, { active: false, limit: 20 })).toHaveLength(20);
  expect(await attemptsOf(sql, model!.job_id)).toHaveLength(1);
  expect(await logLinesOf(sql, model!.job_id)).toHaveLength(5);
  expect(await epochsOf(sql, model!.job_id, { afterStep: 7 })).toHaveLength(3);
  expect(await holdoutOf(sql, model!.model_id)).toMatchObject({ rows: 20 });
  expect(await modelsByPrefix(sql, model!.model_id)).toMatchObject([{ model_id: model!.model_id }]);
  expect(await listSymbols(sql, { upTo: 100 })).toHaveLength(100);
  const bars = async (upTo: number, ...only: string[]) =>
    (await listSymbols(sql, { upTo, only })).map((one) => [one.symbol, one.bars]);
  expect(await bars(100, 'S0007', 'NOPE', 'S0002')).toEqual([
    ['S0002', 100],
    ['S0007', 100],
  ]);
  expect(await bars(10_000, 'S0007')).toEqual([['S0007', 500]]);
  expect((await trialsOf(sql, { strategyType: 'lstm', symbol: 'S0007' })).count).toBeGreaterThan(100);
  expect(await redis.llen(keys.queue)).toBeGreaterThan(250);
});
