import { randomUUID } from 'node:crypto';
import { connectDatabase, type Registration } from '@ml-training/core';

/** What a real training has left, of which any number of others are made. */
export interface Trained {
  /** Of its job. */
  readonly result: object;
  readonly model: Omit<Registration, 'model_id' | 'symbol' | 'file_path'>;
}

/** The newest model of a strategy in a database. @throws Error where there is none */
export async function readTrained(databaseUrl: string, strategy: string): Promise<Trained> {
  const sql = connectDatabase(databaseUrl, { applicationName: 'simulate', max: 1 });
  try {
    const [row] = await sql<[Trained?]>`
      SELECT j.result, to_jsonb(m) || jsonb_build_object('champion_id', NULL, 'parent_model_id', NULL, 'promote', true,
        'holdout', (SELECT to_jsonb(h) FROM ml_model_holdouts h WHERE h.model_id = m.model_id)) AS model
      FROM ml_model_registry m JOIN ml_training_jobs j USING (job_id)
      WHERE m.strategy_type = ${strategy} ORDER BY m.created_at DESC LIMIT 1`;
    if (row === undefined) throw new Error(`no model of ${strategy} was trained`);
    return row;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** The same model once more, as if it were another symbol's. */
export function registrationOf({ model }: Trained, symbol: string): Registration {
  const model_id = randomUUID();
  return { ...model, model_id, symbol, file_path: `${model_id}.pkl` };
}
