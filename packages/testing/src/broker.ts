import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openPool } from './pool.ts';
import { brokerVariable } from './servers.ts';

/**
 * Lets other processes (jest's workers) take servers from a
 * pool of this one. Nothing is started before the first asks.
 *
 * @returns closes the pool: every server is stopped and every trace removed.
 */
export async function startBroker(): Promise<() => Promise<void>> {
  const pool = openPool();
  // Other users of the machine reach the port too; they can't guess the path.
  const path = `/${randomUUID()}`;

  const answer = async (request: IncomingMessage): Promise<unknown> => {
    if (request.method === 'POST' && request.url === path) return pool.take();
    if (request.method === 'DELETE' && request.url?.startsWith(`${path}/`))
      return pool.giveBack(request.url.slice(path.length + 1));
    throw new Error(`no such request: ${request.method} ${request.url}`);
  };
  const server = createServer((request, response) => {
    // A kept connection is closed after some idle seconds,
    // perhaps just as the next request comes: "fetch failed".
    response.setHeader('connection', 'close');
    answer(request).then(
      (value) => response.end(JSON.stringify(value ?? null)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  // A listening TCP server's address is never a string.
  process.env[brokerVariable] = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

  return async () => {
    server.close();
    server.closeAllConnections();
    await pool.close();
  };
}
