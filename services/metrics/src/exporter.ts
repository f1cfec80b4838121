import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorFacts, listen, onceAMinute, withDeadline, type ServiceContext } from '@ml-training/core';
import { createExporter } from './registry.ts';
import { rollUp, rollUpSeconds } from './roll-up.ts';

/** Rolls the key metrics up once a minute and answers Prometheus at METRICS_PORT/metrics, until asked to stop. */
export async function exportMetrics(context: ServiceContext): Promise<void> {
  const { config, log, sql, stopping } = context;
  const exporter = createExporter(context);
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('ask for /metrics\n');
      return;
    }
    withDeadline(exporter.render(), 8000, 'collecting the metrics').then(
      (body) => response.writeHead(200, { 'content-type': exporter.contentType }).end(body),
      (error: unknown) => {
        log.warn('metrics could not be collected', errorFacts(error));
        response
          .writeHead(503, { 'content-type': 'text/plain' })
          .end('PostgreSQL or Redis does not answer\n');
      },
    );
  });
  await listen(server, config.METRICS_PORT).catch((cause: unknown) => {
    throw new Error(`METRICS_PORT ${config.METRICS_PORT} can not be listened on`, { cause });
  });
  // A TCP server's address is never a string.
  log.info('exporting', { port: (server.address() as AddressInfo).port, path: '/metrics' });
  const complain = onceAMinute(log, 'the metrics were not rolled up');
  while (!stopping.aborted) {
    await withDeadline(rollUp(sql), 30_000, 'rolling the metrics up').catch(complain);
    await sleep((rollUpSeconds * 1000) / 2, undefined, { signal: stopping }).catch(() => undefined);
  }
  server.close();
  server.closeAllConnections();
}
