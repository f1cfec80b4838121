import { metricHistory, metricNames } from '@ml-training/core';
import { History, HistoryQuery } from '../../schemas/metrics.ts';
import { ProblemBody } from '../../schemas/problem.ts';
import { Problem } from '../problem.ts';
import type { Routes } from '../route.ts';

const dayMs = 86_400_000;

/** ml_training_metrics over time. */
export const metricRoutes: Routes = (api, { sql }) => {
  api.get(
    '/api/metrics/history',
    {
      schema: {
        summary: 'A metric of ml_training_metrics over time, and the names of all',
        description:
          'At `points` moments a series at most (fewer where there are many series): the last value ' +
          'of each stretch between two.',
        tags: ['metrics'],
        querystring: HistoryQuery,
        response: { 200: History, '4xx': ProblemBody },
      },
    },
    async ({ query: { name, strategy_type, symbol, points = 200, ...range } }) => {
      const to = range.to === undefined ? new Date() : new Date(range.to);
      const from = range.from === undefined ? new Date(to.getTime() - dayMs) : new Date(range.from);
      if (from >= to)
        throw new Problem(400, 'REQUEST_INVALID', `from must be before to, which is ${to.toISOString()}`);
      const [names, { series, more }] = await Promise.all([
        metricNames(sql),
        name === undefined
          ? { series: [], more: false }
          : metricHistory(sql, { name, strategyType: strategy_type, symbol }, { from, to, points }),
      ]);
      return {
        names,
        from: from.toISOString(),
        to: to.toISOString(),
        series: series.map((one) => ({
          ...one,
          points: one.points.map(({ time, value }) => ({ time: time.toISOString(), value })),
        })),
        more_series: more,
      };
    },
  );
};
