import { afterAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { startServers } from './index.ts';

const servers = await startServers();
afterAll(() => servers.stop());

test('x', async () => {
  console.log(servers);
  const sql = postgres(servers.databaseUrl);
  console.log(await sql`select 1`);
  await sql.end();
  const r = new Redis(servers.redisUrl);
  console.log(await r.ping());
  r.disconnect();
});
