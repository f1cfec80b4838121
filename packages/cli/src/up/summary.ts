import { leftOutOf, type Database, type ListedJob, type RegisteredModel } from '@ml-training/core';
import { majorityAccuracy } from '../commands/models.ts';
import { jobNote } from '../job-note.ts';
import { fixed, table } from '../output.ts';

type Trained = RegisteredModel & { readonly seconds: number | null };

/** The models a run made, each beside the one in use; and the jobs that made none. */
export async function summary(sql: Database, runId: string): Promise<string> {
  const models = await sql<Trained[]>`
    SELECT m.*, extract(epoch FROM j.completed_at - j.started_at)::float8 AS seconds
    FROM ml_model_registry m JOIN ml_training_jobs j USING (job_id)
    WHERE j.run_id = ${runId} ORDER BY m.strategy_type, m.symbol`;
  const failed = await sql<Job[]>`
    SELECT * FROM ml_training_jobs WHERE run_id = ${runId} AND status <> 'completed' ORDER BY strategy_type, symbol`;
  const partial = await sql<ListedJob[]>`
    SELECT *, ${leftOutOf(sql)} AS left_out FROM ml_training_jobs
    WHERE run_id = ${runId} AND status = 'completed' ORDER BY strategy_type, symbol`;
  const active = await sql<{ strategy_type: string; symbol: string; file_path: string }[]>`
    SELECT strategy_type, symbol, file_path FROM ml_model_registry WHERE is_active ORDER BY strategy_type, symbol`;
  const rows = models.map((model) => [
    model.strategy_type,
    model.symbol,
    fixed(model.metrics['accuracy']),
    fixed(majorityAccuracy(model)),
    model.is_active ? 'promoted' : 'kept the old',
    model.file_path,
    fixed(model.seconds, 1),
  ]);
  const head = ['strategy', 'symbol', 'accuracy', 'baseline', 'decision', 'file', 'seconds'];
  const refused = models.filter((model) => !model.is_active);
  return [
    table(head, rows),
    ...refused.map((model) => `${model.strategy_type} ${model.symbol}: ${model.decision}`),
    ...partial.flatMap((job) => {
      const note = jobNote(job);
      return note === '' ? [] : [`${job.strategy_type} ${job.symbol} ${note}`];
    }),
    ...failed.map((job) => `${job.strategy_type} ${job.symbol} ${job.status}: ${job.error_message ?? ''}`),
    `${active.length} active models: ${[...new Set(active.map((model) => model.strategy_type))]
      .map(
        (type) =>
          `${type} ${active
            .filter((model) => model.strategy_type === type)
            .map((model) => model.symbol)
            .join(' ')}`,
      )
      .join('; ')}`,
  ].join('\n');
}
