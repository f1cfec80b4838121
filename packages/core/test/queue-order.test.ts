// In which order entries are taken: wishes, then what somebody asked for, then the schedule's, whoever pushed
// them when; and no entry is lost or doubled by it.
import { randomInt } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  acknowledge,
  createRun,
  jobEntry,
  keys,
  nextEntries,
  pushJobs,
  putInOrder,
  reconcile,
  take,
  wishEntry,
  type JobTrigger,
} from '../src/index.ts';
import { urgencyOf } from '../src/queue/payload.ts';
import { startLab } from './lab.ts';

const { sql, redis } = await startLab('queue order test');
beforeEach(async () => {
  await sql`TRUNCATE ml_training_runs, ml_training_jobs CASCADE`;
  await redis.flushall();
});

const entry = (symbol: string, trigger: JobTrigger = 'schedule'): string =>
  jobEntry({ job_id: crypto.randomUUID(), strategy_type: 'lstm', symbol, trigger });
const wish = (symbol: string): string => JSON.stringify({ strategy_type: 'lstm', symbol });
const symbolOf = (text: string): string =>
  text.startsWith('{') ? (JSON.parse(text) as { symbol: string }).symbol : text;
/** As they would be taken. */
const queued = async (): Promise<string[]> => (await redis.lrange(keys.queue, 0, -1)).reverse().map(symbolOf);
/** What a trainer gets, one after the other. */
const taken = async (count = Infinity): Promise<string[]> => {
  const got: string[] = [];
  while (got.length < count && (await redis.llen(keys.queue)) > 0) {
    const next = (await take(redis, 'trainer-a', 1))!;
    await acknowledge(redis, 'trainer-a', next);
    got.push(symbolOf(String(next)));
  }
  return got;
};
const makeRun = async (trigger: 'schedule' | 'manual', symbols: readonly string[]) =>
  (await createRun(sql, {
    trigger,
    pairs: symbols.map((symbol) => ({ strategy_type: 'lstm', symbol })),
    skipped: [],
    maxAttempts: 3,
  }))!.jobs;

describe('a take', () => {
  test('gives wishes before what waits, those that came first first', async () => {
    await redis.lpush(keys.queue, entry('A'), entry('B'), wish('V'), wish('W'));
    expect(await taken(1)).toEqual(['V']);
    await redis.lpush(keys.queue, wish('X'));
    expect(await taken()).toEqual(['W', 'X', 'A', 'B']);
  });

  test('gives wishes before what somebody asked for, and leaves that in its order', async () => {
    await redis.lpush(keys.queue, entry('A', 'manual'), entry('B', 'manual'), wish('W'), 'no entry');
    expect(await taken()).toEqual(['W', 'no entry', 'A', 'B']);
  });

  test('gives what its trainer holds already, as it is, before any wish', async () => {
    await redis.lpush(keys.processing('trainer-a'), Buffer.from([0x80, 0xff]));
    await redis.lpush(keys.queue, entry('A'), wish('W'));
    expect(await take(redis, 'trainer-a', 1)).toEqual(Buffer.from([0x80, 0xff]));
    expect(await queued()).toEqual(['A', 'W']);
  });

  test('looks at few entries of a long queue', async () => {
    await redis.lpush(keys.queue, ...Array.from({ length: 20_000 }, (_, i) => entry(`S${i}`)));
    await redis.lpush(keys.queue, wish('W'));
    await redis.config('RESETSTAT');
    expect(await taken(2)).toEqual(['W', 'S0']);
    const stats = await redis.info('commandstats');
    const reads = Number(/cmdstat_lrange:calls=(\d+)/.exec(stats)?.[1]);
    expect(reads).toBe(2);
  });
});

describe('jobs that are pushed', () => {
  test('go behind what is as urgent and before what is less', async () => {
    await pushJobs(redis, await makeRun('schedule', ['A', 'B']));
    await redis.lpush(keys.queue, wish('W'));
    await pushJobs(redis, await makeRun('manual', ['M', 'N']));
    expect(await queued()).toEqual(['W', 'M', 'N', 'A', 'B']);
    await redis.lpush(keys.queue, wish('X'));
    await pushJobs(redis, await makeRun('manual', ['O']));
    await pushJobs(redis, await makeRun('schedule', ['C']));
    expect(await queued()).toEqual(['W', 'X', 'M', 'N', 'O', 'A', 'B', 'C']);
  });

  test('are rebuilt in their order when the queue was lost', async () => {
    const jobs = [...(await makeRun('schedule', ['B', 'C', 'A'])), ...(await makeRun('manual', ['Z', 'Y']))];
    await reconcile(sql, redis);
    expect(await queued()).toEqual(['Z', 'Y', 'B', 'C', 'A']);
    await reconcile(sql, redis);
    expect((await redis.lrange(keys.queue, 0, -1)).sort()).toEqual(jobs.map(jobEntry).sort());
  });

  test('do not keep a wish back that others pushed before: the reconciler sees to it', async () => {
    const jobs = await makeRun('schedule', ['A', 'B']);
    await redis.lpush(keys.queue, jobEntry(jobs[0]!), wish('W'), jobEntry(jobs[1]!));
    await reconcile(sql, redis);
    expect(await queued()).toEqual(['W', 'A', 'B']);
  });

  test('that a bot has wished for since are not pushed a second time', async () => {
    const [job] = await makeRun('schedule', ['A']);
    await redis.lpush(keys.queue, jobEntry({ ...job!, trigger: 'tick' }));
    expect((await reconcile(sql, redis)).pushed).toBe(0);
  });
});

test('any queue is put in order without a loss, those of one kind as they came', async () => {
  const kinds = [
    (name: string) => entry(name),
    (name: string) => entry(name, 'manual'),
    (name: string) => entry(name, 'tick'),
    wish,
    (name: string) => wishEntry({ job_id: crypto.randomUUID(), strategy_type: 'lstm', symbol: name }),
    (name: string) => name,
  ];
  for (const length of [0, 1, 2, 10, 999, 1000, 1001, 2500]) {
    await redis.flushall();
    const entries = Array.from({ length }, (_, i) => kinds[randomInt(kinds.length)]!(`S${i % 7}`));
    if (length > 0) await redis.lpush(keys.queue, ...entries);
    await putInOrder(redis);
    const now = (await redis.lrange(keys.queue, 0, -1)).reverse();
    expect(now).toEqual(entries.toSorted((a, b) => urgencyOf(a) - urgencyOf(b)));
  }
});

test('what is taken next is shown in that order, with the reason, also before anybody has moved it', async () => {
  await pushJobs(redis, await makeRun('schedule', ['A', 'B']));
  await pushJobs(redis, await makeRun('manual', ['M']));
  await redis.lpush(keys.queue, wish('W'), 'no entry');
  await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, completed_at)
    VALUES ('lstm', 'B', 'completed', 'schedule', 1, '2024-05-06T07:08Z')`;
  expect((await nextEntries(sql, redis, 4)).map(({ symbol, why }) => [symbol, why])).toEqual([
    ['W', 'a bot asks for it'],
    [null, 'no job can be made of it: not JSON'],
    ['M', 'somebody asked for it'],
    ['A', 'the schedule; never trained'],
  ]);
  expect((await nextEntries(sql, redis, 9)).at(-1)).toMatchObject({
    symbol: 'B',
    why: 'the schedule; last trained 2024-05-06 07:08 UTC',
  });
});
