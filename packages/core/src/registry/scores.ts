import { findStrategy, reportedBy, strategyTypes } from '@ml-training/sdk';
import type postgres from 'postgres';
import type { Database } from '../database/connect.ts';

/** Scores that judging gives with an interval, and whether more of each is better. */
const better = {
  accuracy: 'more',
  balanced_accuracy: 'more',
  auc: 'more',
  log_loss: 'less',
  rank_ic: 'more',
  ic: 'more',
  r2: 'more',
  rmse: 'less',
  return: 'more',
  sharpe: 'more',
} as const;

/** The naive rules that judging scores beside each model; see docs/judging.md. */
export const naiveRules = [
  'majority_class',
  'last_direction',
  'last_class',
  'zero',
  'train_mean',
  'last_return',
  'buy_and_hold',
  'always_flat',
] as const;

export type ScoreName = keyof typeof better;
export const scoreNames = Object.keys(better) as ScoreName[];

/**
 * One score of a model on its own holdout as judging has it, beside the best of the naive rules on the very
 * same rows.
 */
export interface Score {
  readonly name: ScoreName;
  readonly value: number | null;
  /** Its 95 % interval; null where judging gives none. */
  readonly low: number | null;
  readonly high: number | null;
  /** What the best of the naive rules scores, and which one that is; null where no rule has such a score. */
  readonly baseline: number | null;
  readonly rule: string | null;
}

/** The score that a strategy is looked at by where nobody says which: what its promotion goes by. */
export const usualScore = (strategyType: string): ScoreName =>
  reportedBy[findStrategy(strategyType)?.promotionMetric ?? 'log_likelihood'].score;

/**
 * The same in SQL, for a column with the strategy; a parameter,
 * as joined rows of ml_strategies would be looked at each time.
 */
export const usualScoreOf = (sql: Database, column: postgres.Fragment): postgres.Fragment =>
  sql`coalesce(${sql.json(usualScores())}::jsonb ->> ${column}, 'log_loss')`;
const usualScores = (): Record<string, ScoreName> =>
  Object.fromEntries(strategyTypes().map((type) => [type, usualScore(type)]));

/**
 * What of a model's `metrics` a score is made of; anything may be missing from old rows, or be of another
 * kind.
 */
export interface ScoreParts {
  readonly value: unknown;
  readonly interval: unknown;
  /** In the order of naiveRules. */
  readonly rules: readonly unknown[];
}

export function scoreOf(name: ScoreName, { value, interval, rules }: ScoreParts): Score {
  const { low = null, high = null } = numbersOf(interval);
  const known = naiveRules.flatMap((rule, i) => {
    const score = rules[i];
    return typeof score === 'number' ? [{ rule, score }] : [];
  });
  const sign = better[name] === 'more' ? 1 : -1;
  const [best] = known.sort((one, other) => sign * (other.score - one.score));
  return {
    name,
    value: number(value),
    low,
    high,
    baseline: best?.score ?? null,
    rule: best?.rule ?? null,
  };
}

/** The parts of a score in a model's metrics. */
export function scorePartsOf(metrics: Readonly<Record<string, unknown>>, name: ScoreName): ScoreParts {
  const baselines = objectOf(metrics['baselines']);
  return {
    value: metrics[name],
    interval: objectOf(metrics['intervals'])[name],
    rules: naiveRules.map((rule) => objectOf(baselines[rule])[name]),
  };
}

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const numbersOf = (value: unknown): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(objectOf(value)).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    ),
  );
