// The job protocol against real servers: what each step promises, whoever else does what at the same time.
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  acknowledge,
  bury,
  claimJob,
  completeJob,
  createRun,
  createTickJob,
  exchange,
  failJob,
  jobEntry,
  keys,
  migrate,
  noteEpochs,
  pushJobs,
  reconcile,
  releaseJob,
  renewLease,
  take,
  type Claim,
  type Job,
  type Pair,
  type Registration,
} from '../src/index.ts';
import { startLab } from './lab.ts';

const { sql, redis } = await startLab('protocol test', { max: 20 });

beforeEach(async () => {
  await sql`TRUNCATE ml_training_runs, ml_training_jobs, ml_model_registry, ml_training_epochs,
    ml_training_recoveries CASCADE`;
  await redis.flushall();
});

const lstm = (symbol: string): Pair => ({ strategy_type: 'lstm', symbol });
const request = (pairs: readonly Pair[]) => ({
  trigger: 'manual' as const,
  pairs,
  skipped: [],
  maxAttempts: 3,
});
const makeJobs = async (...symbols: string[]) => (await createRun(sql, request(symbols.map(lstm))))!.jobs;
const makeJob = async (symbol: string) => (await makeJobs(symbol))[0]!;
const claim = (
  jobId: string,
  options: { max?: number; lease?: number; trainer?: string; token?: string } = {},
) =>
  claimJob(sql, {
    jobId,
    trainerId: options.trainer ?? 'trainer-a',
    maxRunning: options.max ?? 100,
    leaseSeconds: options.lease ?? 30,
    token: options.token ?? crypto.randomUUID(),
  });
const claimed = async (jobId: string, options: Parameters<typeof claim>[1] = {}): Promise<Claim> => {
  const taken = await claim(jobId, options);
  if (taken.outcome !== 'claimed') throw new Error(`the job was not claimed: ${taken.outcome}`);
  return taken.claim;
};
const job = async (jobId: string): Promise<Job> => {
  const [row] = await sql<Job[]>`SELECT * FROM ml_training_jobs WHERE job_id = ${jobId}`;
  return row!;
};
const endLease = (jobId: string) =>
  sql`UPDATE ml_training_jobs SET lease_expires_at = now() - interval '1 second' WHERE job_id = ${jobId}`;
const queued = () => redis.lrange(keys.queue, 0, -1);

let made = 0;
const model = (over: Partial<Registration> = {}): Registration => ({
  model_id: crypto.randomUUID(),
  symbol: 'GOOG',
  file_path: `models/lstm/GOOG/model_20240101_${String((made += 1)).padStart(6, '0')}.pkl`,
  sha256: 'a'.repeat(64),
  size_bytes: 1000,
  parent_model_id: null,
  metrics: { accuracy: 0.5 },
  decision: 'the first',
  promote: true,
  champion_id: null,
  data_from: '2024-01-01T00:00:00.000Z',
  data_to: '2024-02-01T00:00:00.000Z',
  data_sha256: 'b'.repeat(64),
  params: {},
  ...over,
});

describe('a run', () => {
  test('has one job a pair, and a tick has one run however many schedulers start it', async () => {
    const scheduledFor = new Date('2024-01-01T02:00:00Z');
    const runs = await Promise.all(
      Array.from({ length: 20 }, () =>
        createRun(sql, { ...request([lstm('GOOG'), lstm('SP500')]), trigger: 'schedule', scheduledFor }),
      ),
    );
    expect(runs.filter((run) => run !== null)).toHaveLength(1);
    expect(await sql`SELECT symbol FROM ml_training_jobs ORDER BY symbol`).toEqual([
      { symbol: 'GOOG' },
      { symbol: 'SP500' },
    ]);
  });

  test('of an older tick than the last one is refused', async () => {
    await createRun(sql, {
      ...request([]),
      trigger: 'schedule',
      scheduledFor: new Date('2024-01-01T14:00:00Z'),
    });
    const older = {
      ...request([lstm('GOOG')]),
      trigger: 'schedule' as const,
      scheduledFor: new Date('2024-01-01T02:00:00Z'),
    };
    expect(await createRun(sql, older)).toBeNull();
  });

  test('passes over a pair whose job is open, and says so', async () => {
    await makeJobs('GOOG');
    const second = await createRun(sql, request([lstm('GOOG'), lstm('SP500')]));
    expect(second!.jobs).toMatchObject([{ symbol: 'SP500' }]);
    expect(second!.skipped).toEqual([{ ...lstm('GOOG'), reason: 'its last job is still queued or running' }]);
  });
});

