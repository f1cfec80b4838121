// What is told to a receiver of webhooks: each event once, in the transaction of what it tells of, and none
// that nobody wants.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { ownConnection } from '../src/database/connect.ts';
import {
  activateModel,
  claimJob,
  claimWebhooks,
  completeJob,
  createRun,
  createTickJob,
  expireWebhooks,
  failJob,
  holdSchedule,
  noteTry,
  readWebhookTotals,
  reconcile,
  tellOverdue,
  wantWebhooks,
  withDeadline,
  type Claim,
  type Registration,
} from '../src/index.ts';
import { startLab } from './lab.ts';

const { sql, redis } = await startLab('webhooks test', { max: 10 });
beforeEach(async () => {
  await sql`TRUNCATE ml_training_webhooks, ml_training_jobs, ml_training_runs, ml_model_registry,
    ml_training_epochs,
    ml_training_announcements, ml_training_schedules CASCADE`;
  await sql`UPDATE ml_training_webhook_state SET wanted = false, wanted_since = NULL, delivered = 0,
    failed_tries = 0, given_up = 0`;
  await wantWebhooks(sql, true);
});

type Told = { type: string; data: Record<string, unknown> };
const told = async (): Promise<Told[]> => [
  ...(await sql<Told[]>`SELECT type, data FROM ml_training_webhooks ORDER BY nr`),
];
const types = async (): Promise<string[]> => (await told()).map(({ type }) => type);

const claimed = async (symbol: string, maxAttempts = 1): Promise<Claim> => {
  const job_id = crypto.randomUUID();
  await createTickJob(sql, { job_id, strategy_type: 'lstm', symbol }, maxAttempts);
  return claimAgain(job_id);
};
const claimAgain = async (jobId: string): Promise<Claim> => {
  await sql`UPDATE ml_training_jobs SET retry_at = NULL WHERE job_id = ${jobId}`;
  const request = { jobId, trainerId: 't', maxRunning: 100, leaseSeconds: 30, token: crypto.randomUUID() };
  const taken = await claimJob(sql, request);
  if (taken.outcome !== 'claimed') throw new Error(`the job was not claimed: ${taken.outcome}`);
  return taken.claim;
};
const failure = { code: 'TRAINING_FAILED', message: 'it failed', retryable: true };
const id = (n: number): string => `${String(n).repeat(8)}-0000-4000-8000-000000000000`;
const model = (n: number, promote: boolean, champion: number | null = null): Registration => ({
  model_id: id(n),
  symbol: 'GOOG',
  file_path: `models/lstm/GOOG/${n}.pkl`,
  sha256: 's',
  size_bytes: 1,
  parent_model_id: null,
  metrics: { accuracy: 0.55, sharpe: 1.5, baselines: { majority_class: { accuracy: 0.5 } }, intervals: {} },
  decision: promote ? 'Promoted: it is better.' : 'Not promoted: it is worse beyond noise.',
  promote,
  champion_id: champion === null ? null : id(champion),
  data_from: '2024-01-01T00:00:00Z',
  data_to: '2024-02-01T00:00:00Z',
  data_sha256: 'd',
  params: {},
});

