import { findStrategy, problemWith, type Plain, type StrategyType } from '@ml-training/sdk';
import { settingsFor, type Config } from '../config/index.ts';
import type { Database } from '../database/connect.ts';
import type { Pair } from '../jobs/types.ts';
import { tunedOf } from './tuned.ts';

export type StrategySettings = Readonly<Record<string, Plain>>;

/** What a training uses of the newest search of its pair. */
export interface TunedSettings {
  /** Those that it uses; what TRAINING_PARAMS sets is not among them. */
  readonly params: StrategySettings;
  readonly tuned_at: Date;
  /** Why none of them is used, in words; null when nothing is wrong. */
  readonly problem: string | null;
}

/** Null where a pair uses its settings of before any search. */
export async function tunedSettings(
  sql: Database,
  config: Pick<Config, 'TRAINING_PARAMS'>,
  pair: Pair,
): Promise<TunedSettings | null> {
  const tuned = await tunedOf(sql, pair);
  if (tuned?.tuned_at == null || Object.keys(tuned.params).length === 0) return null;
  const { params, problem } = usable(tuned.params, config, pair.strategy_type);
  return { params, problem, tuned_at: tuned.tuned_at };
}

/** A strategy may have other settings by now, or other bounds; then none of those found together is used. */
function usable(
  found: StrategySettings,
  config: Pick<Config, 'TRAINING_PARAMS'>,
  type: StrategyType,
): { readonly params: StrategySettings; readonly problem: string | null } {
  const problem = problemWith(findStrategy(type)?.settings ?? {}, found, type);
  if (problem !== null) return { params: {}, problem };
  const own = settingsFor(config, type);
  return {
    params: Object.fromEntries(Object.entries(found).filter(([name]) => !Object.hasOwn(own, name))),
    problem: null,
  };
}

/**
 * The settings of a pair's training over the strategy's defaults: what TRAINING_PARAMS sets, then what a
 * search has found.
 */
export const trainingSettings = (
  config: Pick<Config, 'TRAINING_PARAMS'>,
  type: StrategyType,
  tuned: Pick<TunedSettings, 'params'> | null,
): StrategySettings => ({ ...tuned?.params, ...settingsFor(config, type) });
