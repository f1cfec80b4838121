-- The symbol of jobs over all symbols leaves the names that a symbol can have: ALL is a ticker (Allstate),
-- @ALL is none.

-- What still says ALL, a service of before that runs on for some seconds or somebody's own SQL, means the
-- same job, and must not make a second open one beside it.
CREATE FUNCTION ml_training_jobs_all_symbols() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.symbol := '@ALL';
  RETURN NEW;
END
$$;
-- First, as it takes the table's lock: a row lock held before it could deadlock with whoever waits for that
-- row.
CREATE TRIGGER ml_training_jobs_all_symbols BEFORE INSERT OR UPDATE OF symbol, strategy_type
  ON ml_training_jobs
  FOR EACH ROW WHEN (NEW.strategy_type = 'ensemble' AND NEW.symbol = 'ALL')
  EXECUTE FUNCTION ml_training_jobs_all_symbols();

UPDATE ml_training_jobs SET symbol = '@ALL' WHERE strategy_type = 'ensemble' AND symbol = 'ALL';
UPDATE ml_training_runs SET skipped = (
  SELECT jsonb_agg(CASE WHEN pair @> '{"strategy_type": "ensemble", "symbol": "ALL"}'
                        THEN pair || '{"symbol": "@ALL"}' ELSE pair END ORDER BY place)
  FROM jsonb_array_elements(skipped) WITH ORDINALITY AS s (pair, place))
WHERE skipped @> '[{"strategy_type": "ensemble", "symbol": "ALL"}]';
