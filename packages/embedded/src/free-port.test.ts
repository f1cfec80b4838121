import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort } from './free-port.ts';

test('a preferred port is given when it is free, and another when it is taken', async () => {
  const port = await freePort();
  expect(await freePort(port)).toBe(port);

  const holder = createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');
  expect((holder.address() as AddressInfo).port).toBe(port);
  expect(await freePort(port)).not.toBe(port);
  holder.close();
});

test('a port of our choice is none that the kernel gives to outgoing connections', async () => {
  for (let i = 0; i < 20; i++) expect(await freePort()).toBeLessThan(32_768);
});
