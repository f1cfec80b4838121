// Events of a real database posted to a real receiver: none is lost, none is posted twice but where nobody
// can know.
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { boundedDatabase, loadConfig, wantWebhooks } from '@ml-training/core';
import { spawnNode, startPrivateRedis, until, type NodeProcess } from '@ml-training/testing';
import { postDue, receiverOf } from '../src/webhooks.ts';
import { startLab } from './lab.ts';
import { secret, startReceiver } from './receiver.ts';

const lab = await startLab();
const { sql } = lab;
const receiver = await startReceiver();
const database = boundedDatabase(sql, { ms: 60_000, what: 'webhooks' });
afterAll(async () => {
  receiver.stop();
  await database.end();
  await lab.end();
});
const running = new Set<NodeProcess>();
beforeEach(async () => {
  await lab.reset();
  receiver.reset();
  await sql`UPDATE ml_training_webhook_state SET wanted = false, wanted_since = NULL, delivered = 0,
    failed_tries = 0, given_up = 0`;
  await wantWebhooks(sql, true);
});
afterEach(async () => {
  for (const scheduler of running) scheduler.kill('SIGKILL');
  await Promise.all([...running].map((scheduler) => scheduler.exited));
  running.clear();
});

const settings = { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: secret };
const never = new AbortController().signal;
const round = (stopping = never) =>
  postDue(
    { log: lab.log, stopping },
    database,
    receiverOf(loadConfig({ ...settings, API_TOKEN: 'hunter2' })),
  );
