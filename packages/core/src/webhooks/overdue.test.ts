import { describe, expect, test } from '@jest/globals';
import { runDueAt, tickToHaveRun } from './overdue.ts';

const at = (text: string): Date => new Date(`${text}Z`);
const guides = { cron: '0 2,14,22 * * *', timezone: 'UTC' };

describe('a run must be done a whole period after it began', () => {
  test.each([
    ['at its tick', guides, '2026-11-26T02:00', '2026-11-26T02:00:05', '2026-11-26T14:00:05'],
    ['late', guides, '2026-11-26T14:00', '2026-11-26T15:30', '2026-11-26T23:30'],
    ['asked for by a person', guides, null, '2026-11-26T23:00', '2026-11-27T03:00'],
    [
      'on a night of 25 hours',
      { cron: '0 12 * * *', timezone: 'Europe/Berlin' },
      '2026-10-24T10:00',
      '2026-10-24T10:00',
      '2026-10-25T11:00',
    ],
    [
      'of a schedule of every minute, that no run could keep to',
      { cron: '* * * * *', timezone: 'UTC' },
      '2026-11-26T02:00',
      '2026-11-26T02:00:01',
      '2026-11-26T02:10:01',
    ],
  ])('%s', (_, schedule, tick, began, due) => {
    const run = { scheduled_for: tick === null ? null : at(tick), requested_at: at(began) };
    expect(runDueAt(schedule, run)).toEqual(at(due));
  });
});

test.each([
  ['2026-11-26T14:09:59', '2026-11-26T02:00'],
  ['2026-11-26T14:10', '2026-11-26T14:00'],
  ['2026-11-26T22:05', '2026-11-26T14:00'],
])('at %s the tick that must have its run is that of %s', (now, tick) => {
  expect(tickToHaveRun(guides, at(now))).toEqual(at(tick));
});
