import { connect, type Socket } from 'node:net';

/** Where postgres.js wants to connect to: of its own options, as it has parsed them. */
interface Target {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** Of a Unix socket; false for none. */
  readonly path: string | false | undefined;
}

/**
 * Makes the sockets of a client (postgres.js's option `socket`) which end themselves when nothing has come
 * for `ms` (for twice that at most), so that a query to a server that vanished without a word fails, and its
 * place among the pool's connections is free again: the kernel alone would go on for a quarter of an hour.
 * What is sent meanwhile is no sign of life: a pool in use sends one query after the other down a dead
 * connection, and each would put its end off. Counts bytes, since postgres.js takes every listener off a
 * socket that it puts TLS on.
 */
export function impatientSocket(ms: number): (target: Target) => Socket {
  let attempts = 0;
  return ({ host, port, path }) => {
    const at = attempts % host.length;
    attempts += 1;
    const place = { host: host[at] ?? 'localhost', port: port[at] ?? 5432 };
    // postgres.js writes at once; that waits until the socket is connected.
    const socket = connect(typeof path === 'string' ? { path } : place);
    // It takes the name to check a certificate against from here.
    Object.assign(socket, place);
    let heard = 0;
    let said = 0;
    let waiting = false;
    let silentSince = performance.now();
    const watch = setInterval(() => {
      const answered = socket.bytesRead !== heard;
      const asked = socket.bytesWritten !== said;
      // Only the first question after an answer has the whole time: before it, the socket may have been idle.
      if (answered || (asked && !waiting)) silentSince = performance.now();
      waiting = !answered && (waiting || asked);
      heard = socket.bytesRead;
      said = socket.bytesWritten;
      if (socket.destroyed) clearInterval(watch);
      else if (performance.now() - silentSince >= ms)
        socket.destroy(socket.listenerCount('error') > 0 ? silence(ms) : undefined);
    }, ms / 10);
    watch.unref();
    return socket;
  };
}

const silence = (ms: number): Error =>
  Object.assign(
    new Error(`PostgreSQL has sent nothing for ${Math.round(ms / 1000)} s: it is gone or cut off`),
    { code: 'ETIMEDOUT' },
  );
