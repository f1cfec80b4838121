import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  boundedDatabase,
  errorFacts,
  listen,
  throttledWarning,
  type ServiceContext,
} from '@ml-training/core';
import { exporterMetrics } from './own-metrics.ts';
import { createExporter } from './prometheus.ts';
import { rollUp, rollUpSeconds } from './roll-up.ts';

/**
 * Rolls the key metrics up once a minute and answers Prometheus at METRICS_PORT/metrics, until asked to stop.
 */
export async function exportMetrics(context: ServiceContext): Promise<void> {
  const { config, log, sql, stopping } = context;
  const exporter = createExporter(context);
  const counted = exporterMetrics(context.metrics);
  const scrapes = boundedDatabase(sql, { ms: 8000, what: 'collecting the metrics', max: 4 });
  const rollUps = boundedDatabase(sql, { ms: 30_000, what: 'rolling the metrics up' });
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('ask for /metrics\n');
      return;
    }
    // Nobody reads on after a scrape that timed out.
    const gone = new AbortController();
    response.on('close', () => {
      gone.abort();
    });
    counted('scrape', () => scrapes.run(exporter.render, gone.signal)).then(
      (body) => response.writeHead(200, { 'content-type': exporter.contentType }).end(body),
      (error: unknown) => {
        if (gone.signal.aborted) return;
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
  const warn = throttledWarning(log, 'the metrics were not rolled up');
  while (!stopping.aborted) {
    await counted('roll_up', () => rollUps.run(rollUp, stopping)).catch((error: unknown) => {
      if (!stopping.aborted) warn(error);
    });
    await sleep((rollUpSeconds * 1000) / 2, undefined, { signal: stopping }).catch(() => undefined);
  }
  server.close();
  server.closeAllConnections();
  await Promise.all([scrapes.end(), rollUps.end()]);
}
