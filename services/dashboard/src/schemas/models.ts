import { Type, type Static } from 'typebox';
import {
  LiveScore,
  MaybeNumber,
  MaybeText,
  MaybeTime,
  StrategyType,
  Time,
  Uuid,
  page,
  paging,
} from './common.ts';

const Numbers = Type.Record(Type.String(), MaybeNumber);
const Interval = Type.Object({ low: MaybeNumber, high: MaybeNumber });
const Symbol = Type.String({ minLength: 1, maxLength: 64 });

const ScoreName = Type.Union([
  Type.Literal('accuracy'),
  Type.Literal('balanced_accuracy'),
  Type.Literal('auc'),
  Type.Literal('log_loss'),
  Type.Literal('rank_ic'),
  Type.Literal('ic'),
  Type.Literal('r2'),
  Type.Literal('rmse'),
  Type.Literal('return'),
  Type.Literal('sharpe'),
]);
const scoreQuery = {
  score: Type.Optional(
    Type.Union([ScoreName], {
      description:
        'which score the models come with; when left out what promotion goes by: log loss, ' +
        'of a regression the RMSE, of rl the return',
    }),
  ),
};

/**
 * A score on the model's own holdout, its 95 % interval, and the best of the naive rules on the same rows.
 */
export const Score = Type.Object({
  name: ScoreName,
  value: MaybeNumber,
  low: MaybeNumber,
  high: MaybeNumber,
  baseline: MaybeNumber,
  rule: MaybeText,
});
export type Score = Static<typeof Score>;

const Pair = { strategy_type: Type.String(), symbol: Type.String() };

/** A model as lists show it. */
const Version = Type.Object({
  model_id: Uuid,
  ...Pair,
  created_at: Time,
  is_active: Type.Boolean(),
  activated_at: MaybeTime,
  decision: Type.String(),
  data_to: Type.String({
    format: 'date-time',
    description: 'last bar that anything in it was fitted or chosen on',
  }),
  judged_data_to: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description:
      'of a model that was refitted on all bars, the same of what was judged, which its scores are of; else null',
  }),
  rows: MaybeNumber,
  score: Score,
});
export type Version = Static<typeof Version>;
const MaybeVersion = Type.Union([Version, Type.Null()]);

export const ModelsQuery = Type.Object(
  {
    ...paging,
    ...scoreQuery,
    id: Type.Optional(
      Type.String({
        pattern: '^[0-9a-fA-F-]{4,36}$',
        description:
          'the beginning of a model_id, 4 letters or more; the newest 20, whatever else is asked for',
      }),
    ),
    strategy_type: Type.Optional(StrategyType),
    symbol: Type.Optional(Symbol),
    active: Type.Optional(Type.Boolean({ description: 'only models in use, or only the others' })),
    since: Type.Optional(Type.String({ format: 'date-time', description: 'made at this time or later' })),
  },
  { additionalProperties: false },
);
export const ModelsPage = page(Version);
export type ModelsPage = Static<typeof ModelsPage>;

export const PairsQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 300, default: 100 })),
    cursor: paging.cursor,
    ...scoreQuery,
  },
  { additionalProperties: false },
);
const PairModels = Type.Object({ ...Pair, champion: MaybeVersion, newest: MaybeVersion });
export type PairModels = Static<typeof PairModels>;
export const PairsPage = page(PairModels);

export const VersionsQuery = Type.Object(
  {
    symbol: Symbol,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 300 })),
    ...scoreQuery,
  },
  { additionalProperties: false },
);
export const PairVersions = Type.Object({
  ...Pair,
  champion: MaybeVersion,
  /** Oldest first; the newest of them, as many as were asked for. */
  versions: Type.Array(Version),
});
export type PairVersions = Static<typeof PairVersions>;

const Relative = Type.Object({
  model_id: Uuid,
  parent_model_id: Type.Union([Uuid, Type.Null()]),
  created_at: Time,
  is_active: Type.Boolean(),
  activated_at: MaybeTime,
  decision: Type.String(),
});