describe('a failed job', () => {
  test('is told of once, when it has failed for good, whoever ends it', async () => {
    const first = await claimed('GOOG', 2);
    await failJob(sql, first, failure);
    expect(await told()).toEqual([]);
    const last = await claimAgain(first.jobId);
    await failJob(sql, last, failure);
    await failJob(sql, last, failure);
    const dying = await claimed('AAPL');
    await sql`UPDATE ml_training_jobs SET lease_expires_at = now() - interval '1 second'
      WHERE job_id = ${dying.jobId}`;
    await reconcile(sql, redis);
    await reconcile(sql, redis);
    await claimed('MSFT');
    await sql`UPDATE ml_training_jobs SET status = 'failed', completed_at = now() WHERE symbol = 'MSFT'`;
    await sql`UPDATE ml_training_jobs SET error_code = 'BY_HAND' WHERE status = 'failed'`;
    expect(await types()).toEqual(['job.failed', 'job.failed', 'job.failed']);
    const [ofTrainer, ofReconciler, ofPerson] = (await told()).map(({ data }) => data);
    expect(ofTrainer).toEqual({
      job_id: first.jobId,
      run_id: null,
      strategy_type: 'lstm',
      symbol: 'GOOG',
      trigger: 'tick',
      attempt: 2,
      max_attempts: 2,
      trainer_id: 't',
      created_at: expect.stringMatching(/^2\d{3}-.*\+00:00$/),
      started_at: expect.stringMatching(/^2\d{3}-/),
      error_code: 'TRAINING_FAILED',
      error_message: 'it failed',
    });
    expect(ofReconciler).toMatchObject({ symbol: 'AAPL', error_code: 'TRAINER_DIED' });
    expect(ofPerson).toMatchObject({ symbol: 'MSFT', error_code: null });
  });

  test('is told of again when it failed again; a completed or cancelled one is not', async () => {
    const job = await claimed('GOOG');
    await failJob(sql, job, failure);
    await sql`UPDATE ml_training_jobs SET status = 'queued' WHERE job_id = ${job.jobId}`;
    await failJob(sql, await claimAgain(job.jobId), failure);
    await completeJob(sql, await claimed('AAPL'), {}, []);
    await claimed('MSFT');
    await sql`UPDATE ml_training_jobs SET status = 'cancelled' WHERE symbol = 'MSFT'`;
    expect(await types()).toEqual(['job.failed', 'job.failed']);
  });

  test('whose end is not committed is not told of', async () => {
    const job = await claimed('GOOG');
    await sql
      .begin(async (own) => {
        await own`UPDATE ml_training_jobs SET status = 'failed' WHERE job_id = ${job.jobId}`;
        throw new Error('undone');
      })
      .catch(() => undefined);
    expect(await told()).toEqual([]);
  });

  test('with a message of any length is told of in a small event', async () => {
    await failJob(sql, await claimed('GOOG'), { ...failure, message: 'é'.repeat(1e6) });
    const [event] = await told();
    expect(JSON.stringify(event).length).toBeLessThan(20_000);
  });
});

describe('a decision on a model', () => {
  test('is told of once each, made by a training or by hand, with the reason in words', async () => {
    const first = await claimed('GOOG');
    for (let asked = 0; asked < 2; asked += 1) await completeJob(sql, first, {}, [model(1, true)]);
    await completeJob(sql, await claimed('GOOG'), {}, [model(2, false, 1)]);
    await completeJob(sql, await claimed('GOOG'), {}, [model(3, true, 1)]);
    // Judged against what is no champion any more.
    await completeJob(sql, await claimed('GOOG'), {}, [model(4, true, 1)]);
    await activateModel(sql, id(2), { how: 'promote' });
    expect(await activateModel(sql, id(2), { how: 'promote' })).toBe('already');
    await activateModel(sql, id(3), { how: 'rollback', inPlaceOf: id(2) });
    expect(await activateModel(sql, id(1), { how: 'rollback', inPlaceOf: id(2) })).toBe('changed');
    const rows = (await told()).map(({ type, data }) => [
      type,
      Number(String(data['model_id'])[0]),
      data['decided_by'],
      'in_place_of' in data ? data['in_place_of'] : `in use: ${String(data['model_in_use'])}`,
      data['decision'],
    ]);
    expect(rows).toEqual([
      ['model.promoted', 1, 'training', null, 'Promoted: it is better.'],
      ['model.refused', 2, 'training', `in use: ${id(1)}`, 'Not promoted: it is worse beyond noise.'],
      ['model.promoted', 3, 'training', id(1), 'Promoted: it is better.'],
      [
        'model.refused',
        4,
        'training',
        `in use: ${id(3)}`,
        expect.stringMatching(/^not promoted: another model became active/),
      ],
      [
        'model.promoted',
        2,
        'hand',
        id(3),
        expect.stringMatching(/; promoted by hand at .* in place of 33333333\.$/),
      ],
      [
        'model.rolled_back',
        3,
        'hand',
        id(2),
        expect.stringMatching(/; back in use by hand at .* in place of 2222/),
      ],
    ]);
    expect((await told())[0]!.data).toMatchObject({
      strategy_type: 'lstm',
      symbol: 'GOOG',
      file_path: 'models/lstm/GOOG/1.pkl',
      job_id: first.jobId,
      run_id: null,
      metrics: { accuracy: 0.55, sharpe: 1.5, baseline_accuracy: 0.5 },
      data_to: '2024-02-01T00:00:00+00:00',
    });
  });
});

