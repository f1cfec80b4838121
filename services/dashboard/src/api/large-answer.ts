import type { FastifyReply } from 'fastify';

/**
 * For answers of many rows: written as JSON is. By the schema each value that may be null is tried as one
 * kind after the other, which takes ten times as long. (That the answer is what the schema says, a test of
 * all routes checks.)
 */
export function writtenPlainly(reply: Pick<FastifyReply, 'serializer' | 'type'>): void {
  reply.type('application/json; charset=utf-8').serializer((answer) => JSON.stringify(answer));
}
