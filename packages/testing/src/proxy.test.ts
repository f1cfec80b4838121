import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startProxy, until, type Proxy } from './index.ts';

let proxy: Proxy;
let received: string;
const sockets: Socket[] = [];
const server = createServer((socket) => {
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    received += chunk.toString();
    socket.write(`re:${chunk.toString()}`);
  });
});

beforeEach(async () => {
  received = '';
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startProxy((server.address() as AddressInfo).port);
});
afterEach(async () => {
  await proxy.stop();
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
  await once(server, 'close');
});

interface Client {
  readonly socket: Socket;
  replies: string;
  error: string | undefined;
}

async function open(): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1');
  sockets.push(socket);
  const client: Client = { socket, replies: '', error: undefined };
  socket.on('data', (chunk) => (client.replies += chunk.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (client.error = error.code));
  await once(socket, 'connect');
  return client;
}

const replied = (client: Client, text: string): Promise<boolean> =>
  until(() => client.replies === text, { what: `the reply ${text}` });

test('relays both ways and passes the end on', async () => {
  const client = await open();
  client.socket.write('a');
  await replied(client, 're:a');
  expect(proxy.connections()).toBe(1);
  client.socket.end();
  await until(() => proxy.connections() === 0, { what: 'the connection to be gone' });
});

test('cut resets connections and refuses new ones until it is restored', async () => {
  const client = await open();
  client.socket.write('a');
  await replied(client, 're:a');
  await proxy.cut();
  await until(() => client.error === 'ECONNRESET', { what: 'the reset' });
  await expect(open()).rejects.toThrow(/ECONNREFUSED/);
  await proxy.restore();
  const next = await open();
  next.socket.write('b');
  await replied(next, 're:b');
});

test('hang keeps connections open and loses bytes; restoring resets those that lost some', async () => {
  const [silent, talker] = [await open(), await open()];
  for (const client of [silent, talker]) client.socket.write('a');
  for (const client of [silent, talker]) await replied(client, 're:a');

  proxy.hang();
  talker.socket.write('lost');
  const newcomer = await open();
  newcomer.socket.write('lost too');
  await until(() => proxy.lostBytes() === 12, { what: 'both texts to be lost' });
  expect([silent.error, talker.error, newcomer.error]).toEqual([undefined, undefined, undefined]);

  await proxy.restore();
  for (const client of [talker, newcomer])
    await until(() => client.error === 'ECONNRESET', { what: 'the reset' });
  silent.socket.write('b');
  await replied(silent, 're:are:b');
  expect(received).toBe('aab');
});

test('dropReplies lets requests through', async () => {
  const client = await open();
  proxy.dropReplies();
  client.socket.write('a');
  await until(() => proxy.lostBytes() === 4, { what: 'the reply to be lost' });
  expect(received).toBe('a');
  expect(client.replies).toBe('');
});

test('names the same server by way of the proxy', () => {
  expect(proxy.via('postgresql://user:secret@localhost:5432/base?a=b')).toBe(
    `postgresql://user:secret@127.0.0.1:${proxy.port}/base?a=b`,
  );
});
