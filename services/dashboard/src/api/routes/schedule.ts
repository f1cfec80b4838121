import {
  heldSchedules,
  nextTicks,
  scheduleInWords,
  scheduleOf,
  scheduleProblem,
  wallTime,
  weekOfTicks,
  type Schedule as Cron,
} from '@ml-training/core';
import { Schedule, ScheduleQuery } from '../../schemas/schedule.ts';
import type { Routes } from '../route.ts';

/** When runs start. */
export const scheduleRoutes: Routes = (api, { config, sql }) => {
  const own: Cron = scheduleOf(config);
  const week = createWeek();
  api.get(
    '/api/schedule',
    {
      schema: {
        summary: 'When runs start: the schedule in words, the next ticks, the week',
        description:
          'Of what the scheduler goes by; of the settings of the dashboard when no scheduler is running.',
        tags: ['schedule'],
        querystring: ScheduleQuery,
        response: { 200: Schedule },
      },
    },
    async (request) => {
      const { now, held } = await heldSchedules(sql);
      const { cron, timezone } = held[0] ?? own;
      return {
        cron,
        timezone,
        in_words: await scheduleInWords({ cron }),
        of: held.length > 0 ? ('scheduler' as const) : ('settings' as const),
        settings: own,
        schedulers: held.map(({ since, lookedAt, ...schedule }) => ({
          ...schedule,
          since: since.toISOString(),
          looked_at: lookedAt.toISOString(),
        })),
        problem: scheduleProblem(own, held),
        time: now.toISOString(),
        next: nextTicks({ cron, timezone }, now, request.query.count ?? 20).map((at) => ({
          at: at.toISOString(),
          local: wallTime(at, timezone).iso,
        })),
        week: week({ cron, timezone }, now).map(({ date, hours }) => ({ date, hours: [...hours] })),
      };
    },
  );
};

/**
 * The week of a schedule is worked out once a day of its zone: with a tick every minute it takes some 30 ms.
 */
function createWeek(): typeof weekOfTicks {
  let known: { key: string; days: ReturnType<typeof weekOfTicks> } | null = null;
  return (schedule, now) => {
    const key = JSON.stringify([schedule.cron, schedule.timezone, wallTime(now, schedule.timezone).date]);
    if (known?.key !== key) known = { key, days: weekOfTicks(schedule, now) };
    return known.days;
  };
}
