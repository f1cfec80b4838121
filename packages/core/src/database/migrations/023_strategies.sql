-- Which strategies there are is data: a name of one's own needs a row here, and no migration. SQL that must tell strategies
-- apart asks this table, too. migrate() keeps the fleet's own rows as its list has them (strategies.ts).
CREATE TABLE ml_strategies (
  strategy_type    text PRIMARY KEY,
  -- One model over all symbols, or one a symbol.
  scope            text NOT NULL CHECK (scope IN ('all', 'symbol')),
  -- What promotion compares row by row, and the score in ml_model_registry.metrics that says the same of all rows.
  promotion_metric text NOT NULL,
  score            text NOT NULL
);

-- The names that were allowed until now, so that no job or model is without.
INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score) VALUES
  ('ensemble', 'all', 'log_likelihood', 'log_loss'),
  ('lstm', 'symbol', 'log_likelihood', 'log_loss'),
  ('rl', 'symbol', 'net_return', 'return');

-- NOT VALID: what is there isn't read under these locks, the next migration reads it. Jobs first, as completing a job does.
ALTER TABLE ml_training_jobs
  DROP CONSTRAINT IF EXISTS ml_training_jobs_strategy_type_check,
  ADD CONSTRAINT ml_training_jobs_strategy FOREIGN KEY (strategy_type) REFERENCES ml_strategies NOT VALID;
ALTER TABLE ml_model_registry
  DROP CONSTRAINT IF EXISTS ml_model_registry_strategy_type_check,
  ADD CONSTRAINT ml_model_registry_strategy FOREIGN KEY (strategy_type) REFERENCES ml_strategies NOT VALID;

-- What still says ALL means all symbols where the strategy is of all, whichever it is; else it is the ticker.
CREATE OR REPLACE FUNCTION ml_training_jobs_all_symbols() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM ml_strategies s WHERE s.strategy_type = NEW.strategy_type AND s.scope = 'all') THEN
    NEW.symbol := '@ALL';
  END IF;
  RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS ml_training_jobs_all_symbols ON ml_training_jobs;
CREATE TRIGGER ml_training_jobs_all_symbols BEFORE INSERT OR UPDATE OF symbol, strategy_type ON ml_training_jobs
  FOR EACH ROW WHEN (NEW.symbol = 'ALL') EXECUTE FUNCTION ml_training_jobs_all_symbols();
