import { Type } from 'typebox';
import type { Routes } from '../route.ts';

/** A comment so often keeps what stands between from closing a quiet stream, and finds out who is gone. */
const quietMs = 15_000;

/** Bytes that wait for a reader who is too slow. */
const maxUnread = 4 << 20;

/** Server-sent events: what is new, for pages and bots. */
export const eventRoutes: Routes = (api, { hub }) => {
  api.get(
    '/api/events',
    {
      schema: {
        summary: 'What is new, as server-sent events',
        description:
          'Events are named by topic (health, jobs, models, runs, queue, curves); data is JSON. ' +
          'Last-Event-ID brings what was ' +
          'missed; the event reset says that it is too much or too long ago, and to ask for ' +
          'everything again.',
        tags: ['events'],
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 100 })) }),
        response: {
          200: {
            description: 'A stream without end',
            content: { 'text/event-stream': { schema: Type.String({ description: 'text/event-stream' }) } },
          },
        },
      },
    },
    (request, reply) => {
      reply.hijack();
      // Headers that plugins set (the policy) belong to this answer, too.
      const headers = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined);
      const stream = reply.raw;
      stream.writeHead(200, {
        ...(Object.fromEntries(headers) as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      stream.write('retry: 2000\n\n');
      const stop = hub.listen(
        {
          send: ({ id, topic, data }) => {
            // Who doesn't read comes back, and hears what they missed, or that it is too much.
            if (stream.writableLength > maxUnread) stream.destroy();
            else stream.write(`id: ${id}\nevent: ${topic}\ndata: ${JSON.stringify(data)}\n\n`);
          },
        },
        request.headers['last-event-id'] ?? null,
      );
      const quiet = setInterval(() => stream.write(': alive\n\n'), quietMs);
      stream.on('close', () => {
        clearInterval(quiet);
        stop();
      });
    },
  );
};
