import type { Database } from '../database/connect.ts';
import { lastDays, tryAgainIn } from './again.ts';

/** An event that this process alone may post, until its lease is over. */
export interface WebhookEvent {
  readonly webhook_id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly made_at: Date;
  /** That have failed so far. */
  readonly tries: number;
  readonly claim: string;
}

/** What came of a try. */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly error: string; readonly retryAfter: number | null }
  /** Not a try: this process was asked to stop. */
  | { readonly kind: 'interrupted' };

/**
 * Notes whether anybody wants events; from the first wish on they are written. Where nobody does any more,
 * those that wait are given up: they would be old news by the time somebody does again. Changes nothing where
 * all is so already.
 */
export async function wantWebhooks(sql: Database, wanted: boolean): Promise<void> {
  await sql`
    WITH change AS (
      SELECT FROM ml_training_webhook_state WHERE wanted <> ${wanted} FOR UPDATE
    ), stale AS (
      UPDATE ml_training_webhooks SET given_up_at = now(), claim = NULL, last_error = ${notWanted}
      WHERE delivered_at IS NULL AND given_up_at IS NULL AND EXISTS (SELECT FROM change)
      RETURNING 1
    )
    UPDATE ml_training_webhook_state SET
      wanted = ${wanted}, wanted_since = CASE WHEN ${wanted} THEN now() END,
        given_up = given_up + (SELECT count(*) FROM stale)
    WHERE EXISTS (SELECT FROM change)`;
}

const notWanted = 'not posted: WEBHOOK_URL was taken away, or its receiver answered 410 Gone';

/**
 * Takes events that are due, the longest due first, for `leaseSeconds`: nobody else does meanwhile, and when
 * this process is gone somebody does after.
 */
export async function claimWebhooks(
  sql: Database,
  { atMost, leaseSeconds }: { readonly atMost: number; readonly leaseSeconds: number },
): Promise<WebhookEvent[]> {
  const claim = crypto.randomUUID();
  const events = await sql<(WebhookEvent & { nr: string })[]>`
    UPDATE ml_training_webhooks
      SET claim = ${claim}, next_try_at = now() + make_interval(secs => ${leaseSeconds})
    WHERE webhook_id IN (
      SELECT webhook_id FROM ml_training_webhooks
      WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_try_at <= now()
        AND made_at > now() - make_interval(days => ${lastDays})
      ORDER BY next_try_at, nr LIMIT ${atMost} FOR UPDATE SKIP LOCKED)
    RETURNING webhook_id, nr, type, data, made_at, tries, claim`;
  return events.sort((a, b) => Number(a.nr) - Number(b.nr));
}

/**
 * Notes what came of a try. May be repeated when its answer got lost. A delivery counts whoever has the claim
 * by now; a failure only of who has it.
 * @returns what became of the event; null when it is somebody else's, or over
 */
export async function noteTry(
  sql: Database,
  { webhook_id, claim, tries }: WebhookEvent,
  outcome: Outcome,
): Promise<'delivered' | 'waits' | 'given up' | null> {
  if (outcome.kind === 'interrupted') {
    const rows = await sql`
      UPDATE ml_training_webhooks SET claim = NULL, next_try_at = now()
      WHERE webhook_id = ${webhook_id} AND claim = ${claim} RETURNING 1`;
    return rows.length === 0 ? null : 'waits';
  }
  if (outcome.kind === 'delivered') {
    const rows = await sql`
      WITH noted AS (
        UPDATE ml_training_webhooks SET claim = NULL, delivered_at = now(), given_up_at = NULL,
          tries = tries + 1
        WHERE webhook_id = ${webhook_id} AND delivered_at IS NULL RETURNING 1)
      UPDATE ml_training_webhook_state SET delivered = delivered + 1 WHERE EXISTS (SELECT FROM noted)
        RETURNING 1`;
    return rows.length === 0 ? null : 'delivered';
  }
  const again = tryAgainIn(tries + 1, outcome.retryAfter, Math.random());
  // PostgreSQL keeps no NUL in a text.
  const error = outcome.error.replaceAll('\0', '');
  const rows = await sql`
    WITH noted AS (
      UPDATE ml_training_webhooks SET
        claim = NULL, tries = tries + 1, last_error = ${error},
        next_try_at = now() + make_interval(secs => ${again ?? 0}), given_up_at = CASE
          WHEN ${again === null} THEN now() END
      WHERE webhook_id = ${webhook_id} AND claim = ${claim} RETURNING 1)
    UPDATE ml_training_webhook_state SET failed_tries = failed_tries + 1,
      given_up = given_up + ${again === null ? 1 : 0}
    WHERE EXISTS (SELECT FROM noted) RETURNING 1`;
  if (rows.length === 0) return null;
  return again === null ? 'given up' : 'waits';
}

/** Of which deliveries are kept for people to look at, and of which those that never came to be. */
const keptDays = { delivered: 7, givenUp: 30 };

/**
 * Gives up what is too old to be of use, and forgets what was over long ago.
 * @returns how many were given up
 */
export async function expireWebhooks(sql: Database): Promise<number> {
  const tooOld = `waited for ${lastDays} days; no scheduler with a WEBHOOK_URL tried it`;
  const [row] = await sql<[{ count: number }]>`
    WITH old AS (
      UPDATE ml_training_webhooks SET given_up_at = now(), claim = NULL, last_error = coalesce(last_error,
        ${tooOld})
      WHERE delivered_at IS NULL AND given_up_at IS NULL
        AND made_at <= now() - make_interval(days => ${lastDays})
      RETURNING 1
    ), counted AS (
      UPDATE ml_training_webhook_state SET given_up = given_up + (SELECT count(*) FROM old)
        WHERE EXISTS (SELECT FROM old))
    SELECT count(*)::int AS count FROM old`;
  for (;;) {
    const { count } = await sql`
      DELETE FROM ml_training_webhooks WHERE webhook_id IN (
        SELECT webhook_id FROM ml_training_webhooks
        WHERE made_at < now() - make_interval(days => ${keptDays.delivered})
          AND (delivered_at < now() - make_interval(days => ${keptDays.delivered})
               OR given_up_at < now() - make_interval(days => ${keptDays.givenUp}))
        LIMIT ${batch})`;
    if (count < batch) return row.count;
  }
}

/** Rows deleted by one statement. */
const batch = 1000;

export interface WebhookTotals {
  /** Not delivered and not given up. */
  readonly pending: number;
  /** Ever. */
  readonly delivered: number;
  readonly failed_tries: number;
  readonly given_up: number;
}

export async function readWebhookTotals(sql: Database): Promise<WebhookTotals> {
  const [row] = await sql<[WebhookTotals?]>`
    SELECT (SELECT count(*)::int FROM ml_training_webhooks WHERE delivered_at IS NULL
      AND given_up_at IS NULL) AS pending,
           delivered::float8, failed_tries::float8, given_up::float8
    FROM ml_training_webhook_state`;
  return row ?? { pending: 0, delivered: 0, failed_tries: 0, given_up: 0 };
}
