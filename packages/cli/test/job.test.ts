// ml jobs by any filter, ml job, cancel, retry and queue, as a process against real servers.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { claimJob, failJob, jobEntry, keys, noteLogLines, type Claim } from '@ml-training/core';
import { startLab } from './ml.ts';

const lab = await startLab();
const { sql, redis, ml } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());

const made = async (strategy: 'lstm' | 'rl', symbol: string, id = crypto.randomUUID()): Promise<string> => {
  await sql`
    INSERT INTO ml_training_jobs (job_id, strategy_type, symbol, trigger, max_attempts) VALUES (${id}, ${strategy}, ${symbol}, 'manual', 3)`;
  await redis.lpush(keys.queue, jobEntry({ job_id: id, strategy_type: strategy, symbol }));
  return id;
};
const claimed = async (jobId: string): Promise<Claim> => {
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
const failed = async (symbol: string, code = 'TOO_FEW_BARS'): Promise<string> => {
  const id = await made('lstm', symbol);
  const claim = await claimed(id);
  await noteLogLines(sql, claim, [
    { seq: 1, at: new Date(), level: 'info', message: 'reads bars', facts: { n: 3 } },
  ]);
  await failJob(sql, claim, { code, message: `${symbol} has 3 bars`, retryable: false });
  return id;
};
const nobody = crypto.randomUUID();

test('jobs are found by each filter, and what can be no filter is refused', async () => {
  await failed('GOOG');
  await failed('MSFT', 'LEAK');
  await made('rl', 'GOOG');
  const symbols = async (...args: string[]): Promise<string[]> => {
    const { out } = await ml(['jobs', '--json', ...args]);
    return (JSON.parse(out) as { strategy_type: string; symbol: string }[]).map(
      (job) => `${job.strategy_type} ${job.symbol}`,
    );
  };
  expect(await symbols('--symbol', 'GOOG')).toEqual(['rl GOOG', 'lstm GOOG']);
  expect(await symbols('--status', 'failed', 'cancelled', '--error', 'leak')).toEqual(['lstm MSFT']);
  expect(await symbols('--strategy', 'rl', '--trigger', 'manual', '--since', '1h')).toEqual(['rl GOOG']);
  expect(await symbols('--until', '2001-01-01')).toEqual([]);
  expect((await ml(['jobs', '--symbol', 'NOPE'])).out).toBe('No job fits.\n');
  for (const [args, message] of [
    [['--strategy', 'svm'], /"svm" is no strategy/],
    [['--trigger', 'bot'], /--trigger is "bot", but must be one of schedule, manual, tick/],
    [['--since', 'yesterday'], /--since is "yesterday", but must be a time/],
    [['--run', '12'], /--run is "12", but must be a run_id/],
  ] as const) {
    const { code, err } = await ml(['jobs', ...args]);
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  }
});

test('a job is shown with its attempts, what to do about its error, and its log lines', async () => {
  const id = await failed('GOOG');
  const { code, out } = await ml(['job', id.slice(0, 8), '--logs']);
  expect(code).toBe(0);
  for (const word of [
    'lstm GOOG',
    id,
    'TOO_FEW_BARS: GOOG has 3 bars',
    'The symbol needs more bars',
    't-1',
    'reads bars {"n":3}',
  ])
    expect(out).toContain(word);
  expect(JSON.parse((await ml(['job', id, '--json'])).out)).toMatchObject({
    job_id: id,
    attempts: [{ outcome: 'failed' }],
    cannot_retry: null,
    cannot_cancel: 'it is failed already',
    logs: null,
  });
  expect((await ml(['job', 'xyz'])).err).toMatch(/"xyz" is no job_id/);
  expect((await ml(['job', nobody])).err).toMatch(/no job_id begins with/);
  await made('lstm', 'A', 'abcd0000-0000-4000-8000-000000000001');
  await made('lstm', 'B', 'abcd0000-0000-4000-8000-000000000002');
  expect((await ml(['job', 'abcd'])).err).toMatch(/several job_ids begin with abcd[^]*lstm A[^]*/);
});

test('a job is cancelled and tried again, and what can not be is said', async () => {
  await lab.addBars('GOOG', 200);
  const id = await made('lstm', 'GOOG');
  expect((await ml(['retry', id])).err).toMatch(/is still queued: wait for it, or "ml cancel/);
  expect((await ml(['cancel', id.slice(0, 8)])).out).toMatch(/^lstm GOOG \w{8} is cancelled\.\n$/);
  expect(await redis.llen(keys.queue)).toBe(0);
  expect(JSON.parse((await ml(['cancel', id, '--json'])).out)).toEqual({
    job_id: id,
    outcome: 'already',
    was: 'cancelled',
  });
  const { out } = await ml(['retry', id, '--json']);
  const next = (JSON.parse(out) as { job_id: string; retry_of: string }).job_id;
  expect(JSON.parse(out)).toMatchObject({ retry_of: id, symbol: 'GOOG' });
  const again = await ml(['retry', id]);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining(next)]);
  await claimed(next);
  expect((await ml(['cancel', next])).out).toMatch(/is cancelled; its training is being stopped/);
});

