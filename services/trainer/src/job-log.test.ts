// The lines of a job in the database: which, how many, and what becomes of them while there is no database.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import {
  claimJob,
  connectDatabase,
  createLog,
  createTickJob,
  logLinesOf,
  loadConfig,
  migrate,
  type Claim,
} from '@ml-training/core';
import { startProxy, startServers, until } from '@ml-training/testing';
import { keepJobLog } from './job-log.ts';
import type { JobContext } from './run-job.ts';

const servers = await startServers();
const proxy = await startProxy(Number(new URL(servers.databaseUrl).port));
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'job log test', max: 2 });
const cuttable = connectDatabase(proxy.via(servers.databaseUrl), { applicationName: 'job log test', max: 2 });
await migrate(sql);
afterAll(async () => {
  await Promise.all([sql.end({ timeout: 1 }), cuttable.end({ timeout: 1 })]);
  await proxy.stop();
  await servers.stop();
});
beforeEach(() => sql`TRUNCATE ml_training_jobs CASCADE`);

// Not to be seen among the test's own output.
const quiet = createLog({ LOG_LEVEL: 'ERROR', LOG_FORMAT: 'json' }, 'trainer', 'trainer-a');
quiet.silent = true;

const claimed = async (jobId?: string): Promise<Claim> => {
  const job_id = jobId ?? crypto.randomUUID();
  if (jobId === undefined) await createTickJob(sql, { job_id, strategy_type: 'lstm', symbol: 'GOOG' }, 4);
  const request = { trainerId: 't', maxRunning: 9, leaseSeconds: 30, token: crypto.randomUUID() };
  const taken = await claimJob(sql, { jobId: job_id, ...request });
  if (taken.outcome !== 'claimed') throw new Error(`the job was not claimed: ${taken.outcome}`);
  return taken.claim;
};
const keep = (claim: Claim, env: Record<string, string> = {}, database = sql) => {
  const config = loadConfig({
    REDIS_URL: 'redis://:hidden-1@127.0.0.1:1',
    DATABASE_URL: 'postgres://u:hidden-2@127.0.0.1:1/d',
    API_TOKEN: 'hidden-3',
    LOG_LEVEL: 'ERROR',
    ...env,
  });
  const context = { config, sql: database, leaving: new AbortController().signal } as JobContext; // What it looks at.
  return keepJobLog(context, claim, quiet.child({ job_id: claim.jobId }));
};
const messagesOf = async (jobId: string) => (await logLinesOf(sql, jobId)).map(({ message }) => message);

test('lines are kept in order over a job’s attempts, whatever LOG_LEVEL says, debug ones if asked for', async () => {
  const first = await claimed();
  const kept = keep(first);
  kept.log.info('training', { trainer: 't', nested: { of: [1, null] } });
  kept.log.debug('progress');
  kept.log.child({ more: true }).warn('left out');
  await kept.end();
  await sql`UPDATE ml_training_jobs SET status = 'queued', lease_token = NULL, retry_at = NULL`;
  const second = keep(await claimed(first.jobId), { ML_TRAINING_DEBUG: 'true' });
  second.log.debug('progress', { fraction: 0.5 });
  await second.end();
  const lines = await logLinesOf(sql, first.jobId);
  expect(lines).toMatchObject([
    {
      seq: 1,
      attempt: 1,
      level: 'info',
      message: 'training',
      facts: { trainer: 't', nested: { of: [1, null] } },
    },
    { seq: 2, attempt: 1, level: 'warn', message: 'left out', facts: { more: true } },
    { seq: 3, attempt: 2, level: 'debug', message: 'progress', facts: { fraction: 0.5 } },
  ]);
  expect(await logLinesOf(sql, first.jobId, { after: 2 })).toEqual(lines.slice(2));
});

test('nothing secret is in them, and nothing that PostgreSQL would refuse or nobody could read', async () => {
  const claim = await claimed();
  const kept = keep(claim);
  kept.log.warn('lost postgres://me:word@host/db, hidden-1 and password=x1', {
    error: 'no hidden-2\0',
    list: ['hidden-3', { url: 'redis://:other@host' }],
    half: '\ud800',
  });
  kept.log.info('x'.repeat(9000), { long: 'y'.repeat(20_000) });
  const loop: { self?: unknown } = {};
  loop.self = loop;
  kept.log.info('of which there is no JSON', loop);
  kept.log.info('last');
  await kept.end();
  const lines = await logLinesOf(sql, claim.jobId);
  const text = JSON.stringify(lines);
  expect(text).not.toMatch(/hidden-\d|:word|:other@|x1/);
  expect(lines.map(({ message }) => message.slice(0, 4))).toEqual(['lost', 'xxxx', 'last']);
  expect(text.length).toBeLessThan(15_000);
});

test('of more lines than are kept the first and the newest stay', async () => {
  const claim = await claimed();
  const kept = keep(claim);
  for (let round = 0; round < 3; round += 1) {
    for (let i = 1; i <= 300; i += 1) kept.log.info(`${300 * round + i}`);
    await kept.flush(5000);
  }
  await kept.end();
  const expected = Array.from({ length: 900 }, (_, i) => i + 1).filter((n) => n <= 100 || n > 500);
  expect(await messagesOf(claim.jobId)).toEqual(expected.map(String));
  expect((await logLinesOf(sql, claim.jobId)).map(({ seq }) => seq)).toEqual(expected);
});

test('a thousand at once are cut to as many', async () => {
  const claim = await claimed();
  const kept = keep(claim);
  for (let i = 1; i <= 1000; i += 1) kept.log.info(`${i}`);
  await kept.end();
  const messages = await messagesOf(claim.jobId);
  expect([messages.length, messages[99], messages[100], messages.at(-1)]).toEqual([
    500,
    '100',
    '601',
    '1000',
  ]);
});

test('lines wait for a database that is away, and are there once, also if an answer got lost', async () => {
  const claim = await claimed();
  const kept = keep(claim, {}, cuttable);
  kept.log.info('before');
  await kept.flush(60_000);
  proxy.dropReplies();
  kept.log.info('written unseen');
  await kept.flush(100);
  await until(async () => (await messagesOf(claim.jobId)).length === 2, { what: 'the line to arrive' });
  await proxy.cut();
  kept.log.info('while away');
  await kept.flush(100);
  await proxy.restore();
  await until(
    async () => {
      await kept.flush(5000);
      return (await messagesOf(claim.jobId)).length === 3;
    },
    { what: 'the lines to be written' },
  );
  await kept.end();
  expect(await messagesOf(claim.jobId)).toEqual(['before', 'written unseen', 'while away']);
});

test('who has lost the job writes no more', async () => {
  const claim = await claimed();
  const kept = keep(claim);
  kept.log.info('mine');
  await kept.flush(5000);
  await sql`UPDATE ml_training_jobs SET lease_token = gen_random_uuid()`;
  kept.log.info('not mine');
  await kept.end();
  expect(await messagesOf(claim.jobId)).toEqual(['mine']);
});
