import { askedTraining, requestRun, type RequestedRun as Requested } from '@ml-training/core';
import { Type } from 'typebox';
import { ProblemBody } from '../../schemas/problem.ts';
import { RequestedRun, TrainBody } from '../../schemas/train.ts';
import type { Routes } from '../route.ts';

const security = [{ token: [] }];
const response = { 202: RequestedRun, '4xx': ProblemBody };

/** Asking for trainings. */
export const trainRoutes: Routes = (api, service) => {
  api.post(
    '/api/train',
    {
      schema: {
        summary: 'Ask for a training of a pair',
        tags: ['training'],
        security,
        body: TrainBody,
        response,
      },
    },
    async (request, reply) => {
      const { strategy_type, symbol } = request.body;
      const run = await requestRun(service, await askedTraining(service.sql, strategy_type, symbol));
      return reply.code(202).send(answer(run));
    },
  );
  api.post(
    '/api/runs',
    {
      schema: {
        summary: 'Start a run now: every strategy and symbol, as at a tick',
        tags: ['training'],
        security,
        body: Type.Optional(Type.Object({}, { additionalProperties: false })),
        response,
      },
    },
    async (_request, reply) => reply.code(202).send(answer(await requestRun(service))),
  );
};

const answer = ({ runId, jobs, skipped, nothingNew }: Requested) => ({
  run_id: runId,
  jobs: [...jobs],
  skipped: [...skipped],
  nothing_new: [...nothingNew],
});
