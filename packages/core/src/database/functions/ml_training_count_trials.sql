-- Counts what was tried of some pairs, each of the same data, settings, seed and code once.
-- trials: [{symbol, data_sha256, params, seed, code_sha256, excess_sharpe}], or null for none.
CREATE FUNCTION ml_training_count_trials(strategy text, of_kind text, trials jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- In one order, so that two that count the same pairs wait for each other only.
  INSERT INTO ml_training_trials (strategy_type, symbol, key, kind, excess_sharpe)
  SELECT strategy, t.symbol, ml_training_trial_key(t.data_sha256, t.params, t.seed, t.code_sha256), of_kind,
    t.excess_sharpe
  FROM jsonb_to_recordset(trials) AS t (
    symbol text, data_sha256 text, params jsonb, seed text, code_sha256 text, excess_sharpe double precision)
  ORDER BY 2, 3
  ON CONFLICT (strategy_type, symbol, key) DO NOTHING;
END
$$;