describe("a wish's row", () => {
  const wish = (symbol: string) => ({ job_id: crypto.randomUUID(), ...lstm(symbol) });

  test('is made once under its id, also when asked for again, and when its job is over', async () => {
    const one = wish('GOOG');
    expect(await createTickJob(sql, one, 3)).toBe(true);
    expect(await createTickJob(sql, one, 3)).toBe(true);
    await sql`UPDATE ml_training_jobs SET status = 'completed'`;
    expect(await createTickJob(sql, one, 3)).toBe(true);
    expect(await sql`SELECT job_id, trigger, max_attempts FROM ml_training_jobs`).toEqual([
      { job_id: one.job_id, trigger: 'tick', max_attempts: 3 },
    ]);
  });

  test('is not made while another job of the pair is open', async () => {
    await makeJobs('GOOG');
    expect(await createTickJob(sql, wish('GOOG'), 3)).toBe(false);
    expect(await createTickJob(sql, wish('SP500'), 3)).toBe(true);
  });

  test('of many wishes for a pair at once is made of one', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => createTickJob(sql, wish('GOOG'), 3)));
    expect(made.filter(Boolean)).toHaveLength(1);
  });
});

test('a taken entry is exchanged for another once, and forgotten under either name', async () => {
  const [raw, named] = [Buffer.from('raw'), Buffer.from('named')];
  const holds = () => redis.lrange(keys.processing('trainer-a'), 0, -1);
  await redis.lpush(keys.processing('trainer-a'), 'raw', 'other');
  expect(await exchange(redis, 'trainer-a', raw, named)).toBe(true);
  expect(await holds()).toEqual(['other', 'named']);
  expect(await exchange(redis, 'trainer-a', raw, named)).toBe(false);
  await acknowledge(redis, 'trainer-a', named, raw);
  expect(await holds()).toEqual(['other']);
  await redis.rpush(keys.processing('trainer-a'), 'raw');
  await acknowledge(redis, 'trainer-a', named, raw);
  expect(await holds()).toEqual(['other']);
});

describe('jobs over all symbols', () => {
  const allSymbols = { strategy_type: 'ensemble', symbol: '@ALL' } as const;

  test('are of @ALL, also where a fleet of before wrote ALL; a ticker ALL stays one', async () => {
    await sql`DROP TRIGGER ml_training_jobs_all_symbols ON ml_training_jobs`;
    await sql`DROP FUNCTION ml_training_jobs_all_symbols`;
    await sql`DELETE FROM ml_training_migrations WHERE name = '007_all_symbols.sql'`;
    const note = (strategy_type: string, symbol: string) => ({ strategy_type, symbol, reason: 'r' });
    await createRun(sql, {
      ...request([{ strategy_type: 'ensemble', symbol: 'ALL' }, lstm('ALL')]),
      skipped: [note('lstm', 'ALL'), note('ensemble', 'ALL'), note('rl', 'GOOG')] as never,
    });
    await migrate(sql);
    expect(await sql`SELECT strategy_type, symbol FROM ml_training_jobs ORDER BY 1`).toEqual([
      allSymbols,
      lstm('ALL'),
    ]);
    expect(await sql`SELECT skipped FROM ml_training_runs`).toEqual([
      { skipped: [note('lstm', 'ALL'), note('ensemble', '@ALL'), note('rl', 'GOOG')] },
    ]);
  });

  test('are open once a time, also beside a service of before that still says ALL', async () => {
    expect((await createRun(sql, request([allSymbols])))?.jobs).toHaveLength(1);
    const older = await createRun(sql, request([{ strategy_type: 'ensemble', symbol: 'ALL' }]));
    expect(older?.jobs).toEqual([]);
    await sql`UPDATE ml_training_jobs SET status = 'failed'`;
    const again = await createRun(sql, request([{ strategy_type: 'ensemble', symbol: 'ALL' }]));
    expect(again?.jobs).toMatchObject([allSymbols]);
  });

  test('whose entry is spelled as before are not pushed a second time', async () => {
    const [made] = (await createRun(sql, request([allSymbols])))!.jobs;
    await redis.lpush(keys.queue, jobEntry({ ...made!, symbol: 'ALL' }));
    expect(await reconcile(sql, redis)).toMatchObject({ pushed: 0 });
  });
});

