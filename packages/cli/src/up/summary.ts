import { jobsOfRun, type Database, type RegisteredModel } from '@ml-training/core';
import { belowFloor, isJudgedByReturn, majorityAccuracy, percent } from '../commands/models.ts';
import { jobNote } from '../job-note.ts';
import { fixed, table } from '../output.ts';

type Trained = RegisteredModel & { readonly seconds: number | null };

/** The models a run made, each beside the one in use; and the jobs that made none. */
export async function summary(sql: Database, runId: string): Promise<string> {
  const models = await sql<Trained[]>`
    SELECT m.*, extract(epoch FROM j.completed_at - j.started_at)::float8 AS seconds
    FROM ml_model_registry m JOIN ml_training_jobs j USING (job_id)
    WHERE j.run_id = ${runId} ORDER BY m.strategy_type, m.symbol`;
  const jobs = await jobsOfRun(sql, runId);
  const active = await sql<{ strategy_type: string; symbol: string; file_path: string }[]>`
    SELECT strategy_type, symbol, file_path FROM ml_model_registry WHERE is_active ORDER BY strategy_type, symbol`;
  const nameOf = (pair: { strategy_type: string; symbol: string }): string =>
    `${pair.strategy_type} ${pair.symbol}`;
  const inUse = new Set(active.map(nameOf));
  const rows = models.map((model) => [
    model.strategy_type,
    model.symbol,
    ...(isJudgedByReturn(model)
      ? [null, null]
      : [fixed(model.metrics['accuracy']), fixed(majorityAccuracy(model))]),
    percent(model.metrics['return']),
    model.is_active ? 'promoted' : inUse.has(nameOf(model)) ? 'kept the old' : 'refused',
    model.file_path,
    fixed(model.seconds, 1),
  ]);
  const head = ['strategy', 'symbol', 'accuracy', 'baseline', 'return %', 'decision', 'file', 'seconds'];
  const refused = models.filter((model) => !model.is_active);
  return [
    table(head, rows),
    ...refused.map((model) => `${model.strategy_type} ${model.symbol}: ${model.decision}`),
    ...jobs.flatMap((job) => {
      const note = jobNote(job);
      const status = job.status === 'completed' ? '' : ` ${job.status}:`;
      return note === '' ? [] : [`${job.strategy_type} ${job.symbol}${status} ${note}`];
    }),
    `${active.length} active models: ${[...new Set(active.map((model) => model.strategy_type))]
      .map(
        (type) =>
          `${type} ${active
            .filter((model) => model.strategy_type === type)
            .map((model) => model.symbol)
            .join(' ')}`,
      )
      .join('; ')}`,
    ...(await belowFloor(sql)),
  ].join('\n');
}
