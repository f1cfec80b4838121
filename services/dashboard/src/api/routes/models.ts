import {
  activeModel,
  findModel,
  holdoutOf,
  importancesOf,
  jobOfModel,
  lineageOf,
  liveJson,
  liveScoresOf,
  liveStates,
  modelsByPrefix,
  pageOfModels,
  pairsOfModels,
  previousModel,
  sharersOf,
  usualScore,
  versionOf,
  versionsOfPair,
  type Database,
  type RegisteredModel,
  type Relative,
  type Version,
} from '@ml-training/core';
import { StrategyType } from '../../schemas/common.ts';
import {
  Holdout,
  Live,
  LiveQuery,
  Model,
  ModelId,
  ModelsPage,
  ModelsQuery,
  PairsPage,
  PairsQuery,
  PairVersions,
  VersionsQuery,
} from '../../schemas/models.ts';
import { ProblemBody } from '../../schemas/problem.ts';
import { Type } from 'typebox';
import { cursorOf, placeOf } from '../cursor.ts';
import { notFound, type Problem } from '../problem.ts';
import type { Routes } from '../route.ts';

const tags = ['models'];
const response4xx = { '4xx': ProblemBody };

/** What models there are and what each is. */
export const modelRoutes: Routes = (api, { sql }) => {
  api.get(
    '/api/models',
    {
      schema: {
        summary: 'Models, newest first',
        tags,
        querystring: ModelsQuery,
        response: { 200: ModelsPage, ...response4xx },
      },
    },
    async ({ query }) => {
      const { limit = 50, cursor, id, strategy_type, symbol, active, since, score = null } = query;
      if (id !== undefined) {
        const found = await modelsByPrefix(sql, id);
        return { items: found.map((model) => shownVersion(versionOf(model, score))), next_cursor: null };
      }
      const place = cursor === undefined ? null : placeOf(cursor, 4).map(String);
      const { models, next } = await pageOfModels(
        sql,
        {
          strategyType: strategy_type,
          symbol,
          active,
          since: since === undefined ? undefined : new Date(since),
        },
        {
          limit,
          score,
          after:
            place === null
              ? null
              : {
                  created_at: place[0]!,
                  strategy_type: place[1]!,
                  symbol: place[2]!,
                  model_id: place[3]!,
                },
        },
      );
      return {
        items: models.map(shownVersion),
        next_cursor:
          next === null ? null : cursorOf([next.created_at, next.strategy_type, next.symbol, next.model_id]),
      };
    },
  );
  api.get(
    '/api/models/pairs',
    {
      schema: {
        summary: 'Every strategy and symbol: its model in use, and the newest of the others',
        tags,
        querystring: PairsQuery,
        response: { 200: PairsPage, ...response4xx },
      },
    },
    async ({ query: { limit = 100, cursor, score = null } }) => {
      const place = cursor === undefined ? null : placeOf(cursor, 2).map(String);
      const after = place === null ? null : { strategy_type: place[0]!, symbol: place[1]! };
      const found = await pairsOfModels(sql, { limit: limit + 1, after, score });
      const pairs = found.slice(0, limit);
      const last = pairs.at(-1);
      return {
        items: pairs.map(({ champion, newest, ...pair }) => ({
          ...pair,
          champion: champion === null ? null : shownVersion(champion),
          newest: newest === null ? null : shownVersion(newest),
        })),
        next_cursor:
          found.length > limit && last !== undefined ? cursorOf([last.strategy_type, last.symbol]) : null,
      };
    },
  );
  api.get(
    '/api/models/pairs/:strategy',
    {
      schema: {
        summary: 'Scores of the models of a strategy and symbol over time',
        tags,
        params: Type.Object({ strategy: StrategyType }),
        querystring: VersionsQuery,
        response: { 200: PairVersions, ...response4xx },
      },
    },
    async ({ params: { strategy }, query: { symbol, limit = 300, score = null } }) => {
      const [versions, champion] = await Promise.all([
        versionsOfPair(sql, { strategyType: strategy, symbol }, { score, limit }),
        activeModel(sql, strategy, symbol),
      ]);
      return {
        strategy_type: strategy,
        symbol,
        champion: champion === null ? null : shownVersion(versionOf(champion, score)),
        versions: versions.map(shownVersion),
      };
    },
  );
  api.get(
    '/api/models/:id',
    {
      schema: {
        summary: 'Everything that is known of a model',
        tags,
        params: ModelId,
        response: { 200: Model, ...response4xx },
      },
    },
    async ({ params: { id } }) => shownModel(sql, await theModel(sql, id)),
  );
  api.get(
    '/api/models/:id/holdout',
    {
      schema: {
        summary: 'What a model said of the rows it was judged on, and what came of it',
        tags,
        params: ModelId,
        response: { 200: Holdout, ...response4xx },
      },
    },
    async ({ params: { id } }) => {
      const record = await holdoutOf(sql, id);
      // The very columns: its type only lets them be written to.
      if (record !== null) return { model_id: id, ...record } as Holdout;
      throw await noHoldout(sql, id);
    },
  );
  api.get(
    '/api/models/:id/live',
    {
      schema: {
        summary: 'How a model did on the bars since its training, look by look, while it was in use',
        tags,
        params: ModelId,
        querystring: LiveQuery,
        response: { 200: Live, ...response4xx },
      },
    },
    async ({ params: { id }, query: { limit = 200 } }) => {
      const [scores, states] = await Promise.all([liveScoresOf(sql, id, limit), liveStates(sql, [id])]);
      const state = states.get(id);
      if (state === undefined) await theModel(sql, id);
      return {
        model_id: id,
        problem: state?.problem ?? null,
        scores: scores.toReversed().map((score) => liveJson(score)),
      };
    },
  );
};