describe('a claim', () => {
  test('is granted to no more than the maximum, however many ask at once', async () => {
    const jobs = await makeJobs(...Array.from({ length: 60 }, (_, i) => `S${i}`));
    const outcomes = await Promise.all(jobs.map(({ job_id }) => claim(job_id, { max: 3 })));
    expect(outcomes.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(3);
    expect(outcomes.filter(({ outcome }) => outcome === 'no_room')).toHaveLength(57);
  });

  test('of one job is granted once', async () => {
    const { job_id } = await makeJob('GOOG');
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => claim(job_id)));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      'claimed',
      ...Array<string>(9).fill('over'),
    ]);
  });

  test('of an unknown job, or one that waits for its retry, is refused', async () => {
    expect(await claim(crypto.randomUUID())).toEqual({ outcome: 'missing' });
    const { job_id } = await makeJob('GOOG');
    await failJob(sql, await claimed(job_id), { code: 'X', message: 'x', retryable: true });
    expect(await claim(job_id)).toEqual({ outcome: 'not_due' });
  });

  test('whose answer was lost is repeated: one attempt, one place, and the lease begins again', async () => {
    const { job_id } = await makeJob('GOOG');
    const token = crypto.randomUUID();
    await claim(job_id, { max: 1, token, lease: 5 });
    const again = await claimed(job_id, { max: 1, token, lease: 500 });
    expect(again).toMatchObject({ attempt: 1, token });
    expect(await renewLease(sql, again, 30, { fraction: 0, stage: null })).toBe(true);
    expect(await claim(job_id, { max: 1 })).toEqual({ outcome: 'over' });
  });

  test('takes the place of a job whose lease is over, and that one is queued again', async () => {
    const [first, second] = [await makeJob('A'), await makeJob('B')];
    await claimed(first.job_id, { max: 1 });
    expect(await claim(second.job_id, { max: 1 })).toEqual({ outcome: 'no_room' });
    await endLease(first.job_id);
    await claimed(second.job_id, { max: 1 });
    expect(await job(first.job_id)).toMatchObject({
      status: 'queued',
      attempt: 1,
      error_code: 'TRAINER_DIED',
    });
  });
});

describe('a trainer that lost its lease', () => {
  test('can not renew, complete, fail, hand back or add to the curves of a job that another one runs', async () => {
    const { job_id } = await makeJob('GOOG');
    const stale = await claimed(job_id);
    await endLease(job_id);
    await reconcile(sql, redis);
    await claimed(job_id, { trainer: 'trainer-b' });

    expect(await renewLease(sql, stale, 30, { fraction: 0.9, stage: 'late' })).toBe(false);
    expect(await completeJob(sql, stale, {}, [model()])).toBe(false);
    expect(await failJob(sql, stale, { code: 'X', message: 'x', retryable: false })).toBeNull();
    expect(await releaseJob(sql, stale)).toBe(false);
    await noteEpochs(sql, stale, [{ step: 1, name: 'loss', value: 1 }]);

    expect(await job(job_id)).toMatchObject({
      status: 'running',
      trainer_id: 'trainer-b',
      attempt: 2,
      progress: 0,
    });
    expect(await sql`SELECT FROM ml_model_registry`).toHaveLength(0);
    expect(await sql`SELECT FROM ml_training_epochs`).toHaveLength(0);
  });
});

