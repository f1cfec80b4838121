// The bot of docs/bots.md, as printed there, in a folder of its own.
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { connectDatabase, migrate } from '@ml-training/core';
import { spawnNode, startServers } from '@ml-training/testing';
import { register, store, trainBriefly, waves } from '../../inference/test/models.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'docs test' });
await migrate(sql);
const folder = await mkdtemp(path.join(tmpdir(), 'bot-'));
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
  await rm(folder, { recursive: true });
});

test('works as printed, and ends by itself once it has closed its model', async () => {
  const modelDir = path.join(folder, 'models');
  const stored = await store(modelDir, 'lstm', await trainBriefly('lstm', waves(300, 'GOOG')));
  await register(sql, stored);
  await sql`UPDATE ml_model_registry SET is_active = true`;

  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/bots.md'), 'utf8');
  const [, code = ''] = /```ts\n([^]*?)```/.exec(page) ?? [];
  await mkdir(path.join(folder, 'node_modules/@ml-training'), { recursive: true });
  await symlink(path.resolve(import.meta.dirname, '..'), path.join(folder, 'node_modules/@ml-training/bot'));
  await writeFile(path.join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(path.join(folder, 'bot.ts'), code);
  const bot = spawnNode(path.join(folder, 'bot.ts'), {
    cwd: folder,
    env: { REDIS_URL: servers.redisUrl, DATABASE_URL: servers.databaseUrl, LOG_LEVEL: 'the bot’s own' },
  });
  expect({ ...(await bot.exited), lines: bot.lines }).toEqual({
    code: 0,
    signal: null,
    lines: [
      expect.stringMatching(`^model ${stored.modelId} looks at the last \\d+ bars$`),
      expect.stringMatching(`^2024-07-18T00:00:00.000Z (short|flat|long) 0\\.\\d{3} ${stored.modelId}$`),
    ],
  });
});
