import {
  attemptsOfJobs,
  jobsOfPairs,
  nextTick,
  pairsBetween,
  runsBetween,
  scheduleOf,
  withDeadline,
  type Schedule,
} from '@ml-training/core';
import { Timeline, TimelineQuery } from '../../schemas/timeline.ts';
import { writtenPlainly } from '../large-answer.ts';
import { spansOf } from '../overview/spans.ts';
import { Problem } from '../problem.ts';
import type { Routes } from '../route.ts';
import { answerMs } from './outlook.ts';

const maxMs = 31 * 86_400_000;
/** Of a pair; its newest. A minute's ticks of a week are more than a picture shows. */
const maxJobs = 200;
const maxRuns = 200;
const maxTicks = 200;

/** Jobs and runs of a stretch of time, as a picture of rows shows them. */
export const timelineRoutes: Routes = (api, { config, sql }) => {
  const schedule = scheduleOf(config);
  api.get(
    '/api/timeline',
    {
      schema: {
        summary: 'Jobs of a stretch of time by pair: waits, attempts, and runs to come',
        description:
          'At most 31 days. Rows are paged by limit and offset, as their order is that of a moment.',
        tags: ['fleet'],
        querystring: TimelineQuery,
        response: { 200: Timeline },
      },
    },
    async ({ query }, reply) => {
      writtenPlainly(reply);
      const { limit = 20, offset = 0 } = query;
      const [from, to] = [new Date(query.from), new Date(query.to)];
      if (!(from < to) || to.getTime() - from.getTime() > maxMs)
        throw new Problem(
          400,
          'REQUEST_INVALID',
          'from must be before to, and at most 31 days: see /api/docs',
        );
      const read = async () => {
        const [{ pairs, total }, runs] = await Promise.all([
          pairsBetween(sql, { from, to, limit, offset }),
          runsBetween(sql, from, to, maxRuns),
        ]);
        const jobs = await jobsOfPairs(sql, pairs, { from, to, max: maxJobs });
        const attempts = await attemptsOfJobs(
          sql,
          jobs.map(({ job_id }) => job_id),
        );
        return { pairs, total, runs, jobs, attempts };
      };
      const { pairs, total, runs, jobs, attempts } = await withDeadline(read(), answerMs, 'PostgreSQL');
      const now = new Date();
      const attemptsOf = Map.groupBy(attempts, ({ job_id }) => job_id);
      const jobsOf = Map.groupBy(jobs, ({ strategy_type, symbol }) => `${strategy_type} ${symbol}`);
      return {
        time: now.toISOString(),
        from: from.toISOString(),
        to: to.toISOString(),
        total,
        rows: pairs.map((pair) => ({
          strategy_type: pair.strategy_type,
          symbol: pair.symbol,
          jobs: pair.jobs,
          failed: pair.failed,
          spans: (jobsOf.get(`${pair.strategy_type} ${pair.symbol}`) ?? [])
            .toReversed()
            .flatMap((job) => spansOf(job, attemptsOf.get(job.job_id) ?? [])),
        })),
        runs: runs.map((run) => ({
          ...run,
          requested_at: run.requested_at.toISOString(),
          scheduled_for: run.scheduled_for?.toISOString() ?? null,
          finished_at: run.finished_at?.toISOString() ?? null,
        })),
        ticks: ticksBetween(schedule, new Date(Math.max(now.getTime(), from.getTime())), to),
      };
    },
  );
};

function ticksBetween(schedule: Schedule, after: Date, before: Date): string[] {
  const ticks: string[] = [];
  for (
    let tick = nextTick(schedule, after);
    tick !== null && tick < before && ticks.length < maxTicks;
    tick = nextTick(schedule, tick)
  )
    ticks.push(tick.toISOString());
  return ticks;
}