test('a job is cancelled also while Redis is away', async () => {
  const id = await made('lstm', 'GOOG');
  const { code, out, err } = await ml(['cancel', id], { REDIS_URL: 'redis://127.0.0.1:1' });
  expect([code, out]).toEqual([0, expect.stringMatching(/is cancelled/)]);
  expect(err).toMatch(/a trainer drops the entry/);
});

test('the queue shows what is taken next and why, and when all of it is done', async () => {
  const id = await made('lstm', 'GOOG');
  await redis.lpush(keys.queue, '{"strategy_type":"rl","symbol":"SP500"}');
  const [next] = (await ml(['queue'])).out.match(/^next .*\n.*\n.*$/m) ?? [];
  expect(next?.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['next', 'strategy', 'symbol', 'job', 'why'],
    ['1', 'rl', 'SP500', 'a bot asks for it'],
    ['2', 'lstm', 'GOOG', id, 'somebody asked for it'],
  ]);
  expect((await ml(['queue'])).out).toContain('When it is done is not known before a training of these is.');
  await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, started_at, completed_at)
    VALUES ('lstm', 'OLD', 'completed', 'manual', 1, now() - interval '1 minute', now())`;
  expect((await ml(['queue'])).out).toMatch(/^Done at \d{4}-\d\d-\d\d .* UTC or later/m);
  const shown = JSON.parse((await ml(['queue', '--json'])).out) as object;
  expect(shown).toMatchObject({
    next: [{ job_id: null }, { job_id: id, why: 'somebody asked for it' }],
    estimate: { trainers: 3, too_long: false, unmeasured: [] },
  });
});

test('the queue shows what waits, what is held and what is dead, which is put back by its id, or all', async () => {
  const id = await made('lstm', 'GOOG');
  await redis.lpush(keys.processing('t-9'), jobEntry({ job_id: id, strategy_type: 'lstm', symbol: 'GOOG' }));
  const wish = '{"strategy_type":"rl","symbol":"GOOG"}';
  const record = (payload: string) =>
    JSON.stringify({ at: '2026-01-01T00:00:00.000Z', reason: 'too few bars', payload });
  await redis.lpush(keys.dead, record('junk'), record(wish));
  const { out } = await ml(['queue']);
  for (const word of ['lstm', '1 entry in ml_training_queue', 't-9', 'too few bars', wish, 'not JSON'])
    expect(out).toContain(word);
  const { dead } = JSON.parse((await ml(['queue', '--json'])).out) as { dead: { items: { id: string }[] } };
  expect((await ml(['queue', 'requeue', dead.items[0]!.id])).out).toBe('1 entry put back.\n');
  expect(await redis.lrange(keys.queue, 0, 0)).toEqual([wish]);
  const again = await ml(['queue', 'requeue', dead.items[0]!.id]);
  expect([again.code, again.err]).toEqual([1, expect.stringMatching(/no dead entry has the id/)]);
  const all = await ml(['queue', 'requeue', 'all']);
  expect([all.code, all.err]).toEqual([
    1,
    expect.stringMatching(/stays: no job can be made of it: not JSON/),
  ]);
  expect((await ml(['queue', 'requeue'])).err).toMatch(/which entry\?/);
  expect((await ml(['queue', 'empty'])).err).toMatch(/nothing to do with the queue/);
});
