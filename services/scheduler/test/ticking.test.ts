// Which ticks are due when clocks and schedules change: the database's clock decides.
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createRun } from '@ml-training/core';
import { createLook } from '../src/ticking.ts';
import { startLab } from './lab.ts';

const lab = await startLab();
const { sql } = lab;
afterAll(() => lab.end());
afterEach(() => void jest.useRealTimers());

const utc = (cron: string) => ({ cron, timezone: 'UTC' });
/** At any instant the newest tick of these is due, less than a minute or some minutes after it came. */
const [everyMinute, everyTwo] = [utc('* * * * *'), utc('*/2 * * * *')];

/** The look of a scheduler that has just been started. */
const scheduler = (when = everyMinute) => {
  const look = createLook(lab.context({ TRAINING_STRATEGIES: 'lstm' }), when);
  return () => look(sql);
};
const runAt = async (scheduledFor: Date) => {
  await createRun(sql, { trigger: 'schedule', scheduledFor, pairs: [], skipped: [], maxAttempts: 1 });
};
const inSeconds = (seconds: number): Date => new Date(Date.now() + 1000 * seconds);
/** Scheduled runs of ticks that have come. */
const runs = async (): Promise<number> =>
  (await sql`SELECT FROM ml_training_runs WHERE scheduled_for <= now()`).length;
const said = (what: RegExp) => lab.lines.filter((line) => what.test(line.message));
/** Makes the database remember a schedule that held since, and was last looked at, so many seconds ago. */
const remember = (
  { cron, timezone }: { cron: string; timezone: string },
  since: number,
  lookedAt: number,
) => sql`
  INSERT INTO ml_training_schedules VALUES (${cron}, ${timezone}, ${inSeconds(-since)},
    ${inSeconds(-lookedAt)})`;

const [hour, day, year] = [3600, 86_400, 365 * 86_400];

beforeEach(async () => {
  await lab.reset();
  await lab.addBars({ GOOG: 120 });
  await sql`UPDATE ml_training_migrations SET applied_at = '2024-01-01T10:00Z'`;
});

describe('a clock that was ahead', () => {
  test.each([
    ['a minute', 90],
    ['an hour', hour],
    ['a year', year],
  ])('by %s holds nothing up, and is told of once', async (_, seconds) => {
    await runAt(inSeconds(seconds));
    const look = scheduler();
    await look();
    await look();
    expect(await runs()).toBeGreaterThan(0);
    expect(said(/^run started$/).length).toBeGreaterThan(0);
    expect(said(/yet to come/)).toMatchObject([
      { level: 'warn', runs: 1, advice: expect.stringContaining('scheduled_for = NULL') },
    ]);
  });

  test('is told of again when it was ahead once more, further', async () => {
    const look = scheduler();
    await runAt(inSeconds(day));
    await look();
    await runAt(inSeconds(2 * day));
    await look();
    await look();
    expect(said(/yet to come/)).toMatchObject([{ runs: 1 }, { runs: 2 }]);
  });

  test('when the schedule was first seen, does not put its ticks off', async () => {
    await remember(everyMinute, -year, -year);
    await scheduler()();
    expect(await runs()).toBe(0);
    expect(await sql`SELECT since <= now() AS past FROM ml_training_schedules`).toEqual([{ past: true }]);
  });

  test('of this machine decides nothing: the database’s does, and the difference is told once', async () => {
    jest.useFakeTimers({ now: inSeconds(year), doNotFake: [...notTheDate] });
    const look = scheduler();
    await look();
    await look();
    expect(said(/^run started$/).length).toBe(await runs());
    expect(said(/yet to come/)).toEqual([]);
    expect(said(/clock of this machine/)).toHaveLength(1);
  });
});

describe('a schedule', () => {
  test('that was changed makes no tick of the past due', async () => {
    await remember(everyMinute, day, 5);
    await scheduler(everyTwo)();
    await scheduler({ cron: everyMinute.cron, timezone: 'Asia/Kolkata' })();
    expect(await runs()).toBe(0);
  });

  test('that stays the same over a restart has its missed tick once', async () => {
    await remember(everyMinute, day, hour);
    await scheduler()();
    expect(await runs()).toBe(1);
  });

  test('that comes back after another took its place for a while begins again', async () => {
    await remember(everyMinute, day, hour);
    await remember(everyTwo, hour, 300);
    await scheduler()();
    expect(await runs()).toBe(0);
  });

  test('that another one was tried in place of before goes on as if nothing had been', async () => {
    await remember(everyMinute, day, hour);
    await remember(everyTwo, 2 * day, day);
    await scheduler()();
    expect(await runs()).toBe(1);
  });

  test('of one of two schedulers that differ, as in a rolling restart, keeps its ticks', async () => {
    const [one, other] = [scheduler(), scheduler(everyTwo)];
    await one();
    await other();
    await sql`TRUNCATE ml_training_runs CASCADE`;
    await sql`UPDATE ml_training_schedules SET since = now() - interval '10 minutes'`;
    await sql`UPDATE ml_training_schedules SET looked_at = now() - interval '9 minutes'
      WHERE cron = ${everyMinute.cron}`;
    await one();
    expect(await runs()).toBe(1);
  });

  test('is looked at by many at once without harm', async () => {
    await Promise.all(Array.from({ length: 20 }, () => scheduler()()));
    expect(await sql`SELECT DISTINCT scheduled_for FROM ml_training_runs`).toHaveLength(await runs());
    expect(await sql`SELECT cron FROM ml_training_schedules`).toEqual([{ cron: everyMinute.cron }]);
  });
});

const notTheDate = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;
