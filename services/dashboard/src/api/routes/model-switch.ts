import {
  promoteModel,
  rollBackPair,
  switchInWords,
  type Switched as Done,
  type Switching,
} from '@ml-training/core';
import { ModelId, NoBody, RollbackPath, Switched } from '../../schemas/models.ts';
import { ProblemBody } from '../../schemas/problem.ts';
import type { ApiContext, Routes } from '../route.ts';
import { theModel } from './models.ts';

const tags = ['models'];
const security = [{ token: [] }];
const response = { 200: Switched, '4xx': ProblemBody, '5xx': ProblemBody };

/** Putting another model in use, as `ml promote` and `ml rollback` do; bots are told. */
export const modelSwitchRoutes: Routes = (api, context) => {
  const switching = switchingOf(context);
  api.post(
    '/api/models/:id/promote',
    {
      schema: {
        summary: 'Put a model in use, whatever the promotion policy says',
        description: 'Loaded first as a bot would: one that nobody can load is not put in use.',
        tags,
        security,
        params: ModelId,
        body: NoBody,
        response,
      },
    },
    async ({ params: { id } }) => shown(await promoteModel(switching, await theModel(context.sql, id))),
  );
  api.post(
    '/api/models/:strategy/:symbol/rollback',
    {
      schema: {
        summary: 'Put the model in use again that was so before the present one',
        description: 'A symbol with a slash comes encoded: BTC%2FUSD.',
        tags,
        security,
        params: RollbackPath,
        body: NoBody,
        response,
      },
    },
    async ({ params: { strategy, symbol } }) => shown(await rollBackPair(switching, strategy, symbol)),
  );
};

const switchingOf = ({ sql, redis, loader }: ApiContext): Switching => ({
  sql,
  redis,
  obstacle: (model) => loader.obstacle(model),
});

const shown = (done: Done) => ({
  outcome: done.outcome,
  model_id: done.model.model_id,
  previous_model_id: done.previous?.model_id ?? null,
  listeners: done.listeners,
  message: switchInWords(done),
});
