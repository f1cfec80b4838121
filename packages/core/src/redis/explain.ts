// What is wrong with a Redis that can't be used, found out by asking it in other ways than REDIS_URL says.
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { redisAddress } from './address.ts';

const askMs = 2000;

/**
 * What to do about a Redis that a connection of this URL could not be made to, where asking it once more tells:
 * plain Redis at a port that is asked for TLS, TLS where plain Redis is asked for, PostgreSQL or HTTP, a Sentinel
 * in place of the server it watches over. Null where nothing is found out.
 */
export async function explainRedis(url: string): Promise<string | null> {
  const address = redisAddress(url);
  if (typeof address === 'string') return `REDIS_URL is no URL of Redis's: ${address}`;
  const { host, port = 6379, path, tls, sentinels } = address;
  if (sentinels !== undefined || path !== undefined || host == null) return null;
  const plain = await firstWords(() => connectPlain({ host, port }), 'PING\r\n');
  const speaksRedis = plain !== null && /^[+-]/.test(plain);
  if (tls !== undefined) {
    if (speaksRedis)
      return `it speaks plain Redis at ${host}:${port}, without TLS: write redis:// in REDIS_URL, not rediss://`;
    return null;
  }
  if (speaksRedis) return null;
  const secret = await firstWords(
    () => connectTls({ host, port, rejectUnauthorized: false, ...nameFor(host) }),
    'PING\r\n',
  );
  if (secret !== null && /^[+-]/.test(secret))
    return `it speaks Redis with TLS at ${host}:${port}: write rediss:// in REDIS_URL, not redis://`;
  return null;
}

const nameFor = (host: string): { servername?: string } =>
  /^[\d.]+$|:/.test(host) ? {} : { servername: host };

/** The first that a server says; null where it says nothing in time, or can't be reached. */
async function firstWords(open: () => Socket, question: string): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = open();
  socket.setTimeout(askMs, () => resolve(null));
  socket
    .on('error', () => resolve(null))
    .on('close', () => resolve(null))
    .on('data', (chunk: Buffer) => resolve(chunk.toString('latin1')));
  socket.write(question);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