const difference = {
  rows: Type.Integer(),
  difference: Type.Number({ description: 'mean a row; above 0 the model did better' }),
  low: Type.Number({ description: 'one-sided 95 % bounds: from low to high is the 90 % range' }),
  high: Type.Number(),
};

/** What the decision came of, as figures. */
const DecisionFacts = Type.Object({
  ground: Type.String({
    description:
      'broken, below_floor, no_edge, nothing_learnt, first, champion_unusable, compared, compared_on_seen, ' +
      'incomparable or incomparable_too_long: docs/judging.md',
  }),
  policy: Type.String({ description: 'MODEL_PROMOTION at its time' }),
  metric: Type.String({
    description:
      'what differences are of: log_likelihood (nats), squared_error (of the label) or net_return ' +
      '(of a bar, after costs)',
  }),
  champion_id: Type.Union([Uuid, Type.Null()], { description: 'the model in use then' }),
  /** Less the naive rule that is its floor, on its whole holdout; null when no floor was asked for. */
  floor: Type.Union([
    Type.Object({ rule: Type.String(), ...difference, passed: Type.Boolean() }),
    Type.Null(),
  ]),
  /** By its holdout and what was walked forward before it. */
  edge: Type.Optional(
    Type.Union([
      Type.Object({
        score: Type.String({ description: 'auc, rank_ic or net_return' }),
        value: Type.Number(),
        low: Type.Number({ description: 'one-sided 95 % bounds' }),
        high: Type.Number(),
        found: Type.Boolean({ description: 'whether low is above chance' }),
        rows: Type.Integer(),
        holdout_rows: Type.Integer({ description: 'so many of them are of its holdout' }),
      }),
      Type.Null(),
    ]),
  ),
  /** Less the model in use then, on rows that neither had seen; null where there were too few. */
  comparison: Type.Union([Type.Object(difference), Type.Null()]),
  nothing_learnt: Type.Boolean({ description: 'it is that model once more: no promotion, and no trial' }),
  incomparable_runs: Type.Integer({
    description: 'runs in a row in which that model could not be compared (MODEL_INCOMPARABLE_RUNS)',
  }),
});

const shuffleLoss = {
  name: Type.String(),
  loss: Type.Number({ description: 'mean a row, in the unit of `metric`; above 0: it does worse' }),
  error: Type.Number({ description: 'standard error of that mean' }),
  deviation: Type.Union([Type.Number(), Type.Null()], {
    description: 'standard deviation over the repeats; null of a single one',
  }),
};

/** What shuffling features costs a model on its holdout. */
const Permutation = Type.Object({
  metric: Type.Union([
    Type.Literal('log_likelihood'),
    Type.Literal('squared_error'),
    Type.Literal('net_return'),
  ]),
  rows: Type.Integer({ description: 'rows that were shuffled, over all symbols looked at' }),
  symbols: Type.Array(Type.String()),
  repeats: Type.Integer(),
  /** Most first. */
  features: Type.Array(Type.Object(shuffleLoss)),
  /** Features of a group shuffled as one, most first. */
  groups: Type.Array(Type.Object({ ...shuffleLoss, features: Type.Array(Type.String()) })),
});

