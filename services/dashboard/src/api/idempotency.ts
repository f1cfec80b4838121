import { createHash } from 'node:crypto';
import {
  beginRequest,
  errorFacts,
  finishRequest,
  forgetRequest,
  throttledWarning,
  type ServiceContext,
} from '@ml-training/core';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import type { Api } from './route.ts';

/** What was begun and not answered after so long is taken to have died: a handler takes seconds. */
const abandonedSeconds = 60;
const keptHours = 24;
const header = 'idempotency-key';

/**
 * Idempotency-Key on every POST: the same request with the same key is done once and answered the same,
 * whichever dashboard is asked, for a day; an answer that comes again says so in Idempotency-Replayed. The
 * same key with another request is refused, and so is one whose first request is still worked on. An error of
 * the server's (5xx) is not kept: asking again tries again.
 */
export function idempotency(app: Api, { sql, log }: Pick<ServiceContext, 'sql' | 'log'>): void {
  const begun = new WeakMap<FastifyRequest, { readonly caller: string; readonly key: string }>();
  const warn = throttledWarning(log, 'an answer could not be kept for its Idempotency-Key');

  // After the guard and the check of the body: what is refused there has changed nothing and is not kept.
  app.addHook('preHandler', async (request, reply) => {
    const given = request.headers[header];
    if (request.method !== 'POST' || given === undefined) return;
    const key = keyOf(given);
    const caller = digest(request.headers.authorization ?? `address ${request.ip}`);
    const asked = digest(JSON.stringify([request.method, request.url, request.body ?? null]));
    const former = await beginRequest(sql, { caller, key, request: asked, abandonedSeconds, keptHours });
    switch (former.outcome) {
      case 'begun':
        begun.set(request, { caller, key });
        return;
      case 'other':
        throw new Problem(
          422,
          'IDEMPOTENCY_KEY_REUSED',
          'this Idempotency-Key came with another request before: take a new one for each request',
        );
      case 'running':
        reply.header('retry-after', '1');
        throw new Problem(
          409,
          'IDEMPOTENCY_KEY_IN_USE',
          'the first request with this Idempotency-Key is still being worked on: ask again in a moment',
        );
      case 'answered':
        return reply
          .code(former.status)
          .header('idempotency-replayed', 'true')
          .type(former.contentType)
          .send(former.answer);
    }
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const own = begun.get(request);
    if (own === undefined) return;
    begun.delete(request);
    try {
      if (reply.statusCode >= 500 || typeof payload !== 'string') await forgetRequest(sql, own);
      else
        await finishRequest(sql, own, {
          status: reply.statusCode,
          contentType: String(reply.getHeader('content-type')),
          answer: payload,
        });
    } catch (error) {
      // It was done: the answer goes out all the same.
      warn(errorFacts(error).error);
    }
  });
}

/** A structured field's string has quotes, which most callers leave out. */
function keyOf(given: string | string[]): string {
  const key = Array.isArray(given) ? '' : given.replace(/^"(.*)"$/, '$1');
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Problem(
      400,
      'IDEMPOTENCY_KEY_INVALID',
      'Idempotency-Key must be one word of 1 to 255 ASCII characters, best a UUID',
    );
  return key;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