describe('a completion', () => {
  test('registers its models once, also when it is repeated', async () => {
    const { job_id } = await makeJob('GOOG');
    const own = await claimed(job_id);
    const models = [model()];
    expect(await completeJob(sql, own, { seconds: 1 }, models)).toBe(true);
    expect(await completeJob(sql, own, { seconds: 1 }, models)).toBe(true);
    expect(await sql`SELECT is_active FROM ml_model_registry`).toEqual([{ is_active: true }]);
    expect(await job(job_id)).toMatchObject({ status: 'completed', progress: 1 });
  });

  test('switches the active model, and leaves one active', async () => {
    const champion = model();
    const challenger = model({ champion_id: champion.model_id });
    for (const next of [champion, challenger]) {
      const { job_id } = await makeJob('GOOG');
      await completeJob(sql, await claimed(job_id), {}, [next]);
    }
    expect(await sql`SELECT model_id FROM ml_model_registry WHERE is_active`).toEqual([
      { model_id: challenger.model_id },
    ]);
  });

  test('does not promote a model that was judged against another champion than the present one', async () => {
    const champion = model();
    for (const next of [champion, model({ champion_id: null, decision: 'better' })]) {
      const { job_id } = await makeJob('GOOG');
      await completeJob(sql, await claimed(job_id), {}, [next]);
    }
    expect(await sql`SELECT model_id FROM ml_model_registry WHERE is_active`).toEqual([
      { model_id: champion.model_id },
    ]);
    const [refused] = await sql<
      [{ decision: string }]
    >`SELECT decision FROM ml_model_registry WHERE NOT is_active`;
    expect(refused.decision).toBe(
      'not promoted: another model became active while this one was trained; better',
    );
  });

  test('promotes one whose champion was taken out of use meanwhile', async () => {
    const champion = model();
    const { job_id } = await makeJob('GOOG');
    await completeJob(sql, await claimed(job_id), {}, [champion]);
    const { job_id: next } = await makeJob('GOOG');
    const claim = await claimed(next);
    await sql`SELECT ml_model_deactivate(${champion.model_id}, 'worse than it may be')`;
    const candidate = model({ champion_id: champion.model_id, decision: 'better' });
    await completeJob(sql, claim, {}, [candidate]);
    expect(await sql`SELECT model_id, decision FROM ml_model_registry WHERE is_active`).toEqual([
      { model_id: candidate.model_id, decision: 'better' },
    ]);
  });
});

describe('an attempt that failed', () => {
  test('is tried again later, until its attempts are used up', async () => {
    const { job_id } = await makeJob('GOOG');
    for (const outcome of ['queued', 'queued', 'failed'] as const) {
      expect(
        await failJob(sql, await claimed(job_id), { code: 'X', message: 'no luck', retryable: true }),
      ).toBe(outcome);
      await sql`UPDATE ml_training_jobs SET retry_at = NULL WHERE job_id = ${job_id}`;
    }
    expect(await job(job_id)).toMatchObject({ status: 'failed', attempt: 3, error_message: 'no luck' });
  });

  test('is not tried again when it can not succeed', async () => {
    const { job_id } = await makeJob('GOOG');
    const failure = { code: 'TOO_FEW_BARS', message: 'GOOG has 10 bars', retryable: false };
    expect(await failJob(sql, await claimed(job_id), failure)).toBe('failed');
  });

  test('is not counted when the infrastructure was at fault, however often; the row says so', async () => {
    const { job_id } = await makeJob('GOOG');
    const failure = { code: 'DISK_FULL', message: 'no room', retryable: true, infrastructure: true };
    let waits = 0;
    for (let times = 1; times <= 5; times++) {
      expect(await failJob(sql, await claimed(job_id), failure)).toBe('postponed');
      const row = await job(job_id);
      expect(row).toMatchObject({ status: 'queued', attempt: 0, postponed: times, error_code: 'DISK_FULL' });
      expect(row.error_message).toMatch(
        times === 1 ? /put off once\): no room$/ : new RegExp(`put off ${times} times\\): no room$`),
      );
      // Up to half is taken off at random, so only twice as much is more for certain.
      expect(row.retry_at!.getTime() - Date.now()).toBeGreaterThan(waits / 2 - 1000);
      waits = row.retry_at!.getTime() - Date.now();
      await sql`UPDATE ml_training_jobs SET retry_at = NULL WHERE job_id = ${job_id}`;
    }
    await completeJob(sql, await claimed(job_id), {}, [model()]);
    expect(await job(job_id)).toMatchObject({ status: 'completed', attempt: 1, error_message: null });
  });

  test('is not counted when its trainer stopped and handed it back', async () => {
    const { job_id } = await makeJob('GOOG');
    expect(await releaseJob(sql, await claimed(job_id))).toBe(true);
    expect(await job(job_id)).toMatchObject({ status: 'queued', attempt: 0 });
    expect((await claimed(job_id)).attempt).toBe(1);
  });

  test('whose trainer died on the last one is failed, with a message that says what happened', async () => {
    const { job_id } = await makeJob('GOOG');
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await claimed(job_id);
      await endLease(job_id);
      await reconcile(sql, redis);
    }
    const { status, error_message } = await job(job_id);
    expect(status).toBe('failed');
    expect(error_message).toMatch(/^trainer trainer-a stopped renewing its lease during attempt 3 of 3/);
  });
});

