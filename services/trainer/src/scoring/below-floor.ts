import {
  deactivateModel,
  errorFacts,
  liveInWords,
  type BoundedDatabase,
  type LiveRecord,
  type RegisteredModel,
} from '@ml-training/core';
import type { ScoringContext } from './keep-scoring.ts';

/**
 * What MODEL_BELOW_FLOOR says of a model that is worse than the naive rule beyond noise: it is named, or
 * taken out of use, of which bots are told.
 */
export async function actOnVerdict(
  { config, log, redis, stopping }: ScoringContext,
  database: BoundedDatabase,
  model: RegisteredModel,
  score: LiveRecord,
): Promise<void> {
  if (score.verdict !== 'below') return;
  const words = liveInWords({ ...score, scored_at: new Date() });
  const facts = {
    model_id: model.model_id,
    strategy_type: model.strategy_type,
    model_symbol: model.symbol,
    why: words,
  };
  if (config.MODEL_BELOW_FLOOR === 'flag') {
    log.warn('a model in use is below the naive rule', {
      ...facts,
      advice: 'look at it with "ml models"; MODEL_BELOW_FLOOR=deactivate takes such a model out of use',
    });
    return;
  }
  const { outcome, untold } = await database.run(
    (sql) => deactivateModel({ sql, redis }, model.model_id, `${words} (MODEL_BELOW_FLOOR=deactivate)`),
    stopping,
  );
  if (outcome === 'deactivated') log.warn('a model was taken out of use', facts);
  if (untold !== null)
    log.warn('left it to the scheduler to tell bots of a model out of use', errorFacts(new Error(untold)));
}
