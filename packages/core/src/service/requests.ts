import type { Database } from '../database/connect.ts';

interface Own {
  readonly caller: string;
  readonly key: string;
}

interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly answer: string;
}

export type Former =
  /** It is new, and this caller's to do. */
  | { readonly outcome: 'begun' }
  /** Another request came with this key. */
  | { readonly outcome: 'other' }
  | { readonly outcome: 'running' }
  | ({ readonly outcome: 'answered' } & Answered);

/**
 * Notes that a request with a key is worked on, or says what became of it before.
 * @param request.request digest of what is asked for
 * @param request.abandonedSeconds after which one that was begun and not answered counts as new
 */
export async function beginRequest(
  sql: Database,
  request: Own & { request: string; abandonedSeconds: number; keptHours: number },
): Promise<Former> {
  const { caller, key } = request;
  // Whoever gets the row by this statement does it; all others, however many ask at once, see it.
  const begun = await sql`
    INSERT INTO ml_training_requests AS r (caller, key, request, expires_at)
    VALUES (${caller}, ${key}, ${request.request}, now() + make_interval(hours => ${request.keptHours}))
    ON CONFLICT (caller, key) DO UPDATE SET
      request = excluded.request, status = NULL, content_type = NULL, answer = NULL, created_at = now(),
      expires_at = excluded.expires_at
    WHERE r.expires_at < now()
       OR (r.status IS NULL AND r.request = excluded.request
           AND r.created_at < now() - make_interval(secs => ${request.abandonedSeconds}))
    RETURNING key`;
  if (begun.length === 1) return { outcome: 'begun' };
  const [former] = await sql<(Omit<Answered, 'status'> & { request: string; status: number | null })[]>`
    SELECT request, status, content_type AS "contentType", answer FROM ml_training_requests
    WHERE caller = ${caller} AND key = ${key}`;
  // Forgotten in between, as its work failed: whoever asks again begins it.
  if (former === undefined) return { outcome: 'running' };
  if (former.request !== request.request) return { outcome: 'other' };
  const { status, contentType, answer } = former;
  return status === null ? { outcome: 'running' } : { outcome: 'answered', status, contentType, answer };
}

/** Keeps the answer, and clears away some that nobody will ask for any more. */
export async function finishRequest(sql: Database, { caller, key }: Own, answered: Answered): Promise<void> {
  const { status, contentType, answer } = answered;
  await sql`
    WITH expired AS (
      DELETE FROM ml_training_requests WHERE (caller, key) IN (
        SELECT caller, key FROM ml_training_requests WHERE expires_at < now() ORDER BY expires_at LIMIT 100
        FOR UPDATE SKIP LOCKED)
    )
    UPDATE ml_training_requests SET status = ${status}, content_type = ${contentType}, answer = ${answer}
    WHERE caller = ${caller} AND key = ${key}`;
}

/** It failed for no fault of the request's: asked again, it is done again. */
export async function forgetRequest(sql: Database, { caller, key }: Own): Promise<void> {
  await sql`DELETE FROM ml_training_requests WHERE caller = ${caller} AND key = ${key} AND status IS NULL`;
}
