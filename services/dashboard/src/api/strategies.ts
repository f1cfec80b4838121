import { refreshStrategies, theStrategy, withDeadline, type Database } from '@ml-training/core';
import type { FastifyRequest } from 'fastify';
import type { Api } from './route.ts';

/** So old may be what lists know of the user's own strategies. */
const freshForMs = 1000;
const answerMs = 5000;

/**
 * Requests name only strategies that there are; the schemas say no more of a name than its form. What lists
 * show is looked up beside a request, which doesn't wait for it.
 * @throws FleetError REQUEST_INVALID of the request
 */
export function knownStrategies(app: Api, { sql }: { readonly sql: Database }): void {
  let lookedAt = -Infinity;
  app.addHook('preHandler', async (request) => {
    // A metric may be of a strategy that is no more, or of none.
    const named = request.url.startsWith('/api/metrics/') ? [] : namesIn(request);
    for (const name of named) await withDeadline(theStrategy(sql, name), answerMs, 'PostgreSQL');
    if (!request.url.startsWith('/api/') || performance.now() - lookedAt < freshForMs) return;
    lookedAt = performance.now();
    refreshStrategies(sql).catch(() => {
      lookedAt = -Infinity;
    });
  });
}

const namesIn = ({ params, query, body }: FastifyRequest): string[] =>
  [of(params, 'strategy'), of(query, 'strategy_type'), of(body, 'strategy_type')]
    .flat()
    .filter((name) => typeof name === 'string');

const of = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, field)
    ? value[field as keyof typeof value]
    : undefined;
