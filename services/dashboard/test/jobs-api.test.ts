import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  claimJob,
  completeJob,
  createRun,
  failJob,
  jobEntry,
  keys,
  type Claim,
  type Failure,
} from '@ml-training/core';
import { ask, startLab } from './lab.ts';

const lab = await startLab({ bars: ['GOOG', 'SP500'] });
const { sql, redis, url } = lab;
afterAll(() => lab.end());
beforeEach(async () => {
  await sql`TRUNCATE ml_training_runs, ml_training_jobs, ml_model_registry, ml_training_requests CASCADE`;
  await redis.del(keys.queue, keys.dead);
});

const get = (path: string) => ask(`${url}${path}`);
const post = (path: string, body: unknown = {}, headers: Record<string, string> = {}, at = url) =>
  ask(`${at}${path}`, { method: 'POST', body, headers });
const makeJob = async (symbol = 'GOOG') => {
  const pairs = [{ strategy_type: 'lstm' as const, symbol }];
  const run = await createRun(sql, { trigger: 'manual', pairs, skipped: [], maxAttempts: 3 });
  return run!.jobs[0]!;
};
const claim = async (jobId: string): Promise<Claim> => {
  const taken = await claimJob(sql, {
    jobId,
    trainerId: 't-1',
    maxRunning: 9,
    leaseSeconds: 60,
    token: crypto.randomUUID(),
  });
  if (taken.outcome !== 'claimed') throw new Error(taken.outcome);
  return taken.claim;
};
const hopeless: Failure = { code: 'TOO_FEW_BARS', message: 'GOOG has 63 bars', retryable: false };
const nobody = crypto.randomUUID();
interface Listed {
  items: { job_id: string; symbol: string; status: string }[];
  next_cursor: string | null;
}
const list = async (query: string): Promise<Listed> =>
  (await get(`/api/jobs?${query}`)).body as unknown as Listed;

describe('the list', () => {
  test('comes page by page, newest first, by any filter, and stays so while jobs are made', async () => {
    for (let i = 0; i < 5; i++) await makeJob(`S${i}`);
    await failJob(sql, await claim((await makeJob('BAD')).job_id), hopeless);
    const first = await list('limit=3');
    expect(first.items.map(({ symbol }) => symbol)).toEqual(['BAD', 'S4', 'S3']);
    await makeJob('NEW');
    const second = await list(`limit=3&cursor=${first.next_cursor ?? ''}`);
    expect(second.items.map(({ symbol }) => symbol)).toEqual(['S2', 'S1', 'S0']);
    expect(second.next_cursor).toBeNull();
    const symbols = async (query: string) => (await list(query)).items.map(({ symbol }) => symbol);
    expect(await symbols('status=failed')).toEqual(['BAD']);
    expect(await symbols('status=failed&status=cancelled&error_code=TOO_FEW_BARS')).toEqual(['BAD']);
    expect(await symbols('symbol=S2&strategy_type=lstm&trigger=manual')).toEqual(['S2']);
    expect(await symbols('symbol=S2&trigger=tick')).toEqual([]);
    expect(await symbols('until=2001-01-01T00:00:00Z')).toEqual([]);
  });

  test.each([
    ['status=done', 'REQUEST_INVALID'],
    ['limit=201', 'REQUEST_INVALID'],
    ['since=yesterday', 'REQUEST_INVALID'],
    ['nonsense=1', 'REQUEST_INVALID'],
    ['cursor=abc', 'CURSOR_INVALID'],
    [`cursor=${Buffer.from('["x","lstm","GOOG","y"]').toString('base64url')}`, 'CURSOR_INVALID'],
  ])('is no answer to %s', async (query, code) => {
    expect((await get(`/api/jobs?${query}`)).body).toMatchObject({ status: 400, code });
  });
});

