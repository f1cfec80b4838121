-- What was tried of each pair, each of the same data, settings, seed and code once: the more was tried, the
-- better the best of it looks by luck (docs/judging.md). Written by ml_training_count_trials. Rows, by kind:
--   training    a model that a job made
--   evaluation  a walk-forward by hand, of which no model is kept
--   tuning      a set of settings that a search looked at
--   earlier     `tries` of before, of which nothing more is known; key ''
-- excess_sharpe: annualised, over the best naive rule on the same rows; null where it isn't known.
CREATE TABLE IF NOT EXISTS ml_training_trials (
  strategy_type text             NOT NULL,
  symbol        text             NOT NULL,
  key           text             NOT NULL,
  kind          text             NOT NULL CHECK (kind IN ('training', 'evaluation', 'tuning', 'earlier')),
  tried_at      timestamptz      NOT NULL DEFAULT now(),
  tries         integer          NOT NULL DEFAULT 1 CHECK (tries > 0),
  excess_sharpe double precision,
  PRIMARY KEY (strategy_type, symbol, key)
);

-- Models that are still registered, by ml_training_trial_key, which doesn't exist yet.
INSERT INTO ml_training_trials (strategy_type, symbol, key, kind, tried_at)
SELECT m.strategy_type, m.symbol,
  md5(concat_ws(' ', m.data_sha256, m.params::text, coalesce(j.result ->> 'seed', ''), m.code_sha256)),
  'training', min(m.created_at)
FROM ml_model_registry m LEFT JOIN ml_training_jobs j USING (job_id)
GROUP BY 1, 2, 3
ON CONFLICT DO NOTHING;

-- Those that are gone: jobs that completed, of the symbol or of all, less those with a model. Which of them
-- were of the same data can't be known any more.
INSERT INTO ml_training_trials (strategy_type, symbol, key, kind, tries)
SELECT pair.strategy_type, pair.symbol, '', 'earlier', ended.count - kept.count
FROM (
  SELECT strategy_type, symbol FROM ml_model_registry
  UNION
  SELECT strategy_type, symbol FROM ml_training_totals
  WHERE name = 'ended' AND label = 'completed' AND symbol <> '@ALL'
) pair,
LATERAL (
  SELECT coalesce(sum(count), 0) AS count FROM ml_training_totals t
  WHERE name = 'ended' AND t.strategy_type = pair.strategy_type AND t.symbol IN (pair.symbol, '@ALL')
    AND label = 'completed'
) ended,
LATERAL (
  SELECT count(DISTINCT job_id) AS count FROM ml_model_registry r
  WHERE r.strategy_type = pair.strategy_type AND r.symbol = pair.symbol
) kept
WHERE ended.count > kept.count
ON CONFLICT DO NOTHING;
