import { nextTick, runOutcome, scheduleOf, withDeadline } from '@ml-training/core';
import { Outlook } from '../../schemas/outlook.ts';
import type { Routes } from '../route.ts';

export const answerMs = 10_000;

/** The last run and the next one. */
export const outlookRoutes: Routes = (api, { config, sql }) => {
  api.get(
    '/api/outlook',
    {
      schema: {
        summary: 'What became of the last run, and when the next one starts',
        tags: ['fleet'],
        response: { 200: Outlook },
      },
    },
    async () => {
      const run = await withDeadline(runOutcome(sql), answerMs, 'PostgreSQL');
      const now = new Date();
      const schedule = scheduleOf(config);
      const over = run !== null && run.queued + run.running === 0;
      return {
        time: now.toISOString(),
        last_run:
          run === null
            ? null
            : {
                ...run,
                scheduled_for: run.scheduled_for?.toISOString() ?? null,
                requested_at: run.requested_at.toISOString(),
                finished_at: run.finished_at?.toISOString() ?? null,
                skipped: run.skipped.length,
                seconds:
                  over && run.last_end !== null
                    ? (run.last_end.getTime() - run.requested_at.getTime()) / 1000
                    : null,
              },
        next_run: nextTick(schedule, now)?.toISOString() ?? null,
        ...schedule,
      };
    },
  );
};
