import { connect } from 'node:net';

/**
 * Whether a server on this port knows the password and
 * answers; while it loads its data it says LOADING instead.
 */
export function ping(port: number, password: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let reply = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
  socket.setTimeout(1000, () => socket.destroy());
  socket.on('data', (chunk) => {
    reply += chunk.toString();
    if (reply.split('\r\n').length > 2) socket.destroy();
  });
  socket.on('error', () => undefined); // Refused: not there yet.
  socket.on('close', () => resolve(reply === '+OK\r\n+PONG\r\n'));
  return promise;
}
