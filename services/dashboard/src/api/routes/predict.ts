import {
  activeModel,
  ageLimitsOf,
  FleetError,
  freshnessOf,
  liveJson,
  newestLiveScore,
  noModelWords,
  readWindow,
  type Freshness,
} from '@ml-training/core';
import { PredictAnswer, PredictPath, PredictQuery } from '../../schemas/predict.ts';
import { ProblemBody } from '../../schemas/problem.ts';
import { ModelProblem } from '../../inference/loader.ts';
import { Problem } from '../problem.ts';
import type { Routes } from '../route.ts';

/** What the model in use of a pair says of the newest bars, as `ml predict` does. */
export const predictRoutes: Routes = (api, { config, sql, loader }) => {
  api.get(
    '/api/predict/:strategy/:symbol',
    {
      schema: {
        summary: 'What the model in use says of the newest bars',
        description:
          'One question at a time, in a process that is started on demand: the first one after a ' +
          'minute of rest takes some seconds. ' +
          'A bot that asks each bar opens the model itself (docs/bots.md). A symbol with a slash ' +
          'comes encoded: BTC%2FUSD.',
        tags: ['models'],
        params: PredictPath,
        querystring: PredictQuery,
        response: { 200: PredictAnswer, '4xx': ProblemBody, '5xx': ProblemBody },
      },
    },
    async ({ params: { strategy, symbol }, query }) => {
      const held = (query.position ?? 0) as -1 | 0 | 1; // What the schema lets through.
      const row = await activeModel(sql, strategy, symbol);
      if (row === null) throw new FleetError('NO_ACTIVE_MODEL', await noModelWords(sql, strategy, symbol));
      const live = await newestLiveScore(sql, row.model_id);
      const limits = ageLimitsOf(config);
      const seen: { fresh?: Freshness } = {};
      const answer = await loader
        .predict(row, { holding: held, explain: query.explain ?? false }, async (of, window, needs) => {
          const bars = await readWindow(sql, of, window, config, needs);
          const { time: times } = bars;
          const about = { symbol, modelCreatedAt: row.created_at, times, live, now: Date.now() };
          seen.fresh = freshnessOf(about, limits);
          return bars;
        })
        .catch((error: unknown) => {
          if (!(error instanceof ModelProblem)) throw error;
          throw new Problem(
            409,
            'MODEL_UNUSABLE',
            `the model in use, ${row.model_id.slice(0, 8)}, can't be loaded: ${error.message}; ` +
              `"ml rollback ${strategy} ${symbol}" puts the one before it in use`,
          );
        });
      if (seen.fresh === undefined) throw new Error('the model answered without having been given bars');
      const { stale, staleBecause, barAgeSeconds, modelAgeSeconds } = seen.fresh;
      return {
        strategy_type: strategy,
        symbol,
        time: answer.time,
        bar_age_seconds: barAgeSeconds,
        probability: answer.probability,
        probabilities: answer.probabilities,
        score: answer.score,
        says: answer.says,
        horizon: answer.horizon,
        action: answer.action,
        position: answer.position,
        held,
        model_id: row.model_id,
        file_path: row.file_path,
        model_created_at: row.created_at.toISOString(),
        model_age_seconds: modelAgeSeconds,
        stale,
        stale_because: [...staleBecause],
        live: live === null ? null : liveJson(live),
        explanation: answer.explanation as PredictAnswer['explanation'], // Its own type is read-only.
      };
    },
  );
};
