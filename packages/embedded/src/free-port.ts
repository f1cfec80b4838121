import { createServer } from 'node:net';

// Below 32768, where Linux (and above it macOS) begins to hand out ports for
// outgoing connections: a client that keeps knocking at a dead server's port could
// otherwise be given that very port, connect to itself and keep the server out.
const lowest = 15_000;
const highest = 31_999;

/**
 * `preferred` when it is free on 127.0.0.1, else another
 * free port. It isn't reserved: whoever binds it must retry.
 */
export async function freePort(preferred = 0): Promise<number> {
  if (preferred !== 0 && (await isFree(preferred))) return preferred;
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
    server.close(() => resolve(true));
  });
  return promise;
}