describe('the reconciler', () => {
  test('rebuilds the queue from the rows, without doubling what is there', async () => {
    const jobs = await makeJobs('A', 'B', 'C');
    await pushJobs(redis, jobs);
    expect((await reconcile(sql, redis)).pushed).toBe(0);
    await redis.flushall();
    const [one, two] = await Promise.all([reconcile(sql, redis), reconcile(sql, redis)]);
    expect(one.pushed + two.pushed).toBe(3);
    expect((await queued()).sort()).toEqual(jobs.map(jobEntry).sort());
  });

  test('leaves a job that waits for its retry out of the queue until it is due', async () => {
    const { job_id } = await makeJob('GOOG');
    await failJob(sql, await claimed(job_id), { code: 'X', message: 'x', retryable: true });
    await reconcile(sql, redis);
    expect(await queued()).toEqual([]);
    await sql`UPDATE ml_training_jobs SET retry_at = now() - interval '1 second'`;
    await reconcile(sql, redis);
    expect(await queued()).toHaveLength(1);
  });

  test('puts back what a trainer that is gone had taken', async () => {
    const jobs = await makeJobs('A');
    await pushJobs(redis, jobs);
    expect(String(await take(redis, 'gone', 1))).toBe(jobEntry(jobs[0]!));
    // A wish has no row yet: only this brings it back.
    await redis.lpush(keys.processing('gone'), '{"strategy_type":"rl","symbol":"B"}');
    expect((await reconcile(sql, redis)).returned).toBe(2);
    expect(await redis.exists(keys.processing('gone'))).toBe(0);
    expect(await queued()).toHaveLength(2);
  });

  test('counts what it put right, by reason', async () => {
    await makeJobs('A', 'B');
    await reconcile(sql, redis);
    expect(await sql`SELECT reason, count::int FROM ml_training_recoveries`).toEqual([
      { reason: 'not_in_queue', count: 2 },
    ]);
  });

  test('and whoever claims a job count together what they recover', async () => {
    const [first, second] = [await makeJob('A'), await makeJob('B')];
    await claimed(first.job_id);
    await endLease(first.job_id);
    await claimed(second.job_id);
    await endLease(second.job_id);
    await reconcile(sql, redis);
    expect(await sql`SELECT count::int FROM ml_training_recoveries WHERE reason = 'lease_over'`).toEqual([
      { count: 2 },
    ]);
  });
});

test('an entry whose take lost its reply comes first at the next take', async () => {
  await redis.lpush(keys.queue, 'second');
  await redis.lpush(keys.processing('trainer-a'), 'first');
  expect(String(await take(redis, 'trainer-a', 1))).toBe('first');
});

test('bytes that are no text are buried like any garbage', async () => {
  await redis.lpush(keys.queue, Buffer.from([0x80, 0x04, 0x95, 0xff]));
  const entry = (await take(redis, 'trainer-a', 1))!;
  await bury(redis, 'trainer-a', entry, 'not JSON');
  expect(await redis.exists(keys.processing('trainer-a'))).toBe(0);
  expect(await redis.llen(keys.dead)).toBe(1);
});

test('a NUL in an error message does not keep a job from being failed', async () => {
  const { job_id } = await makeJob('GOOG');
  const failure = { code: 'X', message: 'bad byte \0 in a name', retryable: false };
  expect(await failJob(sql, await claimed(job_id), failure)).toBe('failed');
});
