import { dockerBackend, whyNoDocker } from './docker-backend.ts';
import { embeddedBackend } from './embedded-backend.ts';

export interface RedisServer {
  readonly url: string;
}

/** What the pool hands out from. */
export interface Backend {
  readonly kind: 'docker' | 'embedded';
  readonly hasTimescale: boolean;
  /** As superuser, to the database `postgres`. */
  readonly postgresUrl: string;
  startRedis(): Promise<RedisServer>;
  /** Stops everything and removes its data. */
  stop(): Promise<void>;
}

/** TEST_DOCKER=0: embedded; TEST_DOCKER=1: containers or an error; else containers where they can be had. */
export async function startBackend(): Promise<Backend> {
  const wish = process.env['TEST_DOCKER'];
  let reason = wish === '0' ? 'TEST_DOCKER=0' : whyNoDocker();
  if (reason === undefined)
    try {
      return await dockerBackend();
    } catch (error) {
      if (wish === '1') throw error;
      reason = error instanceof Error ? error.message : String(error);
    }
  else if (wish === '1') throw new Error(`TEST_DOCKER=1, but ${reason}`);
  process.stderr.write(`Tests use embedded servers, without TimescaleDB: ${reason}\n`);
  return embeddedBackend();
}