test('a model that is taken out of use is told of, with why', async () => {
  await sql`
    INSERT INTO ml_model_registry (model_id, strategy_type, symbol, is_active, file_path, sha256, size_bytes,
      metrics, decision, data_from, data_to, data_sha256, params)
    VALUES (${id(7)}, 'lstm', 'GOOG', true, 'models/lstm/GOOG/7.pkl', 's', 1, '{}', 'Promoted.', now(), now(),
      'd', '{}')`;
  await sql`SELECT ml_model_deactivate(${id(7)}, 'worse than the naive rule')`;
  const [event] = (await told()).filter(({ type }) => type === 'model.deactivated');
  expect(event!.data).toMatchObject({
    model_id: id(7),
    decided_by: 'live score',
    in_place_of: null,
    decision: expect.stringMatching(/^Promoted; taken out of use at .* UTC: worse than the naive rule\.$/),
  });
});

describe('an overdue run', () => {
  const daily = { cron: '0 0 * * *', timezone: 'UTC' };
  const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
  /**
   * A schedule whose newest tick was so many whole minutes ago, and that held long before, as webhooks were
   * wanted.
   */
  const ticked = async (minutes: number) => {
    const tick = new Date(Math.floor(ago(minutes).getTime() / 60_000) * 60_000);
    const schedule = { cron: `${tick.getUTCMinutes()} ${tick.getUTCHours()} * * *`, timezone: 'UTC' };
    await held(schedule);
    return { tick, schedule };
  };
  const held = async (schedule: typeof daily): Promise<void> => {
    await holdSchedule(sql, schedule, true);
    await sql`UPDATE ml_training_schedules SET since = now() - interval '10 days'`;
    await sql`UPDATE ml_training_webhook_state SET wanted_since = now() - interval '10 days'`;
  };
  /** Today's and yesterday's ticks had their runs in time. */
  const ranDaily = async (): Promise<void> => {
    const dayMs = 86_400_000;
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    for (const tick of [today, today - dayMs]) await run(new Date(tick), new Date(tick));
  };
  const run = (scheduledFor: Date, requestedAt: Date) => sql`
    INSERT INTO ml_training_runs (trigger, scheduled_for, requested_at, finished_at)
    VALUES ('schedule', ${scheduledFor}, ${requestedAt}, now()) RETURNING run_id`;

  test('that has not begun is told of once, however many schedulers look', async () => {
    const { tick, schedule } = await ticked(30);
    await Promise.all(Array.from({ length: 5 }, () => tellOverdue(sql, schedule)));
    await run(tick, new Date());
    await tellOverdue(sql, schedule);
    expect(await told()).toEqual([
      {
        type: 'run.overdue',
        data: {
          reason: `the run due at ${tick.toISOString()} had not begun 10 minutes later`,
          scheduled_for: tick.toISOString().replace('.000Z', '+00:00'),
          run_id: null,
          requested_at: null,
        },
      },
    ]);
  });

  test('is told of though a clock that was ahead has made a run of a tick to come', async () => {
    const { schedule } = await ticked(30);
    await run(new Date(Date.now() + 1e10), ago(25));
    await tellOverdue(sql, schedule);
    expect(await types()).toEqual(['run.overdue']);
  });

  test('that began late, before anybody looked, is told of all the same', async () => {
    const { tick, schedule } = await ticked(300);
    const [row] = await run(tick, ago(20));
    await tellOverdue(sql, schedule);
    const [event] = await told();
    expect(event!.data['run_id']).toBe(row!['run_id']);
    expect(event!.data['requested_at']).toMatch(/^2\d{3}-/);
  });

  test('is none that began in time, or is due for less than ten minutes', async () => {
    const { tick, schedule } = await ticked(30);
    await run(tick, ago(21));
    await tellOverdue(sql, schedule);
    const second = await ticked(8);
    await sql`UPDATE ml_training_schedules SET since = now() - interval '1 hour'`;
    await tellOverdue(sql, second.schedule);
    expect(await told()).toEqual([]);
  });

  test.each(['wanted', 'held'] as const)(
    'of before webhooks or the schedule was %s is nobody’s',
    async (what) => {
      const { schedule } = await ticked(30);
      if (what === 'wanted')
        await sql`UPDATE ml_training_webhook_state SET wanted_since = now() - interval '29 minutes'`;
      else await sql`UPDATE ml_training_schedules SET since = now() - interval '29 minutes'`;
      await tellOverdue(sql, schedule);
      expect(await told()).toEqual([]);
    },
  );

  test('that has open jobs a whole period after it began is told of once', async () => {
    await held(daily);
    const pairs = ['AAPL', 'GOOG', 'MSFT'].map((symbol) => ({ strategy_type: 'lstm' as const, symbol }));
    const made = await createRun(sql, { trigger: 'manual', pairs, skipped: [], maxAttempts: 1 });
    await sql`UPDATE ml_training_jobs SET status = 'failed' WHERE symbol = 'AAPL'`;
    await sql`UPDATE ml_training_jobs SET status = 'completed' WHERE symbol = 'GOOG'`;
    await sql`TRUNCATE ml_training_webhooks`;
    await ranDaily();
    await tellOverdue(sql, daily);
    expect(await told()).toEqual([]);
    await sql`UPDATE ml_training_runs SET requested_at = now() - interval '25 hours'
      WHERE run_id = ${made!.runId}`;
    for (let i = 0; i < 2; i += 1) await tellOverdue(sql, daily);
    const [event, ...more] = await told();
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'run.overdue',
      data: { run_id: made!.runId, open_jobs: 1, failed_jobs: 1, jobs: 3 },
    });
    expect(event!.data['reason']).toMatch(
      /^1 of 3 jobs are not done a whole period after the run began, at /,
    );
  });

  test('whose jobs have all ended is done, though nobody has noted that yet', async () => {
    await held(daily);
    await createRun(sql, {
      trigger: 'manual',
      pairs: [{ strategy_type: 'lstm', symbol: 'GOOG' }],
      skipped: [],
      maxAttempts: 1,
    });
    await sql`UPDATE ml_training_jobs SET status = 'completed'`;
    await sql`UPDATE ml_training_runs SET requested_at = now() - interval '49 hours'`;
    await ranDaily();
    await tellOverdue(sql, daily);
    expect(await told()).toEqual([]);
  });
});

