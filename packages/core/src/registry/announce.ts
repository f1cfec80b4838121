import type { Database } from '../database/connect.ts';
import { keys } from '../queue/keys.ts';
import type { Redis } from '../redis/connect.ts';
import { reply } from '../redis/script.ts';
import type { RegisteredModel } from './types.ts';

/** Whose announcements: those of a job's models, of one model, or all that have waited for so long. */
export type Announcements =
  { readonly jobId: string } | { readonly modelId: string } | { readonly olderThanSeconds: number };

export interface Announced {
  readonly published: number;
  /** How many listened to the last one. */
  readonly listeners: number;
}

type Promoted = Pick<RegisteredModel, 'strategy_type' | 'symbol' | 'model_id' | 'file_path'>;
type Pending = Promoted & {
  readonly id: string;
  readonly is_active: boolean | null;
  /** Its pair has no model in use, as this one was taken out of use. */
  readonly left: boolean;
};

const batchSize = 1000;
/** Long enough for a person to look what bots were told. */
const keptDays = 7;

/**
 * Tells bots which models became active, so that they reload, and which pairs have none any more: what is
 * not published yet, oldest first. Any number of processes may do it at once, and any may die in between: a
 * message may then come twice. One that is out of date is not sent.
 * @throws what the servers say; what was not marked as published is so at the next call
 */
export async function announce(sql: Database, redis: Redis, which: Announcements): Promise<Announced> {
  let published = 0;
  let listeners = 0;
  for (;;) {
    const pending = await readPending(sql, which);
    if (pending.length === 0) return { published, listeners };
    const current = pending.filter((one) => one.is_active === true || one.left);
    // Commands of one connection keep their order.
    const heard = await Promise.all(current.map((model) => publish(redis, model)));
    published += current.length;
    listeners = heard.at(-1) ?? listeners;
    await announceSuccessors(sql, current);
    const ids = (some: readonly Pending[]): string[] => some.map(({ id }) => id);
    await sql`
      UPDATE ml_training_announcements
      SET published_at = CASE WHEN id = ANY (${ids(current)}::bigint[]) THEN now() END,
          outdated = NOT id = ANY (${ids(current)}::bigint[])
      WHERE id = ANY (${ids(pending)}::bigint[]) AND published_at IS NULL`;
    if (pending.length < batchSize) return { published, listeners };
  }
}

async function readPending(sql: Database, which: Announcements): Promise<Pending[]> {
  const among =
    'jobId' in which
      ? sql`m.job_id = ${which.jobId}`
      : 'modelId' in which
        ? sql`a.model_id = ${which.modelId}`
        : sql`a.made_at <= now() - make_interval(secs => ${which.olderThanSeconds})`;
  return sql<Pending[]>`
    SELECT a.id, a.model_id, m.strategy_type, m.symbol, m.file_path, m.is_active,
      m.model_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM ml_model_registry r
        WHERE r.strategy_type = m.strategy_type AND r.symbol = m.symbol AND r.is_active) AS left
    FROM ml_training_announcements a LEFT JOIN ml_model_registry m USING (model_id)
    WHERE a.published_at IS NULL AND NOT a.outdated AND ${among}
    ORDER BY a.id LIMIT ${batchSize}`;
}

/**
 * A model may have given way to another just before its message was sent, whose own message was then perhaps
 * the earlier one: that one is announced again, so that the last message of a pair is always of the model in
 * use.
 */
async function announceSuccessors(sql: Database, said: readonly Pending[]): Promise<void> {
  await sql`
    INSERT INTO ml_training_announcements (model_id)
    SELECT DISTINCT successor.model_id
    FROM ml_model_registry m JOIN ml_model_registry successor USING (strategy_type, symbol)
    WHERE m.model_id = ANY (${said.map(({ model_id }) => model_id)}::uuid[]) AND NOT m.is_active
      AND successor.is_active`;
}

/** @returns how many listen */
async function publish(redis: Redis, model: Pending): Promise<number> {
  const { strategy_type, symbol, model_id, file_path, left } = model;
  const message = JSON.stringify({
    strategy_type,
    symbol,
    model_id: left ? null : model_id,
    file_path: left ? null : file_path,
  });
  return reply(redis.publish(keys.models, message), 'PUBLISH');
}

/** Removes announcements that were made long ago and are done with. */
export async function expireAnnouncements(sql: Database): Promise<void> {
  await sql`
    DELETE FROM ml_training_announcements
    WHERE (published_at IS NOT NULL OR outdated) AND made_at < now() - make_interval(days => ${keptDays})`;
}