/** What to say of a model that no rows are kept of, or that isn't there. */
export async function noHoldout(sql: Database, id: string): Promise<Problem> {
  await theModel(sql, id);
  return notFound(
    `nothing is kept of what model ${id} said of its holdout: it was trained before the fleet ` +
      'kept it; its next training will',
  );
}

/** @throws Problem 404 */
export async function theModel(sql: Database, id: string): Promise<RegisteredModel> {
  const model = await findModel(sql, id);
  if (model === null)
    throw notFound(`no model ${id} is registered (any more): GET /api/models lists those that are`);
  return model;
}

const shownVersion = ({ created_at, activated_at, data_to, judged_data_to, ...version }: Version) => ({
  ...version,
  created_at: created_at.toISOString(),
  activated_at: activated_at?.toISOString() ?? null,
  data_to: data_to.toISOString(),
  judged_data_to: judged_data_to?.toISOString() ?? null,
});

const shownRelative = ({
  created_at,
  activated_at,
  strategy_type: _,
  symbol: __,
  metrics: ___,
  ...one
}: Relative) => ({
  ...one,
  created_at: created_at.toISOString(),
  activated_at: activated_at?.toISOString() ?? null,
});

async function shownModel(sql: Database, model: RegisteredModel): Promise<Model> {
  const { strategy_type, symbol, model_id, job_id } = model;
  const metrics = judgedMetrics(model);
  const { excess_over, no_sharpe, ...scores } = metrics;
  const [family, job, importances, champion, previous, sharers] = await Promise.all([
    lineageOf(sql, model_id),
    job_id === null ? null : jobOfModel(sql, job_id),
    importancesOf(sql, model_id),
    activeModel(sql, strategy_type, symbol),
    previousModel(sql, strategy_type, symbol),
    sharersOf(sql, [model]),
  ]);
  const of = (row: RegisteredModel | null) => (row === null ? null : shownVersion(versionOf(row)));
  return {
    ...shownVersion(versionOf(model)),
    decision_facts: model.decision_facts,
    withdrawn_at: model.withdrawn_at?.toISOString() ?? null,
    file_path: model.file_path,
    size_bytes: Number(model.size_bytes),
    shared_by: sharers(model),
    sha256: model.sha256,
    data_from: model.data_from.toISOString(),
    data_sha256: model.data_sha256,
    holdout_from: model.holdout_from?.toISOString() ?? null,
    holdout_to: model.holdout_to?.toISOString() ?? null,
    refit_rows: model.refit_rows,
    bar_seconds: model.bar_seconds,
    params: model.params,
    metrics: numbersOf(scores),
    excess_over: typeof excess_over === 'string' ? excess_over : null,
    no_sharpe: typeof no_sharpe === 'string' ? no_sharpe : null,
    intervals: Object.fromEntries(
      Object.entries(objectOf(metrics['intervals'])).map(([name, bounds]) => {
        const { low = null, high = null } = numbersOf(bounds);
        return [name, { low, high }];
      }),
    ),
    baselines: Object.fromEntries(
      Object.entries(objectOf(metrics['baselines'])).map(([rule, scores]) => [rule, numbersOf(scores)]),
    ),
    job:
      job === null
        ? null
        : {
            job_id: job.job_id,
            symbol: job.symbol,
            status: job.status,
            created_at: job.created_at.toISOString(),
            completed_at: job.completed_at?.toISOString() ?? null,
          },
    champion: of(champion),
    rollback_to: of(previous),
    lineage: {
      ancestors: (family?.ancestors ?? []).map(shownRelative),
      continues_at: family?.continues_at ?? null,
      children: (family?.children ?? []).map(shownRelative),
      more_children: family?.more_children ?? false,
    },
    features: {
      // The very lists: its type only lets them be written to.
      permutation: (importances?.permutation ?? null) as Model['features']['permutation'],
      importance: importances?.importance ?? null,
      splits: importances?.splits ?? null,
      coefficients: importances?.coefficients ?? null,
    },
  };
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** Without what an agent of before was given besides what it earned, as if it said which way prices go. */
function judgedMetrics({ strategy_type, metrics }: RegisteredModel): RegisteredModel['metrics'] {
  if (usualScore(strategy_type) !== 'return') return metrics;
  const without = (value: unknown): Record<string, unknown> =>
    Object.fromEntries(Object.entries(objectOf(value)).filter(([name]) => !ofDirection.includes(name)));
  const { intervals, baselines, ...own } = metrics;
  return {
    ...without(own),
    intervals: without(intervals),
    baselines: Object.fromEntries(
      Object.entries(objectOf(baselines)).map(([rule, scores]) => [rule, without(scores)]),
    ),
  };
}

const ofDirection = ['accuracy', 'balanced_accuracy', 'auc', 'log_loss'];

/** The numbers of what judging wrote; null is one that is not defined. */
const numbersOf = (value: unknown): Record<string, number | null> =>
  Object.fromEntries(
    Object.entries(objectOf(value)).filter(
      (entry): entry is [string, number | null] => typeof entry[1] === 'number' || entry[1] === null,
    ),
  );
