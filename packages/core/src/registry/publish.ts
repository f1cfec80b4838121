import type { Database } from '../database/connect.ts';
import { keys } from '../queue/keys.ts';
import type { Redis } from '../redis/connect.ts';
import { reply } from '../redis/script.ts';
import type { RegisteredModel } from './types.ts';

type Promoted = Pick<RegisteredModel, 'strategy_type' | 'symbol' | 'model_id' | 'file_path'>;

/** Tells bots which of a job's models are active now, so that they reload. */
export async function publishPromotions(sql: Database, redis: Redis, jobId: string): Promise<void> {
  const models = await sql<Promoted[]>`
    SELECT strategy_type, symbol, model_id, file_path FROM ml_model_registry
    WHERE job_id = ${jobId} AND is_active ORDER BY symbol`;
  for (const model of models) await publishPromotion(redis, model);
}

/** Tells bots that a model is active now. @returns how many listen */
export async function publishPromotion(redis: Redis, model: Promoted): Promise<number> {
  const { strategy_type, symbol, model_id, file_path } = model;
  const message = JSON.stringify({ strategy_type, symbol, model_id, file_path });
  return reply(redis.publish(keys.models, message), 'PUBLISH');
}