describe('while nobody wants events', () => {
  test('none is written, and none of before is posted once somebody does', async () => {
    await failJob(sql, await claimed('GOOG'), failure);
    await Promise.all([wantWebhooks(sql, false), wantWebhooks(sql, false)]);
    await failJob(sql, await claimed('GOOG'), failure);
    await completeJob(sql, await claimed('GOOG'), {}, [model(1, true)]);
    await tellOverdue(sql, { cron: '* * * * *', timezone: 'UTC' });
    await Promise.all([wantWebhooks(sql, true), wantWebhooks(sql, true)]);
    await failJob(sql, await claimed('AAPL'), failure);
    const events = await claimWebhooks(sql, { atMost: 10, leaseSeconds: 60 });
    expect(events.map(({ data }) => data['symbol'])).toEqual(['AAPL']);
    expect(await readWebhookTotals(sql)).toMatchObject({ pending: 1, given_up: 1 });
  });

  test('that they are wanted is not begun again by each who wants them', async () => {
    await sql`UPDATE ml_training_webhook_state SET wanted_since = '2026-01-01'`;
    await failJob(sql, await claimed('GOOG'), failure);
    await wantWebhooks(sql, true);
    const [row] = await sql`SELECT wanted_since FROM ml_training_webhook_state`;
    expect(row!['wanted_since']).toEqual(new Date('2026-01-01'));
    expect(await readWebhookTotals(sql)).toMatchObject({ pending: 1 });
  });
});