describe('a job', () => {
  test('has its attempts, its error with advice, and why it can not be cancelled', async () => {
    const { job_id } = await makeJob();
    await failJob(sql, await claim(job_id), hopeless);
    const { status, body } = await get(`/api/jobs/${job_id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      job_id,
      status: 'failed',
      error_code: 'TOO_FEW_BARS',
      advice: expect.stringMatching(/^The symbol needs more bars: import more/),
      attempts: [{ seq: 1, attempt: 1, trainer_id: 't-1', outcome: 'failed', seconds: expect.any(Number) }],
      run: { trigger: 'manual', scheduled_for: null },
      models: [],
      cannot_cancel: 'it is failed already',
      cannot_retry: null,
      retried_by: null,
    });
  });

  test('that completed has its result and stage seconds', async () => {
    const { job_id } = await makeJob();
    await completeJob(sql, await claim(job_id), { stage_seconds: { training: 2.5 }, seed: 42 }, []);
    expect((await get(`/api/jobs/${job_id}`)).body).toMatchObject({
      stage_seconds: { training: 2.5 },
      result: { seed: 42 },
      advice: null,
      cannot_retry: 'it completed: ask for a new training instead',
    });
    expect((await get(`/api/jobs/${job_id}/curves`)).body).toEqual({ items: [] });
    expect((await get(`/api/jobs/${job_id}/logs`)).body).toEqual({ items: [] });
  });

  test.each(['', '/curves', '/logs'])('that is not there is a problem: %s', async (part) => {
    expect((await get(`/api/jobs/${nobody}${part}`)).body).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await get(`/api/jobs/1${part}`)).body).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });
});

test('a job is cancelled once, tried again once, and what can not be is said with its reason', async () => {
  const { job_id } = await makeJob();
  expect((await post(`/api/jobs/${job_id}/retry`)).body).toMatchObject({
    status: 409,
    code: 'JOB_OPEN',
    open_job_id: job_id,
  });
  expect((await post(`/api/jobs/${job_id}/cancel`)).body).toEqual({
    job_id,
    outcome: 'cancelled',
    was: 'queued',
  });
  expect((await post(`/api/jobs/${job_id}/cancel`)).body).toMatchObject({ outcome: 'already' });
  const again = await post(`/api/jobs/${job_id}/retry`);
  expect([again.status, again.body]).toMatchObject([202, { retry_of: job_id, symbol: 'GOOG' }]);
  const next = String(again.body['job_id']);
  expect((await post(`/api/jobs/${job_id}/retry`)).body).toMatchObject({
    code: 'JOB_OPEN',
    open_job_id: next,
  });
  expect((await get(`/api/jobs/${job_id}`)).body).toMatchObject({
    retried_by: next,
    cannot_retry: expect.stringMatching(/^another job of lstm GOOG is open/),
  });
  expect((await get(`/api/jobs/${next}`)).body).toMatchObject({ retry_of: job_id, cannot_cancel: null });
  await completeJob(sql, await claim(next), {}, []);
  expect((await post(`/api/jobs/${next}/cancel`)).body).toMatchObject({ status: 409, code: 'JOB_ENDED' });
  expect((await post(`/api/jobs/${next}/retry`)).body).toMatchObject({ status: 409, code: 'JOB_COMPLETED' });
  for (const verb of ['cancel', 'retry'])
    expect((await post(`/api/jobs/${nobody}/${verb}`)).status).toBe(404);
});

describe('the queue', () => {
  const record = (payload: string, reason = 'r') =>
    JSON.stringify({ at: '2026-01-01T00:00:00.000Z', reason, payload });
  const wish = '{"strategy_type": "lstm",  "symbol": "GOOG"}';

  test('says what waits by strategy, and what trainers hold', async () => {
    const { job_id } = await makeJob();
    await makeJob('SP500');
    await claim(job_id);
    await redis.lpush(
      keys.processing('t-1'),
      JSON.stringify({ job_id, strategy_type: 'lstm', symbol: 'GOOG' }),
    );
    await redis.lpush(keys.queue, '{"strategy_type":"rl","symbol":"GOOG"}');
    expect((await get('/api/queue')).body).toMatchObject({
      length: 1,
      waiting: [
        { strategy_type: 'lstm', ready: 1, later: 0, wishes: 0, oldest_seconds: expect.any(Number) },
        { strategy_type: 'rl', ready: 0, wishes: 1, oldest_at: null },
      ],
      held: [{ trainer_id: 't-1', alive: false, job: { job_id, status: 'running' } }],
      dead: { count: 0, items: [] },
    });
    await redis.del(keys.processing('t-1'));
  });

  test('says what is taken next and why, and when all of it is done', async () => {
    const { job_id } = await makeJob();
    await redis.lpush(
      keys.queue,
      jobEntry({ job_id, strategy_type: 'lstm', symbol: 'GOOG', trigger: 'schedule' }),
      wish,
    );
    const next = async () =>
      (await get('/api/queue')).body as { next: unknown; estimate: Record<string, unknown> };
    expect(await next()).toMatchObject({
      next: [
        { job_id: null, strategy_type: 'lstm', symbol: 'GOOG', why: 'a bot asks for it' },
        { job_id, strategy_type: 'lstm', symbol: 'GOOG', why: 'the schedule; never trained' },
      ],
      estimate: { ends_at: null, too_long: false, unmeasured: ['lstm'] },
    });
    await sql`
      INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, started_at,
        completed_at)
      VALUES ('lstm', 'OLD', 'completed', 'manual', 1, '2024-01-01T00:00Z', '2124-01-01T00:00Z')`;
    const { estimate } = await next();
    expect(estimate).toMatchObject({ trainers: 2, too_long: true, unmeasured: [] });
    expect(Date.parse(String(estimate['ends_at']))).toBeGreaterThan(Date.now() + 99 * 365 * 86_400_000);
  });

  test('takes a dead entry back as it was, once, and refuses what no job can be made of', async () => {
    await redis.lpush(
      keys.dead,
      record('not JSON'),
      record(`{"job_id":"${nobody}"}`),
      record(wish, 'too few bars'),
      'junk',
    );
    const { dead } = (await get('/api/queue')).body as unknown as {
      dead: { items: { id: string; payload: string; cannot_requeue: string | null }[] };
    };
    expect(dead.items.map(({ cannot_requeue }) => cannot_requeue)).toEqual([
      'it is no record of a trainer',
      null,
      'no job has its job_id',
      'no job can be made of it: not JSON',
    ]);
    const requeue = (body: unknown) => post('/api/queue/dead/requeue', body);
    expect((await requeue({ id: dead.items[3]!.id })).body).toMatchObject({
      status: 422,
      code: 'ENTRY_UNUSABLE',
    });
    const { id } = dead.items[1]!;
    const answers = await Promise.all([requeue({ id }), requeue({ id }), requeue({ id })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    expect(await redis.lrange(keys.queue, 0, -1)).toEqual([wish]);
    expect(await redis.llen(keys.dead)).toBe(3);
  });

  test('takes all of them back that can be used', async () => {
    await redis.lpush(keys.dead, record('x'), record(wish), record(wish));
    const { body } = await post('/api/queue/dead/requeue', { all: true });
    expect(body).toMatchObject({ refused: [{ reason: 'no job can be made of it: not JSON' }] });
    expect(body['requeued']).toHaveLength(2);
    expect(await redis.lrange(keys.queue, 0, -1)).toEqual([wish, wish]);
    expect((await post('/api/queue/dead/requeue', { id: 'nope' })).status).toBe(404);
    expect((await post('/api/queue/dead/requeue', {})).status).toBe(400);
  });
});

describe('an Idempotency-Key', () => {
  const key = () => ({ 'idempotency-key': crypto.randomUUID() });
  const train = (
    headers: Record<string, string>,
    body: unknown = { strategy_type: 'lstm', symbol: 'GOOG' },
    at = url,
  ) =>
    fetch(`${at}/api/train`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const jobs = () => sql`SELECT FROM ml_training_jobs`;

  test('makes a request that comes again, also at once or elsewhere, one request with one answer', async () => {
    const other = await lab.startDashboard();
    const headers = key();
    const answers = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((i) => train(headers, undefined, i % 2 === 0 ? url : other)),
    );
    const done = answers.filter(({ status }) => status === 202);
    expect(done.length).toBeGreaterThan(0);
    for (const { status } of answers) expect([202, 409]).toContain(status);
    const again = await train(headers, undefined, other);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(again.headers.get('content-type')).toBe(done[0]!.headers.get('content-type'));
    expect(await again.json()).toEqual(await done[0]!.json());
    expect(await jobs()).toHaveLength(1);
    expect(await sql`SELECT FROM ml_training_runs`).toHaveLength(1);
  });

  test('with another request is refused, and so is one that is still worked on', async () => {
    const headers = key();
    expect((await train(headers)).status).toBe(202);
    const other = await train(headers, { strategy_type: 'lstm', symbol: 'SP500' });
    expect([other.status, await other.json()]).toMatchObject([422, { code: 'IDEMPOTENCY_KEY_REUSED' }]);
    await sql`UPDATE ml_training_requests SET status = NULL`;
    const early = await train(headers);
    expect([early.status, early.headers.get('retry-after'), await early.json()]).toMatchObject([
      409,
      '1',
      { code: 'IDEMPOTENCY_KEY_IN_USE' },
    ]);
    expect(await jobs()).toHaveLength(1);
  });

  test('whose work was cut off, or whose day is over, is begun again', async () => {
    const headers = key();
    await train(headers);
    await sql`UPDATE ml_training_requests SET status = NULL, created_at = now() - interval '2 minutes'`;
    expect((await train(headers)).headers.get('idempotency-replayed')).toBeNull();
    await sql`UPDATE ml_training_requests SET expires_at = now() - interval '1 s'`;
    expect((await train(headers)).headers.get('idempotency-replayed')).toBeNull();
    await sql`UPDATE ml_training_requests SET expires_at = now() - interval '1 s'`;
    await train(key());
    expect(await sql`SELECT FROM ml_training_requests`).toHaveLength(1);
  });

  test('keeps a refusal, and no key is kept of what was never begun', async () => {
    const { job_id } = await makeJob();
    const headers = key();
    const first = await post(`/api/jobs/${job_id}/retry`, {}, headers);
    await post(`/api/jobs/${job_id}/cancel`);
    expect(await post(`/api/jobs/${job_id}/retry`, {}, headers)).toEqual(first);
    expect(first.body).toMatchObject({ code: 'JOB_OPEN' });
    const wrong = key();
    expect((await train(wrong, { strategy_type: 'svm' })).status).toBe(400);
    expect((await train(wrong)).status).toBe(202);
    expect((await train({ 'idempotency-key': 'two words' })).status).toBe(400);
  });
});
