import { readSchedule, scheduleJson, wallTime, weekOfTicks } from '@ml-training/core';
import { Schedule, ScheduleQuery } from '../../schemas/schedule.ts';
import type { Routes } from '../route.ts';

/** When runs start. */
export const scheduleRoutes: Routes = (api, { config, sql }) => {
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
      const shown = await readSchedule(sql, config, request.query.count ?? 20);
      return {
        ...scheduleJson(shown),
        schedulers: shown.held.map(({ since, lookedAt, ...schedule }) => ({
          ...schedule,
          since: since.toISOString(),
          looked_at: lookedAt.toISOString(),
        })),
        week: week(shown.schedule, shown.now).map(({ date, hours }) => ({ date, hours: [...hours] })),
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
