import type { Database } from '../database/connect.ts';
import { keys } from '../queue/keys.ts';
import type { Redis } from '../redis/connect.ts';
import { reply } from '../redis/script.ts';

/** Tells bots which of a job's models are active now, so that they reload. */
export async function publishPromotions(sql: Database, redis: Redis, jobId: string): Promise<void> {
  const models = await sql`
    SELECT strategy_type, symbol, model_id, file_path FROM ml_model_registry
    WHERE job_id = ${jobId} AND is_active ORDER BY symbol`;
  for (const model of models) await reply(redis.publish(keys.models, JSON.stringify(model)), 'PUBLISH');
}
