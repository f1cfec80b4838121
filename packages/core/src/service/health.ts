import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorFacts } from '../log.ts';
import type { OwnMetrics } from './own-metrics.ts';

/**
 * Answers /livez with 200 as soon as the process runs, /readyz with 200 or, with the reason, 503, and
 * /metrics with what the process knows of itself.
 * @param port 0 for any free one
 * @param notReady why the service can't work now; null when it can
 */
export async function serveHealth(
  port: number,
  notReady: () => Promise<string | null>,
  metrics: Pick<OwnMetrics, 'contentType' | 'render'>,
): Promise<{ port: number; close: () => void }> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type, connection: 'close' }).end(`${body}\n`);
    };
    if (request.url === '/livez') answer(200, 'alive');
    else if (request.url === '/readyz')
      notReady().then(
        (reason) => {
          answer(reason === null ? 200 : 503, reason ?? 'ready');
        },
        (error: unknown) => {
          answer(503, String(error));
        },
      );
    else if (request.url === '/metrics')
      metrics.render().then(
        (text) => {
          answer(200, text.trimEnd(), metrics.contentType);
        },
        (error: unknown) => {
          answer(500, errorFacts(error).error);
        },
      );
    else answer(404, 'ask for /livez, /readyz or /metrics');
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @throws Error naming the port when it is taken */
export async function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, resolve);
  await promise;
  server.off('error', reject);
}
