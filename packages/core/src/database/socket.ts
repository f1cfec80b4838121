import { connect, Socket } from 'node:net';
import type { DatabaseAddress } from './address.ts';
import { fitForPooler } from './pooler.ts';
import { secured } from './tls.ts';

/**
 * Makes the sockets of a client (postgres.js's option `socket`), connected or about to be, with TLS on them where
 * the address asks for it. Its own way has one host name without a port for all, and no words for what TLS fails
 * of.
 */
export interface SocketMaker {
  (client: Parameters<typeof fitForPooler>[0]): Promise<Socket>;
  /** Of the same address, for connections that may be silent for as long as they like. */
  patient(): SocketMaker;
}

/**
 * With `silenceMs`, sockets end themselves when nothing has come for so long (for twice that at most), so that a
 * query to a server that vanished without a word fails, and its place among the pool's connections is free
 * again: the kernel alone would go on for a quarter of an hour.
 */
export function socketMaker(address: DatabaseAddress, silenceMs?: number): SocketMaker {
  const { hosts, tls, connectSeconds } = address;
  /** The host that the next connection tries first. */
  let next = 0;
  const make = async (client: Parameters<typeof fitForPooler>[0]): Promise<Socket> => {
    fitForPooler(client);
    const at = next;
    const place = hosts[at]!;
    const folder = place.host.startsWith('/');
    const raw = connect(folder ? { path: `${place.host}/.s.PGSQL.${place.port}` } : place);
    const begun = performance.now();
    // Whoever asks then tries the next one; a connection that lived before it ended says nothing of its host.
    raw.once('close', () => {
      if (next === at && performance.now() - begun < 1000 * (connectSeconds + 1))
        next = (at + 1) % hosts.length;
    });
    let socket = raw;
    try {
      if (tls.mode !== 'disable' && !folder)
        socket = await secured(raw, place.host, tls, connectSeconds * 1000);
    } catch (error) {
      // Nobody else knows of it: left open, it would end the process by an error that nobody listens to.
      raw.on('error', () => undefined).destroy();
      socket = failing(error);
    }
    // What postgres.js names in messages; it writes at once, which waits until the socket is connected.
    Object.assign(socket, place);
    if (silenceMs !== undefined) endWhenSilent(raw, socket, silenceMs);
    return socket;
  };
  return Object.assign(make, { patient: () => socketMaker(address) });
}

/** A socket that fails as soon as somebody listens: postgres.js would wait for ever for one that isn't made. */
function failing(error: unknown): Socket {
  const socket = new Socket();
  // What is thrown is always an error; of which realm, `instanceof` can't tell.
  setImmediate(() => socket.destroy(error as Error));
  return socket;
}

/**
 * What is sent meanwhile is no sign of life: a pool in use sends one query after the other down a dead
 * connection, and each would put its end off. Counts bytes, since postgres.js takes every listener off a socket
 * now and then.
 */
function endWhenSilent(raw: Socket, socket: Socket, ms: number): void {
  let heard = 0;
  let said = 0;
  let waiting = false;
  let silentSince = performance.now();
  const watch = setInterval(() => {
    const answered = raw.bytesRead !== heard;
    const asked = raw.bytesWritten !== said;
    // Only the first question after an answer has the whole time: before it, the socket may have been idle.
    if (answered || (asked && !waiting)) silentSince = performance.now();
    waiting = !answered && (waiting || asked);
    heard = raw.bytesRead;
    said = raw.bytesWritten;
    if (socket.destroyed) clearInterval(watch);
    else if (performance.now() - silentSince >= ms)
      socket.destroy(socket.listenerCount('error') > 0 ? silence(ms) : undefined);
  }, ms / 10);
  watch.unref();
}

const silence = (ms: number): Error =>
  Object.assign(
    new Error(`PostgreSQL has sent nothing for ${Math.round(ms / 1000)} s: it is gone or cut off`),
    { code: 'ETIMEDOUT' },
  );
