// What `ml schedule` and `ml data` show.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { holdSchedule } from '@ml-training/core';
import { startLab } from './ml.ts';

const lab = await startLab();
const { ml, sql } = lab;
afterAll(() => lab.end());
beforeEach(async () => {
  await lab.reset();
  await sql`TRUNCATE ml_training_schedules`;
});

describe('ml schedule', () => {
  const berlin = { TRAINING_CRON_SCHEDULE: '0 2,14 * * *', TRAINING_TIMEZONE: 'Europe/Berlin' };

  test('says the schedule in words, who goes by it, and the next ticks', async () => {
    const { code, out } = await ml(['schedule', '--count', '3'], berlin);
    expect(code).toBe(0);
    const [words, problem, empty, head, ...ticks] = out.trimEnd().split('\n');
    expect(words).toBe('At 02:00 and 14:00, every day, Europe/Berlin (0 2,14 * * *)');
    expect(problem).toMatch(/^no scheduler is running/);
    expect([empty, head?.trim().split(/ {2,}/)]).toEqual(['', ['in', 'UTC', 'Europe/Berlin']]);
    expect(ticks).toHaveLength(3);
    for (const tick of ticks) expect(tick).toMatch(/ \d{4}-\d\d-\d\d (02|14):00:00$/);
  });

  test('--json has instants, and the clock of the zone beside them', async () => {
    await holdSchedule(sql, { cron: '30 6 * * *', timezone: 'UTC' }, true);
    const shown = JSON.parse((await ml(['schedule', '--json', '--count', '2'], berlin)).out) as {
      next: { at: string; local: string }[];
    };
    expect(shown).toMatchObject({
      cron: '30 6 * * *',
      timezone: 'UTC',
      in_words: 'At 06:30, every day',
      of: 'scheduler',
      settings: { cron: '0 2,14 * * *', timezone: 'Europe/Berlin' },
      problem: expect.stringMatching(/^the scheduler goes by "30 6/),
    });
    expect(shown.next.map(({ at }) => at.slice(11))).toEqual(['06:30:00.000Z', '06:30:00.000Z']);
    expect(shown.next[0]!.local).toMatch(/T06:30:00\+00:00$/);
  });

  test("by an exchange's trading days, in the place of the cron", async () => {
    const settings = { ...berlin, TRAINING_CALENDAR: 'NYSE:open-30m' };
    await holdSchedule(sql, { cron: 'NYSE:open-30m', timezone: 'America/New_York' }, true);
    const { code, out } = await ml(['schedule', '--count', '4'], settings);
    expect(code).toBe(0);
    const [words, empty, head, ...ticks] = out.trimEnd().split('\n');
    expect(words).toBe('30 minutes before NYSE opens, on its trading days, America/New_York (NYSE:open-30m)');
    expect([empty, head?.trim().split(/ {2,}/)]).toEqual(['', ['in', 'UTC', 'America/New_York']]);
    expect(ticks).toHaveLength(4);
    for (const tick of ticks) {
      const [date] = / (\d{4}-\d\d-\d\d) 09:00:00$/.exec(tick)?.slice(1) ?? [];
      expect([1, 2, 3, 4, 5]).toContain(new Date(date ?? '').getUTCDay());
    }
    const wrong = await ml(['schedule'], { TRAINING_CALENDAR: 'LSE:open' });
    expect([wrong.code, wrong.err]).toEqual([
      2,
      expect.stringMatching(/TRAINING_CALENDAR is "LSE:open", but must be .*no calendar LSE/),
    ]);
  });

  test('--count must be a number', async () => {
    const { code, err } = await ml(['schedule', '--count', '0']);
    expect([code, err]).toEqual([1, expect.stringMatching(/whole number of 1 or more/)]);
  });
});

describe('ml data', () => {
  const cells = (line: string): string[] => line.trim().split(/ {2,}/);
  beforeEach(async () => {
    await lab.addBars('DAILY', 200);
    await lab.addBars('FEW', 63);
    await sql`DELETE FROM market_data WHERE symbol = 'DAILY' AND time BETWEEN '2023-03-01T12:00Z' AND '2023-03-04T12:00Z'`;
  });

  test('shows every symbol with its bars, what is missing and why it is not trained', async () => {
    const { code, out } = await ml(['data']);
    expect(code).toBe(0);
    const [head, daily, few] = out.trimEnd().split('\n').map(cells);
    expect(head).toEqual([
      'symbol',
      'bars',
      'first (UTC)',
      'last (UTC)',
      'newest bar',
      'gaps',
      'missing',
      'check',
      'models',
      'trained',
    ]);
    expect(daily).toEqual([
      'DAILY',
      '197',
      '2023-01-02 00:00:00',
      '2023-07-20 00:00:00',
      expect.stringMatching(/^\d+ d ago, quiet$/),
      '1',
      '3',
      'stuck +1',
      'yes',
    ]);
    // Once for all, and not as too old besides.
    expect(out.match(/Quiet: bars come of it no more/g)).toHaveLength(1);
    expect(out).not.toMatch(/its newest bar is of/);
    expect(few!.at(-1)).toBe('no: 63 bars, MIN_TRAINING_DATA_POINTS asks for 100');
  });

  test('of one symbol it shows where they are missing', async () => {
    const { out } = await ml(['data', 'DAILY']);
    expect(out).toMatch(/\nQuiet: bars come of it no more, .* not trained again until one comes/);
    expect(out).toMatch(/Bars a week, from its first on; one every 1 day:\n2023-01-02 {2}█{8}▅█{19}▅\n/);
    expect(out).toMatch(
      /The data check finds in the newest 197 bars:\n- DAILY: 3 bars are missing in one gap /,
    );
    expect(out.trimEnd().split('\n').slice(-2).map(cells)).toEqual([
      ['gap after (UTC)', 'until (UTC)', 'bars missing'],
      ['2023-03-01 00:00:00', '2023-03-05 00:00:00', '3'],
    ]);
    expect(JSON.parse((await ml(['data', 'DAILY', '--json'])).out)).toMatchObject({
      symbol: 'DAILY',
      bars: 197,
      gaps: 1,
      missing_bars: 3,
      data_check: {
        interval_seconds: 86_400,
        findings: [{ kind: 'gap', count: 1 }, { kind: 'stuck' }, { kind: 'too_old' }],
      },
      coverage: { every: 'week', from: '2023-01-02T00:00:00.000Z' },
      pauses: {
        gaps: [{ from: '2023-03-01T00:00:00.000Z', to: '2023-03-05T00:00:00.000Z', missing_bars: 3 }],
        closed_days: [],
      },
    });
  });

  test('by the trading days of an exchange where the bars keep them; of a table of the user, too', async () => {
    await sql.unsafe(`
      CREATE SCHEMA bot;
      CREATE TABLE bot.candles AS
      SELECT (at AT TIME ZONE 'America/New_York') AS time, 'AAPL' AS symbol, 10.0 AS open, 12.0 AS high, 9.0 AS low,
        10 + random() AS close, 5 AS volume
      FROM generate_series('2026-03-02 09:30'::timestamp, '2026-06-30 15:30', '1 hour') at
      WHERE extract(isodow FROM at) < 6 AND at::time BETWEEN '09:30' AND '15:30'
        AND at::date NOT IN ('2026-04-03', '2026-05-25', '2026-06-19', '2026-05-11')`);
    try {
      const { code, out } = await ml(['data', 'AAPL'], { MARKET_DATA_TABLE: 'bot.candles' });
      expect(code).toBe(0);
      expect(out).toMatch(/\n2026-03-02 {2}█+/);
      expect(out).toMatch(/since 2026-03-02 14:30:00 UTC, by the trading days of NYSE\.\n/);
      expect(out.trimEnd().split('\n').slice(-2).map(cells)).toEqual([
        ['gap after (UTC)', 'until (UTC)', 'bars missing'],
        ['2026-05-08 19:30:00', '2026-05-12 13:30:00', '7'],
      ]);
    } finally {
      await sql.unsafe('DROP SCHEMA bot CASCADE');
    }
  });

  test('--json has what the API has', async () => {
    expect(JSON.parse((await ml(['data', '--json'])).out)).toMatchObject([
      {
        symbol: 'DAILY',
        bars: 197,
        bars_exact: true,
        step_seconds: 86_400,
        trainable: true,
        models: [],
        quiet: true,
        calendar: null,
      },
      { symbol: 'FEW', trainable: false },
    ]);
  });

  test('where there is nothing, it says what to do', async () => {
    const { code, err } = await ml(['data', 'NOPE']);
    expect([code, err]).toEqual([1, expect.stringMatching(/^"NOPE" has no bars in market_data.*ml import/)]);
    await lab.reset();
    expect((await ml(['data'])).out).toBe('No bars in market_data: import some with "ml import FILE".\n');
    expect((await ml(['data', '--json'])).out).toBe('[]\n');
  });
});
