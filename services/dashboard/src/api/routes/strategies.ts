import {
  isBuiltIn,
  plannedStrategies,
  refreshStrategies,
  strategyOf,
  strategyTypes,
} from '@ml-training/core';
import { Strategies } from '../../schemas/strategies.ts';
import type { Routes } from '../route.ts';

/** Which strategies there are. */
export const strategyRoutes: Routes = (api, { config, sql }) => {
  api.get(
    '/api/strategies',
    {
      schema: {
        summary: 'Which strategies there are: the built-ins, then your own',
        tags: ['training'],
        response: { 200: Strategies },
      },
    },
    async () => {
      await refreshStrategies(sql);
      const planned = plannedStrategies(config);
      return {
        items: strategyTypes()
          .map(strategyOf)
          .map(({ type, scope, label, promotionMetric, description }) => ({
            strategy_type: type,
            built_in: isBuiltIn(type),
            scope,
            label,
            promotion_metric: promotionMetric,
            description,
            planned: planned.includes(type),
          })),
      };
    },
  );
};