describe('an event', () => {
  const lease = { atMost: 100, leaseSeconds: 60 };
  const events = (count: number) => sql`
    INSERT INTO ml_training_webhooks (type, data) SELECT 'job.failed', json_build_object('n', n)
      FROM generate_series(1, ${count}) n`;
  const becomeDue = () => sql`UPDATE ml_training_webhooks SET next_try_at = now()`;
  const failed = { kind: 'failed', error: 'HTTP 500\0', retryAfter: null } as const;

  test('is one poster’s at a time, and another’s when that one is gone', async () => {
    await events(20);
    const own = ownConnection(sql);
    await own`BEGIN`;
    const first = await claimWebhooks(own, { atMost: 10, leaseSeconds: 60 });
    // Not committed yet: others take others, and wait for nobody.
    const claiming = claimWebhooks(sql, { atMost: 20, leaseSeconds: 60 });
    const second = await withDeadline(claiming, 60_000, 'the others').finally(() => own.end({ timeout: 0 }));
    const taken = [...first, ...second].map(({ data }) => data['n']);
    expect([first.length, second.length, new Set(taken).size]).toEqual([10, 10, 20]);
    await sql`TRUNCATE ml_training_webhooks`;
    await events(50);
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => claimWebhooks(sql, { atMost: 10, leaseSeconds: 60 })),
    );
    const ids = claims.flat().map(({ webhook_id }) => webhook_id);
    expect([ids.length, new Set(ids).size]).toEqual([50, 50]);
    expect(await claimWebhooks(sql, lease)).toEqual([]);
    await becomeDue();
    const again = await claimWebhooks(sql, lease);
    expect(again.map(({ webhook_id }) => webhook_id).sort()).toEqual(ids.sort());
    expect(again.map(({ data }) => data['n'])).toEqual(again.map((_, i) => i + 1));
  });

  test('that failed waits ever longer, and keeps its last error when it is given up', async () => {
    await events(1);
    for (let tries = 1; tries <= 11; tries += 1) {
      await becomeDue();
      const [event] = await claimWebhooks(sql, lease);
      expect(await noteTry(sql, event!, failed)).toBe(tries < 11 ? 'waits' : 'given up');
      // Noted twice, when the first answer got lost.
      expect(await noteTry(sql, event!, failed)).toBeNull();
    }
    await becomeDue();
    expect(await claimWebhooks(sql, lease)).toEqual([]);
    const [row] =
      await sql`SELECT tries, last_error, given_up_at IS NOT NULL AS given_up FROM ml_training_webhooks`;
    expect(row).toEqual({ tries: 11, last_error: 'HTTP 500', given_up: true });
    expect(await readWebhookTotals(sql)).toEqual({ pending: 0, delivered: 0, failed_tries: 11, given_up: 1 });
  });

  test('that was delivered by who was taken for gone counts as delivered; no later failure undoes it', async () => {
    await events(1);
    const [slow] = await claimWebhooks(sql, lease);
    await becomeDue();
    const [other] = await claimWebhooks(sql, lease);
    expect(await noteTry(sql, slow!, failed)).toBeNull();
    expect(await noteTry(sql, slow!, { kind: 'interrupted' })).toBeNull();
    expect(await noteTry(sql, slow!, { kind: 'delivered' })).toBe('delivered');
    expect(await noteTry(sql, other!, failed)).toBeNull();
    expect(await noteTry(sql, other!, { kind: 'delivered' })).toBeNull();
    expect(await readWebhookTotals(sql)).toEqual({ pending: 0, delivered: 1, failed_tries: 0, given_up: 0 });
  });

  test('whose poster was asked to stop is the next one’s at once, and no try is counted', async () => {
    await events(1);
    const [event] = await claimWebhooks(sql, lease);
    expect(await noteTry(sql, event!, { kind: 'interrupted' })).toBe('waits');
    expect(await claimWebhooks(sql, lease)).toMatchObject([{ webhook_id: event!.webhook_id, tries: 0 }]);
  });

  test('that is a week old is posted no more; what is over is forgotten, its numbers are not', async () => {
    await sql`
      INSERT INTO ml_training_webhooks (type, data, made_at, delivered_at, given_up_at)
      SELECT name, '{}', now() - made::interval, now() - delivered::interval, now() - given_up::interval
      FROM (VALUES ('waits', '6 days', NULL, NULL), ('too old', '8 days', NULL, NULL), ('delivered lately',
        '8 days', '6 days', NULL),
        ('delivered long ago', '9 days', '8 days', NULL), ('given up', '30 days', NULL, '29 days'),
          ('given up long ago', '40 days', NULL, '31 days'))
        v (name, made, delivered, given_up)`;
    expect((await claimWebhooks(sql, lease)).map(({ type }) => type)).toEqual(['waits']);
    expect(await expireWebhooks(sql)).toBe(1);
    expect(await expireWebhooks(sql)).toBe(0);
    expect((await types()).sort()).toEqual(['delivered lately', 'given up', 'too old', 'waits']);
    const [row] = await sql`SELECT last_error FROM ml_training_webhooks WHERE type = 'too old'`;
    expect(row!['last_error']).toMatch(/waited for 7 days/);
    expect(await readWebhookTotals(sql)).toMatchObject({ pending: 1, given_up: 1 });
  });
});
