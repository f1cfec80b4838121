-- The newest bar of each symbol that a completed job was given, {symbol: time}: without a newer one the next
-- training of the pair would end with the same model. Null for jobs from before, and for those that did not
-- complete.
ALTER TABLE ml_training_jobs ADD COLUMN newest_bars jsonb;

-- The last training of a pair.
CREATE INDEX ml_training_jobs_trained ON ml_training_jobs (strategy_type, symbol,
  completed_at DESC NULLS LAST)
  WHERE status = 'completed';

-- What failed lately: the heartbeat tells of it.
CREATE INDEX ml_training_jobs_failed ON ml_training_jobs (completed_at DESC) WHERE status = 'failed';
