-- Model files without a row and rows without a file: since when, so that a scheduler that is restarted
-- doesn't begin anew.
CREATE TABLE ml_training_orphans (
  file       text        PRIMARY KEY,
  first_seen timestamptz NOT NULL DEFAULT now(),
  last_seen  timestamptz NOT NULL DEFAULT now()
);

-- The inactive models by age, and the newest that was in use of a pair.
CREATE INDEX ml_model_registry_inactive ON ml_model_registry (created_at, model_id) WHERE NOT is_active;
CREATE INDEX ml_model_registry_were_active ON ml_model_registry (strategy_type, symbol, activated_at DESC)
  WHERE NOT is_active AND activated_at IS NOT NULL;