const becomeDue = () => sql`UPDATE ml_training_webhooks SET next_try_at = now()`;
const failJobs = async (count: number): Promise<void> => {
  await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, attempt, max_attempts, error_code,
      error_message)
    SELECT 'lstm', 'S' || n, 'failed', 'tick', 4, 4, 'TRAINING_FAILED', 'it failed' FROM generate_series(1,
      ${count}) n`;
};
interface Row {
  readonly webhook_id: string;
  readonly tries: number;
  readonly state: 'delivered' | 'given up' | 'waits' | 'claimed';
  readonly last_error: string | null;
}
const rows = async (): Promise<Row[]> => [
  ...(await sql<Row[]>`
    SELECT webhook_id, tries, last_error, CASE WHEN delivered_at IS NOT NULL THEN 'delivered'
      WHEN given_up_at IS NOT NULL THEN 'given up'
                                               WHEN claim IS NOT NULL THEN 'claimed' ELSE 'waits' END AS state
    FROM ml_training_webhooks ORDER BY nr`),
];
const delivered = async (count: number): Promise<void> => {
  await until(async () => (await rows()).filter(({ state }) => state === 'delivered').length === count, {
    what: `${count} deliveries`,
  });
};
const start = (env: Record<string, string> = settings): NodeProcess => {
  const scheduler = spawnNode(path.join(import.meta.dirname, '../src/main.ts'), {
    env: {
      REDIS_URL: lab.servers.redisUrl,
      DATABASE_URL: lab.servers.databaseUrl,
      MODEL_DIR: lab.modelDir,
      HEALTH_PORT: '0',
      TRAINING_RECONCILE_SECONDS: '1',
      TRAINING_CRON_SCHEDULE: '0 0 29 2 *',
      ...env,
    },
  });
  running.add(scheduler);
  return scheduler;
};

describe('a round', () => {
  test('posts an event until it is taken: the same body under the same id, signed again', async () => {
    await failJobs(1);
    const answers = [500, 302, 404];
    receiver.answer((response, request) => {
      const status = answers.shift();
      if (status === undefined) request.socket.destroy();
      else response.writeHead(status, { location: '/' }).end('busy');
    });
    for (let tries = 1; tries <= 4; tries += 1) {
      await round();
      expect(await rows()).toMatchObject([{ state: 'waits', tries, last_error: expect.any(String) }]);
      // Not before its time.
      await round();
      await becomeDue();
    }
    receiver.reset();
    await round();
    await becomeDue();
    await round();
    expect(await rows()).toMatchObject([{ state: 'delivered', tries: 5 }]);
    expect(receiver.received).toHaveLength(1);
    // Once, though four tries failed.
    expect(lab.lines.filter(({ message }) => message.startsWith('a webhook was not taken'))).toMatchObject([
      { level: 'warn', tries: 1, error: 'HTTP 500 busy' },
    ]);
  });

  test('repeats nothing but the time and the signature', async () => {
    await failJobs(1);
    receiver.answer((response) => void response.writeHead(500).end());
    await round();
    await becomeDue();
    await round();
    const [first, second] = receiver.received;
    expect(first!.genuine && second!.genuine).toBe(true);
    expect(second).toMatchObject({ id: first!.id, body: first!.body });
    expect(first!.id).toBe((await rows())[0]!.webhook_id);
  });

  test('says what happened, without secrets', async () => {
    await failJobs(1);
    await sql`TRUNCATE ml_training_webhooks`;
    await sql`UPDATE ml_training_jobs SET status = 'running', lease_token = gen_random_uuid(),
      lease_expires_at = now()`;
    await sql`UPDATE ml_training_jobs
      SET status = 'failed', error_message = 'no postgres://u:pass1@db nor password=pass2 nor hunter2'`;
    await round();
    const { type, timestamp, data } = JSON.parse(receiver.received[0]!.body) as Record<string, unknown>;
    expect([type, timestamp]).toEqual([
      'job.failed',
      expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/),
    ]);
    expect(data).toMatchObject({
      symbol: 'S1',
      error_message: 'no postgres://u:***@db nor password=*** nor ***',
    });
  });

  test('gives an event up after its last try, and says so', async () => {
    await failJobs(2);
    await sql`UPDATE ml_training_webhooks SET tries = 10 WHERE data ->> 'symbol' = 'S1'`;
    receiver.answer((response) => void response.writeHead(500).end('away for days'));
    await round();
    expect(await rows()).toMatchObject([
      { state: 'given up', tries: 11, last_error: 'HTTP 500 away for days' },
      { state: 'waits', tries: 1 },
    ]);
    expect(lab.lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        message: 'a webhook was given up: its receiver never took it',
        tries: 11,
        error: 'HTTP 500 away for days',
      },
    ]);
    receiver.reset();
    await becomeDue();
    await round();
    expect((await rows()).map(({ state }) => state)).toEqual(['given up', 'delivered']);
  });

  test('leaves a receiver alone that has too much to do, for as long as it asks', async () => {
    await failJobs(1);
    const answers: [number, Record<string, string>][] = [
      [503, {}],
      [429, { 'retry-after': '120' }],
      [429, { 'retry-after': '99999999' }],
      [500, { 'retry-after': '120' }],
    ];
    receiver.answer((response) => void response.writeHead(...answers.shift()!).end());
    const pauses = [];
    while (answers.length > 0) {
      pauses.push((await round()).pauseMs);
      await becomeDue();
    }
    expect(pauses).toEqual([30_000, 120_000, 3_600_000, 0]);
  });

  test('notes a delivery also where the database was away just then: it is not posted again', async () => {
    await failJobs(1);
    let cuts = 0;
    receiver.answer(async (response) => {
      const cut = await sql`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE '%webhooks'`;
      cuts += cut.length;
      response.writeHead(204).end();
    });
    await round();
    expect(cuts).toBeGreaterThan(0);
    expect(await rows()).toMatchObject([{ state: 'delivered', tries: 1 }]);
    expect(receiver.received).toHaveLength(1);
  });
});

describe('a scheduler', () => {
  test('that is killed while it posts loses nothing: the next one posts it, under the same id', async () => {
    await failJobs(20);
    // Takes in what it is given, and never answers.
    receiver.answer(() => undefined);
    const first = start();
    await until(() => receiver.received.length >= 4, { what: 'events under way' });
    first.kill('SIGKILL');
    await first.exited;
    const halfway = receiver.received.map(({ id }) => id);
    receiver.reset();
    await becomeDue();
    start();
    await delivered(20);
    const ids = receiver.received.map(({ id }) => id);
    // Those that were under way are known again by their ids; each was taken once since.
    expect(ids.length).toBe(20);
    expect(new Set(ids)).toEqual(new Set((await rows()).map(({ webhook_id }) => webhook_id)));
    expect(ids).toEqual(expect.arrayContaining(halfway));
    expect(receiver.received.every(({ genuine }) => genuine)).toBe(true);
  });

  test('asked to stop while the receiver hangs, ends in time; what it held is the next one’s at once', async () => {
    await failJobs(1);
    receiver.answer(() => undefined);
    const first = start();
    await until(() => receiver.received.length === 1, { what: 'the event under way' });
    first.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    receiver.reset();
    expect(await rows()).toMatchObject([{ state: 'waits', tries: 0 }]);
    start();
    await delivered(1);
  });

  test('beside another one posts nothing twice, and needs no Redis for it', async () => {
    const redis = await startPrivateRedis();
    try {
      const both = [1, 2].map(() => start({ ...settings, REDIS_URL: redis.url }));
      await Promise.all(both.map((scheduler) => scheduler.waitForLine(/"msg":"webhooks are posted"/)));
      await redis.kill();
      await failJobs(200);
      await delivered(200);
      const ids = receiver.received.map(({ id }) => id);
      expect([ids.length, new Set(ids).size]).toEqual([200, 200]);
    } finally {
      await redis.remove();
    }
  });

  test('goes on ticking and reconciling while the receiver hangs', async () => {
    await failJobs(8);
    await lab.addBars({ GOOG: 100 });
    receiver.answer(() => undefined);
    const scheduler = start({
      ...settings,
      TRAINING_STRATEGIES: 'lstm',
      TRAINING_CRON_SCHEDULE: '* * * * *',
    });
    await until(() => receiver.received.length >= 4, { what: 'events under way' });
    await sql`UPDATE ml_training_schedules SET since = now() - interval '1 hour'`;
    await scheduler.waitForLine(/"msg":"run started"/);
  });

  test('that was away when a run was due starts it, and tells that it is late', async () => {
    const due = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 1_800_000);
    const cron = `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
    await sql`
      INSERT INTO ml_training_schedules (cron, timezone, since, looked_at)
      VALUES (${cron}, 'UTC', now() - interval '1 day', now() - interval '1 hour')`;
    await sql`UPDATE ml_training_webhook_state SET wanted_since = now() - interval '1 day'`;
    for (let i = 0; i < 2; i += 1) start({ ...settings, TRAINING_CRON_SCHEDULE: cron });
    await delivered(1);
    await until(async () => (await sql`SELECT FROM ml_training_runs`).length === 1, { what: 'the run' });
    expect(receiver.received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      {
        type: 'run.overdue',
        data: { reason: `the run due at ${due.toISOString()} had not begun 10 minutes later` },
      },
    ]);
  });

  test('without WEBHOOK_URL has no event written, and one with it posts none of before', async () => {
    await failJobs(1);
    const without = start({});
    await until(async () => (await rows())[0]?.state === 'given up', { what: 'what waits to be given up' });
    without.kill('SIGTERM');
    await without.exited;
    await failJobs(1);
    expect(await rows()).toHaveLength(1);
    start();
    await until(async () => (await sql`SELECT FROM ml_training_webhook_state WHERE wanted`).length === 1, {
      what: 'events to be wanted',
    });
    await failJobs(1);
    await until(() => receiver.received.length > 0, { what: 'the new event' });
    expect((await rows()).map(({ state }) => state)).toEqual([
      'given up',
      expect.stringMatching(/delivered|claimed/),
    ]);
    expect(receiver.received).toHaveLength(1);
  });

  test('whose receiver answers 410 Gone posts no more, and works on', async () => {
    await failJobs(20);
    receiver.answer((response) => void response.writeHead(410).end());
    const scheduler = start();
    await scheduler.waitForLine(/"level":"error","msg":"the receiver of webhooks answered 410 Gone/);
    await failJobs(1);
    expect(receiver.received.length).toBe(4);
    expect(await rows()).toHaveLength(20);
    expect(new Set((await rows()).map(({ state }) => state))).toEqual(new Set(['given up']));
    scheduler.kill('SIGTERM');
    expect(await scheduler.exited).toEqual({ code: 0, signal: null });
  });

  test('shows nothing secret in its log', async () => {
    await failJobs(1);
    receiver.answer((response) => void response.writeHead(500).end('my password is hunter22'));
    const url = receiver.url.replace('//', '//us:hunter22@');
    const scheduler = start({ ...settings, WEBHOOK_URL: `${url}?token=t0ken` });
    await scheduler.waitForLine(/a webhook was not taken/);
    expect(scheduler.lines.join('\n')).not.toMatch(/hunter22|t0ken|MfKQ9r8GK/);
    expect((await rows())[0]!.last_error).toBe('HTTP 500 my password is ***');
  });
});
