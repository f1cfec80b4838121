import { barsPlace } from '@ml-training/core';
import { Health } from '../../schemas/health.ts';
import { accessOf } from '../guard.ts';
import type { Routes } from '../route.ts';

/** Health of the servers and of every role. */
export const healthRoutes: Routes = (api, { config, health }) => {
  const { name: table, own } = barsPlace(config);
  api.get(
    '/api/health',
    {
      schema: {
        summary: 'Health of Redis, PostgreSQL and every role',
        tags: ['fleet'],
        response: { 200: Health },
      },
    },
    async (request) => ({
      ...(await health()),
      bars: { table, own },
      access: accessOf(request, config.API_TOKEN),
    }),
  );
};