export const Model = Type.Object({
  ...Version.properties,
  decision_facts: Type.Union([DecisionFacts, Type.Null()], {
    description: 'null of a model from before there were any',
  }),
  withdrawn_at: MaybeTime,
  file_path: Type.String(),
  size_bytes: Type.Integer({ description: 'of its file' }),
  shared_by: Type.Integer({ description: 'how many models that file is of, this one included' }),
  sha256: Type.String(),
  data_from: Time,
  data_sha256: Type.String(),
  holdout_from: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'first bar that it was judged on; null of a model from before this was kept',
  }),
  holdout_to: MaybeTime,
  refit_rows: Type.Union([Type.Integer(), Type.Null()], {
    description: 'rows that it was refitted on; null of a model that is used as it was judged',
  }),
  bar_seconds: Type.Union([Type.Number(), Type.Null()], {
    description: 'how long a bar lasts; null of a model from before this was kept, or of bars of no interval',
  }),
  params: Type.Record(Type.String(), Type.Unknown()),
  /** Every score of its holdout as judging has it; docs/judging.md says what they mean. */
  metrics: Numbers,
  /** The naive rule with the best Sharpe ratio, which `excess_sharpe` is over. */
  excess_over: MaybeText,
  no_sharpe: Type.Union([Type.String(), Type.Null()], {
    description: 'why there is no deflated Sharpe ratio, in words; null where there is one',
  }),
  /** 95 % intervals of the scores that have one. */
  intervals: Type.Record(Type.String(), Interval),
  /** The same scores of the naive rules, by rule, on the very same rows. */
  baselines: Type.Record(Type.String(), Numbers),
  job: Type.Union([
    Type.Object({
      job_id: Uuid,
      symbol: Type.String(),
      status: Type.String(),
      created_at: Time,
      completed_at: MaybeTime,
    }),
    Type.Null(),
  ]),
  /** The pair's model in use. */
  champion: MaybeVersion,
  /** What a roll-back of the pair would put in use. */
  rollback_to: MaybeVersion,
  lineage: Type.Object({
    /** Parent, its parent and so on. */
    ancestors: Type.Array(Relative),
    continues_at: Type.Union([Uuid, Type.Null()], {
      description: 'where the line ends at a model that is not registered any more',
    }),
    /** Models whose training was warm-started from this one, newest first. */
    children: Type.Array(Relative),
    more_children: Type.Boolean(),
  }),
  /**
   * Of any model what shuffling a feature costs it, null where its training did not look. Of an ensemble: share of each feature in the gain of its trees, splits, and the linear member's
   * coefficients.
   */
  features: Type.Object({
    permutation: Type.Union([Permutation, Type.Null()]),
    importance: Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()]),
    splits: Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()]),
    coefficients: Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()]),
  }),
});
export type Model = Static<typeof Model>;

export const ModelId = Type.Object({ id: Uuid });

/** Columns of equal length, oldest row first. */
export const Holdout = Type.Object({
  model_id: Uuid,
  /** How many rows were judged; the columns may hold fewer. */
  rows: Type.Integer(),
  horizon: Type.Integer(),
  cost_bps: Type.Number(),
  times: Type.Array(Time),
  closes: Type.Array(Type.Number()),
  task: Type.Union(
    [Type.Literal('binary'), Type.Literal('multiclass'), Type.Literal('regression'), Type.Literal('policy')],
    { description: 'what the scores are' },
  ),
  scores: Type.Array(MaybeNumber, {
    description:
      'binary: the probability of a rise (of class 1); multiclass: the position to be expected, -1 to 1; ' +
      'regression: the value to be expected; policy: how it leans, 0 short to 1 long: no probability',
  }),
  positions: Type.Array(Type.Integer()),
  returns: Type.Array(Type.Number()),
  equity: Type.Array(Type.Number()),
  buy_and_hold: Type.Array(Type.Number()),
  calibration: Type.Array(
    Type.Object({
      from: Type.Number(),
      to: Type.Number(),
      count: Type.Integer(),
      predicted: Type.Number(),
      observed: Type.Number(),
    }),
  ),
});
export type Holdout = Static<typeof Holdout>;

export const LiveQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })) },
  { additionalProperties: false },
);
export const Live = Type.Object({
  model_id: Uuid,
  problem: Type.Union([Type.String(), Type.Null()], {
    description: 'why it could not be scored on the newest bars, in words; null when nothing is wrong',
  }),
  /** Oldest first; the newest of them, as many as were asked for. */
  scores: Type.Array(LiveScore),
});
export type Live = Static<typeof Live>;

export const Switched = Type.Object({
  outcome: Type.Union([Type.Literal('switched'), Type.Literal('already')]),
  model_id: Uuid,
  previous_model_id: Type.Union([Uuid, Type.Null()]),
  listeners: Type.Union([Type.Integer(), Type.Null()], {
    description: 'bots that were told; null when they could not be told yet',
  }),
  /** The same in words. */
  message: Type.String(),
});
export type Switched = Static<typeof Switched>;

export const RollbackPath = Type.Object({ strategy: StrategyType, symbol: Symbol });
/** Nothing else is asked of what changes models. */
export const NoBody = Type.Optional(Type.Object({}, { additionalProperties: false }));
