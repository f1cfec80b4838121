import { once } from 'node:events';
import path from 'node:path';
import type { ServiceContext } from '@ml-training/core';
import { createApp } from './api/app.ts';

/** Where the page is built to; without it the API works all the same. */
const pageDir = path.join(import.meta.dirname, '../dist');

/** Answers the page and the API at HTTP_PORT, until asked to stop. */
export async function serve(context: ServiceContext): Promise<void> {
  const { config, log, stopping } = context;
  const app = await createApp(context, { pageDir });
  // Every address: in a container the port is reached from outside; compose publishes it on 127.0.0.1 only.
  const listen = (host: string) => app.listen({ port: config.HTTP_PORT, host });
  await listen('::')
    // Some machines have no IPv6 at all.
    .catch((error: unknown) => (hasNoIPv6(error) ? listen('0.0.0.0') : Promise.reject(error as Error)))
    .catch((cause: unknown) => {
      throw new Error(`HTTP_PORT ${config.HTTP_PORT} can not be listened on`, { cause });
    });
  const address = app.server.address();
  log.info('serving', { port: typeof address === 'object' ? address?.port : config.HTTP_PORT });
  if (!stopping.aborted) await once(stopping, 'abort');
  await app.close();
}

const hasNoIPv6 = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(String(error.code));
