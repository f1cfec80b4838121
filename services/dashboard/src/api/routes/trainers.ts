import { lastEnds, liveInstances, recentCurves, runningJobs, withDeadline } from '@ml-training/core';
import { Trainers } from '../../schemas/trainers.ts';
import type { Routes } from '../route.ts';
import { answerMs } from './outlook.ts';

/** Of each curve; the newest. A picture is no wider. */
const maxPoints = 300;

/** Who trains what, and how far it is. */
export const trainerRoutes: Routes = (api, { sql, redis }) => {
  api.get(
    '/api/trainers',
    {
      schema: {
        summary: 'Every trainer: what it trains now, how far it is, its curves so far',
        description: 'Curves have their newest 300 points; the event curves brings more as they come.',
        tags: ['fleet'],
        response: { 200: Trainers },
      },
    },
    async () => {
      const [beats, running, ends] = await withDeadline(
        Promise.all([liveInstances(redis), runningJobs(sql), lastEnds(sql)]),
        answerMs,
        'PostgreSQL or Redis',
      );
      const curves = await withDeadline(
        recentCurves(
          sql,
          running.map(({ job_id }) => job_id),
          maxPoints,
        ),
        answerMs,
        'PostgreSQL',
      );
      const living = new Set(beats.filter(({ role }) => role === 'trainer').map(({ instance }) => instance));
      const jobOf = new Map(running.map((job) => [job.trainer_id ?? 'unknown', job]));
      // Those that work first, then by name, so that they don't change places.
      const instances = [...jobOf.keys()].sort().concat([...living].filter((one) => !jobOf.has(one)).sort());
      return {
        items: instances.map((instance) => {
          const job = jobOf.get(instance);
          return {
            instance,
            alive: living.has(instance),
            idle_since: job === undefined ? (ends.get(instance)?.toISOString() ?? null) : null,
            job:
              job === undefined
                ? null
                : {
                    job_id: job.job_id,
                    strategy_type: job.strategy_type,
                    symbol: job.symbol,
                    attempt: job.attempt,
                    max_attempts: job.max_attempts,
                    started_at: (job.started_at ?? job.created_at).toISOString(),
                    progress: job.progress,
                    stage: job.stage,
                    curves: curves
                      .filter(({ job_id }) => job_id === job.job_id)
                      .map(({ name, steps, values }) => ({ name, steps: [...steps], values: [...values] })),
                  },
          };
        }),
      };
    },
  );
};
